using System.Diagnostics;
using System.Globalization;
using FooBar.Testing;

namespace FooBar.LoadBalancer.Tests.Support;

/// <summary>
/// systemd's part in socket activation: listens, and starts a program that inherits the listening sockets, as often as it is told to. A Perl
/// script does it, because .NET cannot pass descriptors on; Debian's essential perl-base has all that it needs.
/// </summary>
internal sealed class SocketHolder : IAsyncDisposable
{
    /// <summary>
    /// Arguments: the names, with commas, and the program. A socket of the family IPv6 on an IPv4 address shows its clients as those on [::]
    /// are shown, and stays on loopback. Whoever holds this program's standard input commands it, an order and an answer a line.
    /// </summary>
    private const string Script = """
        use strict; use warnings; use Socket qw(:DEFAULT :addrinfo IPPROTO_IPV6 IPV6_V6ONLY inet_pton pack_sockaddr_in6 unpack_sockaddr_in6 IPPROTO_TCP); use POSIX ();
        use constant TCP_INFO => 11;
        $| = 1;
        my @names = split /,/, shift @ARGV;
        my (@sockets, @ports);
        for my $i (0 .. $#names) {
            if (socket(my $socket, AF_INET6, SOCK_STREAM, 0)) {
                setsockopt($socket, IPPROTO_IPV6, IPV6_V6ONLY, 0) or die "IPV6_V6ONLY: $!";
                bind($socket, pack_sockaddr_in6(0, inet_pton(AF_INET6, '::ffff:127.0.0.1'))) or die "bind: $!";
                push @ports, (unpack_sockaddr_in6(getsockname($socket)))[0];
                push @sockets, $socket;
            } else {
                socket($socket, AF_INET, SOCK_STREAM, 0) or die "socket: $!";
                bind($socket, pack_sockaddr_in(0, INADDR_LOOPBACK)) or die "bind: $!";
                push @ports, (unpack_sockaddr_in(getsockname($socket)))[0];
                push @sockets, $socket;
            }
            listen($sockets[$i], 4096) or die "listen: $!";
            POSIX::dup2(fileno($sockets[$i]), 20 + $i);
        }
        print "@ports\n";
        while (my $order = <STDIN>) {
            chomp $order;
            if ($order =~ /^start (.+)/) {
                my $log = $1;
                my $pid = fork() // die "fork: $!";
                if ($pid == 0) {
                    open(STDIN, '<', '/dev/null') or die; open(STDOUT, '>>', $log) or die; open(STDERR, '>&', \*STDOUT) or die;
                    POSIX::dup2(20 + $_, 3 + $_) for 0 .. $#names;
                    POSIX::close(20 + $_) for 0 .. $#names;
                    @ENV{qw(LISTEN_FDS LISTEN_PID LISTEN_FDNAMES)} = (scalar @names, $$, join(':', @names));
                    exec { $ARGV[0] } @ARGV or die "exec: $!";
                }
                print "$pid\n";
            } elsif ($order =~ /^wait (\d+)/) {
                waitpid($1, 0);
                print "$?\n";
            } elsif ($order eq 'backlog') {
                # struct tcp_info: of a listening socket, tcpi_sacked is how many connections may wait.
                print join(',', map { unpack 'x28 I', getsockopt($_, IPPROTO_TCP, TCP_INFO) } @sockets), "\n";
            } elsif ($order eq 'linger') {
                print join(',', map { (unpack 'ii', getsockopt($_, SOL_SOCKET, SO_LINGER))[0] } @sockets), "\n";
            }
        }
        """;

    private readonly Process _holder;
    private readonly string _folder = Directory.CreateTempSubdirectory("foobar-sockets-").FullName;
    private readonly List<int> _started = [];

    private SocketHolder(Process holder) => _holder = holder;

    /// <summary>Where it listens on 127.0.0.1, in the order of the names.</summary>
    public IReadOnlyList<int> Ports { get; private set; } = [];

    /// <summary>Everything that the programs wrote.</summary>
    public string Log => File.Exists(LogPath) ? File.ReadAllText(LogPath) : "";

    private string LogPath => Path.Combine(_folder, "log");

    /// <summary>Opens a socket for each of the names.</summary>
    /// <param name="names">What the program is told that they are called.</param>
    /// <param name="environment">The program's.</param>
    /// <param name="command">The program and its arguments.</param>
    public static async Task<SocketHolder> ListenAsync(
        IEnumerable<string> names, IReadOnlyDictionary<string, string> environment, params IEnumerable<string> command)
    {
        // Whatever it starts must not outlive it.
        Process holder = await TestProcess.StartAsync(
            "KILL", "perl", ["-e", Script, string.Join(',', names), "setpriv", "--pdeathsig", "KILL", "--", .. command], start =>
            {
                start.RedirectStandardInput = true;
                start.RedirectStandardOutput = true;
                foreach ((string name, string value) in environment)
                    start.Environment[name] = value;
            });
        SocketHolder sockets = new(holder);
        sockets.Ports = [.. (await sockets.AnswerAsync()).Split(' ').Select(port => int.Parse(port, CultureInfo.InvariantCulture))];
        return sockets;
    }

    /// <summary>Starts the program and returns the id of its process.</summary>
    public async Task<int> StartAsync()
    {
        int id = int.Parse(await OrderAsync($"start {LogPath}"), CultureInfo.InvariantCulture);
        _started.Add(id);
        return id;
    }

    /// <summary>Waits for the end of a process that it started: 0, an exit code times 256, or a signal.</summary>
    public async Task<int> EndAsync(int id)
    {
        int status = int.Parse(await OrderAsync(FormattableString.Invariant($"wait {id}")), CultureInfo.InvariantCulture);
        _started.Remove(id);
        return status;
    }

    /// <summary>Whether SO_LINGER is on, a digit a socket.</summary>
    public Task<string> LingerAsync() => OrderAsync("linger");

    /// <summary>How many connections may wait to be accepted, a number a socket.</summary>
    public Task<string> BacklogAsync() => OrderAsync("backlog");

    public async ValueTask DisposeAsync()
    {
        foreach (int id in _started)
        {
            await Signals.KillAsync(id);
            await OrderAsync(FormattableString.Invariant($"wait {id}"));
        }

        _holder.StandardInput.Close();
        await _holder.WaitForExitAsync();
        _holder.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<string> OrderAsync(string order)
    {
        await _holder.StandardInput.WriteLineAsync(order);
        await _holder.StandardInput.FlushAsync();
        return await AnswerAsync();
    }

    private async Task<string> AnswerAsync() => await _holder.StandardOutput.ReadLineAsync(Eventually.Limit)
        ?? throw new InvalidOperationException("The holder of the sockets has ended.");
}
