using System.Globalization;
using System.Text;

namespace FooBar.Testing;

/// <summary>
/// A network for a cluster: each server in a network namespace of its own, and the test program's own namespace as the router between them, where
/// packets are lost as a test says. The applications are in the test process, each with addresses of its own for itself and for every server, so that
/// the kernel chooses its source address by where it connects to: no forwarder stands between, and a cut is silent, as a real one is. The tests'
/// own hand has such addresses too, which are never cut. Needs <see cref="OwnNamespaces"/> and <c>FOOBAR_NETWORK_HOME</c>.
/// </summary>
public sealed class ClusterNetwork : IAsyncDisposable
{
    private const int Hand = 200;

    private static int s_count;

    private readonly int _number = Interlocked.Increment(ref s_count) - 1;
    private readonly string _folder = Directory.CreateTempSubdirectory("foobar-network-").FullName;
    private readonly HashSet<(NetworkEnd From, NetworkEnd To)> _dropped = [];
    private readonly int _members;
    private readonly int _clients;

    private ClusterNetwork(int members, int clients)
    {
        _members = members;
        _clients = clients;
    }

    /// <summary>Where the servers are to run.</summary>
    public IReadOnlyList<MySqlPlace> Places =>
    [
        .. Enumerable.Range(0, _members).Select(member => new MySqlPlace
        {
            Host = MemberAddress(Hand, member),
            PeerHost = MemberAddress(0, member),
            ClientHosts = [.. Enumerable.Range(0, _clients).Select(client => MemberAddress(Subnet(client), member))],
            BindAddress = "*",
            Command = Enter(member),
        }),
    ];

    private IEnumerable<NetworkEnd> Ends => [.. Enumerable.Range(0, _members).Select(NetworkEnd.Member), .. Enumerable.Range(0, _clients).Select(NetworkEnd.Client)];

    private string Table => string.Create(CultureInfo.InvariantCulture, $"cluster{_number}");

    /// <summary>Makes it, with everyone connected.</summary>
    public static async Task<ClusterNetwork> CreateAsync(int members = 3, int clients = 2)
    {
        ClusterNetwork network = new(members, clients);
        try
        {
            await network.ConnectAsync();
            return network;
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    /// <summary>From now on nothing passes between the two.</summary>
    public Task CutAsync(NetworkEnd one, NetworkEnd other) => ChangeAsync([(one, other), (other, one)]);

    /// <summary>From now on what the one sends does not reach the other; the other way it does.</summary>
    public Task DropAsync(NetworkEnd from, NetworkEnd to) => ChangeAsync([(from, to)]);

    /// <summary>From now on those given reach each other and nobody else does, nor they anyone else.</summary>
    public Task IsolateAsync(params NetworkEnd[] together) => ChangeAsync(
        from inside in together from outside in Ends.Except(together) from pair in new[] { (inside, outside), (outside, inside) } select pair);

    /// <summary>Everything passes again.</summary>
    public Task HealAsync()
    {
        if (_dropped.Count == 0) return Task.CompletedTask;
        _dropped.Clear();
        return ApplyAsync();
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        // A namespace goes with its file and its last process, and its cable with it.
        foreach (int member in Enumerable.Range(0, _members))
        {
            if (File.Exists(NamespacePath(member))) await TestProcess.RunAsync("umount", [NamespacePath(member)], CancellationToken.None);
        }

        await TestProcess.RunAsync(OwnNamespaces.NetworkTool("nft"), ["delete", "table", "inet", Table], CancellationToken.None);
        Directory.Delete(_folder, recursive: true);
    }

    private Task ChangeAsync(IEnumerable<(NetworkEnd From, NetworkEnd To)> pairs)
    {
        _dropped.UnionWith(pairs);
        return ApplyAsync();
    }

    /// <summary>
    /// All rules in one transaction. What a server sends to another is forwarded here, what it sends to an application comes in here, and what that
    /// sends goes out from here.
    /// </summary>
    private Task ApplyAsync()
    {
        string rules = string.Concat(_dropped
            .Where(pair => pair.From.IsMember || pair.To.IsMember)
            .Select(pair => (From: Address(pair.From, pair.To), To: Address(pair.To, pair.From)))
            .Select(pair => $"ip saddr {pair.From} ip daddr {pair.To} drop\n"));
        StringBuilder set = new($"table inet {Table}\ndelete table inet {Table}\ntable inet {Table} {{\n");
        foreach (string hook in new[] { "forward", "input", "output" })
            set.Append(CultureInfo.InvariantCulture, $"chain {hook} {{ type filter hook {hook} priority 0\n{rules}}}\n");
        return OwnNamespaces.RunAsync(OwnNamespaces.NetworkTool("nft"), ["-f", "-"], set.Append('}').ToString());
    }

    /// <summary>The address that an end has for another.</summary>
    private string Address(NetworkEnd end, NetworkEnd other) => end.IsMember
        ? MemberAddress(other.IsMember ? 0 : Subnet(other.Index), end.Index)
        : OwnAddress(Subnet(end.Index));

    private static int Subnet(int client) => client + 1;

    /// <summary>This namespace's address in a subnet; in subnet 0 it is the router.</summary>
    private string OwnAddress(int subnet) => string.Create(CultureInfo.InvariantCulture, $"10.{77 + _number}.{subnet}.1");

    private string MemberAddress(int subnet, int member) => string.Create(CultureInfo.InvariantCulture, $"10.{77 + _number}.{subnet}.{10 + member}");

    private string NamespacePath(int member) => Path.Combine(_folder, member.ToString(CultureInfo.InvariantCulture));

    private string[] Enter(int member) => ["nsenter", $"--net={NamespacePath(member)}", "--"];

    private async Task ConnectAsync()
    {
        string ip = OwnNamespaces.NetworkTool("ip");
        int[] subnets = [0, .. Enumerable.Range(0, _clients).Select(Subnet), Hand];
        await File.WriteAllTextAsync("/proc/sys/net/ipv4/ip_forward", "1");
        await OwnNamespaces.RunAsync(
            ip, ["-batch", "-"], string.Concat(subnets.Select(subnet => $"address add {OwnAddress(subnet)}/32 dev lo\n").Prepend("link set lo up\n")));
        await Task.WhenAll(Enumerable.Range(0, _members).Select(ConnectAsync));
        await ApplyAsync();

        async Task ConnectAsync(int member)
        {
            await File.WriteAllTextAsync(NamespacePath(member), "");
            await OwnNamespaces.RunAsync("unshare", [$"--net={NamespacePath(member)}", "true"]);
            string cable = string.Create(CultureInfo.InvariantCulture, $"c{_number}m{member}");
            await OwnNamespaces.RunAsync(ip, ["-batch", "-"], string.Concat([
                $"link add {cable} type veth peer name {cable}p\n",
                $"link set {cable}p netns {NamespacePath(member)}\n",
                $"link set {cable} up\n",
                .. subnets.Select(subnet => $"route add {MemberAddress(subnet, member)}/32 dev {cable} src {OwnAddress(subnet)}\n"),
            ]));
            string[] enter = Enter(member);
            await OwnNamespaces.RunAsync(enter[0], [.. enter[1..], ip, "-batch", "-"], string.Concat([
                "link set lo up\n",
                .. subnets.Select(subnet => $"address add {MemberAddress(subnet, member)}/32 dev {cable}p\n"),
                $"link set {cable}p up\n",
                $"route add default via {OwnAddress(0)} dev {cable}p onlink src {MemberAddress(0, member)}\n",
            ]));
        }
    }
}
