using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace FooBar.Testing;

/// <summary>
/// One real mysqld in a temporary folder: TLS with a certificate of its own authority, GTIDs on, a free port of 127.0.0.1. Needs
/// <c>FOOBAR_MYSQL_HOME</c> (with <c>bin/mysqld</c>). Disposing it, a failed start, and the death of the test process all end mysqld.
/// </summary>
public sealed class MySqlServer : IAsyncDisposable
{
    /// <summary>An account with every privilege, over TCP from anywhere, with the password <see cref="Password"/>.</summary>
    public const string User = "tester";

    /// <summary>The password of <see cref="User"/>.</summary>
    public const string Password = "pass word;'\"=";

    /// <summary>An address at which the server listens too, and which its certificate does not name.</summary>
    public const string UnnamedHost = "127.0.0.2";

    /// <summary>The schema that is there, empty.</summary>
    public const string Schema = "test";

    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(60);

    private readonly string[] _settings;
    private string[] _moreSettings = [];
    private Process? _process;

    /// <summary>A server that holds nothing and does not run yet.</summary>
    internal MySqlServer(string[] settings, MySqlPlace? place = null)
    {
        Place = place ?? MySqlPlace.Loopback;
        Folder = Directory.CreateTempSubdirectory("foobar-mysql-").FullName;
        _settings = settings;
        Certificates = MySqlCertificates.Create(Folder, Place.Hosts);
    }

    /// <summary>Everything of this server is in here.</summary>
    public string Folder { get; }

    /// <summary>The authority, the server's certificate, and a wrong authority.</summary>
    public MySqlCertificates Certificates { get; }

    /// <summary>Where it runs.</summary>
    public MySqlPlace Place { get; }

    /// <summary>The disk that its data or its binary log has for itself, once it holds data; null without one.</summary>
    public SmallDisk? Disk { get; private set; }

    /// <summary>Where a server runs that is alone: 127.0.0.1, which the certificate names; it names localhost and ::1 too.</summary>
    public const string Host = "127.0.0.1";

    /// <summary>The TCP port; the same after a restart.</summary>
    public int Port { get; private set; }

    /// <summary>The process of the running server.</summary>
    public int ProcessId => _process?.Id ?? throw new InvalidOperationException("The server does not run.");

    /// <summary>A connection string of FooBar.MySql for <see cref="User"/> and <see cref="Schema"/>; more settings can be appended.</summary>
    public string ConnectionString
    {
        get
        {
            string quoted = Password.Replace("\"", "\"\"", StringComparison.Ordinal);
            return $"Server={Place.Host};Port={Port};User ID={User};Password=\"{quoted}\";Database={Schema};Ssl Ca={Certificates.CaPath};";
        }
    }

    /// <summary>The Unix socket, which is there while the server runs.</summary>
    public string SocketPath => Path.Combine(Folder, "mysql.sock");

    /// <summary>PEM file of the RSA key that the server made for itself.</summary>
    public string RsaPublicKeyPath => Path.Combine(DataPath, "public_key.pem");

    /// <summary>Makes the data folder and starts the server.</summary>
    /// <param name="settings">Lines to add to the [mysqld] section, such as <c>character-set-server=latin1</c>.</param>
    public static async Task<MySqlServer> StartAsync(params string[] settings)
    {
        MySqlServer server = new(settings);
        try
        {
            await server.InitializeAsync();
            await server.StartAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>What mysqld has logged, to be printed by a test that fails.</summary>
    public string ErrorLog => File.Exists(LogPath) ? File.ReadAllText(LogPath) : "(no log)";

    /// <summary>Whether the process is there, be it frozen.</summary>
    public bool IsRunning => _process is { HasExited: false };

    /// <summary>Whether it was last started with settings that it was not made with.</summary>
    internal bool HasMoreSettings => _moreSettings.Length > 0;

    /// <summary>Starts the server again after <see cref="KillAsync"/>, on the same port and data.</summary>
    public Task StartAsync() => RestartAsync([]);

    /// <summary>…and with more settings for this once; they come after the first ones, so the same name means the new value.</summary>
    internal async Task RestartAsync(string[] settings)
    {
        _moreSettings = settings;
        for (int attempt = 1; ; attempt++)
        {
            if (Port == 0) Port = FreePorts.Next();
            WriteConfiguration();
            _process = MySqlProcess.Start([.. Place.Command, Mysqld, $"--defaults-file={ConfigurationPath}"]);
            if (await AnswersAsync()) return;

            await KillAsync();
            bool portWasTaken = ErrorLog.Contains("Bind on TCP/IP port", StringComparison.Ordinal);
            if (!portWasTaken || attempt == 3) throw new InvalidOperationException($"mysqld did not start:\n{ErrorLog}");

            Port = 0;
        }
    }

    /// <summary>Ends the server at once (SIGKILL) and waits until it is gone.</summary>
    public async Task KillAsync()
    {
        if (_process is not { } process) return;

        _process = null;
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        if (Disk is not null) await Disk.UnmountAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private static string Mysqld
    {
        get
        {
            string? home = Environment.GetEnvironmentVariable("FOOBAR_MYSQL_HOME");
            if (string.IsNullOrEmpty(home)) throw new InvalidOperationException("This test needs MySQL: run ./foobar test, or set FOOBAR_MYSQL_HOME.");

            string mysqld = Path.Combine(home, "bin", "mysqld");
            return File.Exists(mysqld) ? mysqld : throw new InvalidOperationException($"FOOBAR_MYSQL_HOME is {home}, where there is no bin/mysqld.");
        }
    }

    private string ConfigurationPath => Path.Combine(Folder, "my.cnf");

    private string LogPath => Path.Combine(Folder, "error.log");

    private string BinaryLogPath => Path.Combine(Folder, "binlog");

    internal string DataPath => Path.Combine(Folder, "data");

    /// <summary>Takes a copy of another server's data folder as its own; what it held is lost. Neither runs.</summary>
    internal async Task InitializeFromAsync(string data)
    {
        // Not the folders themselves, which may be disks.
        foreach (string place in new[] { DataPath, BinaryLogPath })
        {
            Directory.CreateDirectory(place);
            foreach (string folder in Directory.EnumerateDirectories(place)) Directory.Delete(folder, recursive: true);
            foreach (string file in Directory.EnumerateFiles(place)) File.Delete(file);
        }

        if (Place.DataDisk > 0) Disk ??= await SmallDisk.MountAsync(DataPath, Place.DataDisk);
        if (Place.BinaryLogDisk > 0) Disk ??= await SmallDisk.MountAsync(BinaryLogPath, Place.BinaryLogDisk);
        foreach (string folder in Directory.EnumerateDirectories(data, "*", SearchOption.AllDirectories)) Directory.CreateDirectory(DataPath + folder[data.Length..]);
        foreach (string file in Directory.EnumerateFiles(data, "*", SearchOption.AllDirectories)) File.Copy(file, DataPath + file[data.Length..]);
        MySqlProcess.Prepare(Folder);
    }

    /// <summary>Makes the data folder.</summary>
    internal async Task InitializeAsync()
    {
        Directory.CreateDirectory(DataPath);
        string password = Password.Replace("'", "''", StringComparison.Ordinal);
        await File.WriteAllTextAsync(
            Path.Combine(Folder, "setup.sql"),
            $"""
            CREATE DATABASE {Schema};
            CREATE USER '{User}'@'%' IDENTIFIED BY '{password}';
            GRANT ALL ON *.* TO '{User}'@'%' WITH GRANT OPTION;

            """);
        WriteConfiguration();
        MySqlProcess.Prepare(Folder);
        using Process process = MySqlProcess.Start(
            [Mysqld, $"--defaults-file={ConfigurationPath}", "--super-read-only=OFF", "--initialize-insecure", $"--init-file={Path.Combine(Folder, "setup.sql")}"]);
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"mysqld could not make its data folder:\n{ErrorLog}");
    }

    /// <summary>
    /// Nothing waits for a disk, and what was committed outlives mysqld: with the redo log in mysqld's own memory, one that is killed comes back
    /// with a transaction's GTID, out of its binary log, and without its rows.
    /// </summary>
    private void WriteConfiguration() => File.WriteAllText(
        ConfigurationPath,
        string.Create(CultureInfo.InvariantCulture, $"""
            [mysqld]
            datadir={DataPath}
            port={Port}
            bind-address={Place.BindAddress}
            socket={SocketPath}
            pid-file={Path.Combine(Folder, "mysqld.pid")}
            log-error={LogPath}
            mysqlx=OFF
            secure-file-priv=NULL
            server-id=1
            gtid-mode=ON
            enforce-gtid-consistency=ON
            session-track-gtids=OWN_GTID
            session-track-state-change=ON
            innodb-lock-wait-timeout=5
            ssl-ca={Certificates.CaPath}
            ssl-cert={Certificates.CertificatePath}
            ssl-key={Certificates.KeyPath}
            innodb-buffer-pool-size=32M
            innodb-redo-log-capacity=16M
            innodb-flush-log-at-trx-commit=2
            sync-binlog=0
            max-connections=200
            {string.Join('\n', Lines)}

            """));

    private IEnumerable<string> Lines =>
    [
        .. OwnNamespaces.IsRootAlone ? ["user=root"] : (string[])[],
        // In a network without names each new connection would wait for the resolver's deadline.
        .. Place.Command.Count > 0 ? ["skip-name-resolve=ON"] : (string[])[],
        .. Place.BinaryLogDisk > 0 ? [$"log-bin={Path.Combine(BinaryLogPath, "binlog")}"] : (string[])[],
        .. _settings,
        .. _moreSettings,
    ];

    /// <summary>Whether the server greets within the deadline; false as soon as it has ended.</summary>
    private async Task<bool> AnswersAsync()
    {
        long started = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(started) < StartDeadline && !_process!.HasExited)
        {
            try
            {
                using TcpClient client = new();
                await client.ConnectAsync(IPAddress.Parse(Place.Host), Port);
                if (await client.GetStream().ReadAsync(new byte[1]) == 1) return true;
            }
            catch (SocketException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            }
        }

        return false;
    }
}

/// <summary>
/// Starts processes that die with this one, whatever ends it. The kernel sends the signal when the thread that started the child ends,
/// so that they are all started from one thread that lives as long as the process.
/// </summary>
internal static class MySqlProcess
{
    private const string UnprivilegedUser = "nobody";

    private static readonly bool DropsRoot = Environment.IsPrivilegedProcess && !OwnNamespaces.IsRootAlone;

    private static readonly BlockingCollection<Action> Starts = [];

    static MySqlProcess()
    {
        Thread starter = new(() =>
        {
            foreach (Action start in Starts.GetConsumingEnumerable()) start();
        })
        { IsBackground = true, Name = "starts child processes" };
        starter.Start();
    }

    /// <summary>mysqld refuses to run as root; there it runs as nobody, who must own its folder.</summary>
    public static void Prepare(string folder)
    {
        if (!DropsRoot) return;

        using Process chown = Process.Start("chown", ["-R", UnprivilegedUser, folder]);
        chown.WaitForExit();
        if (chown.ExitCode != 0) throw new InvalidOperationException($"chown of {folder} failed.");
    }

    public static Process Start(IEnumerable<string> command)
    {
        // setpriv also drops root: mysqld's own --user would clear the signal, which the kernel forgets when a process changes its user.
        string[] drop = DropsRoot ? [$"--reuid={UnprivilegedUser}", "--regid=nogroup", "--clear-groups"] : [];
        ProcessStartInfo start = new("setpriv", [.. drop, "--pdeathsig", "KILL", .. command]);
        TaskCompletionSource<Process> started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Starts.Add(() =>
        {
            try
            {
                started.SetResult(Process.Start(start)!);
            }
            catch (Exception failure) when (failure is System.ComponentModel.Win32Exception or IOException)
            {
                started.SetException(failure);
            }
        });
        return started.Task.GetAwaiter().GetResult();
    }
}
