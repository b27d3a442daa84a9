using System.Net;
using FooBar.Lab.Tests.Support;
using FooBar.Testing;

namespace FooBar.Lab.Tests.Site;

/// <summary>What the firewalls of the hosts let through, against what the inventory says: exactly that, both ways.</summary>
public sealed class FirewallTests(Labs labs) : SiteTest(labs)
{
    private static readonly string[] Sources = ["visitor", "attacker", "admin", "edge-1", "app-1", "app-2"];

    /// <summary>
    /// The matrix of the three hosts, written down by hand: what the inventory derives must be this, and the scans must find it. The
    /// address family is the second half of a source's name where it matters: peers speak IPv4 among themselves.
    /// </summary>
    private static readonly Dictionary<(string From, string To), int[]> Expected = new()
    {
        [("visitor", "edge-1")] = [80, 443],
        [("visitor", "app-1")] = [],
        [("visitor", "app-2")] = [],
        [("attacker", "edge-1")] = [80, 443],
        [("attacker", "app-1")] = [],
        [("attacker", "app-2")] = [],
        [("admin", "edge-1")] = [22, 80, 443],
        [("admin", "app-1")] = [22],
        [("admin", "app-2")] = [22],
        [("edge-1", "app-1")] = [3306, 8443, 9100, 9104, 9610, 9620, 33061],
        [("edge-1", "app-2")] = [3306, 8443, 9100, 9104, 9610, 9620, 33061],
        [("app-1", "edge-1")] = [80, 443, 3306, 19532, 33061],
        [("app-1", "app-2")] = [3306, 33061],
        [("app-2", "edge-1")] = [80, 443, 3306, 19532, 33061],
        [("app-2", "app-1")] = [3306, 33061],
    };

    [Fact]
    public async Task Matrix_OfTheInventory_IsTheOneThatPeopleReviewed()
    {
        PortMatrix matrix = await Site.PortMatrixAsync(Token);

        string[] differences = [.. Expected.Select(pair => (pair.Key, pair.Value, Derived: matrix.Tcp(pair.Key.From, pair.Key.To, ipv6: false)))
            .Where(row => !row.Value.SequenceEqual(row.Derived))
            .Select(row => $"{row.Key.From} to {row.Key.To}: expected {string.Join(' ', row.Value)}, derived {string.Join(' ', row.Derived)}")];

        Assert.Empty(differences);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TcpPorts_FromEveryone_AreOpenAsTheMatrixSays(bool ipv6)
    {
        PortMatrix matrix = await Site.PortMatrixAsync(Token);
        List<string> differences = [];
        int scanned = 0;

        // A scan waits more than it works: three at once take as long as one. Who is scanned cannot scan: it would miss answers among the probes.
        foreach (string[] sources in Sources.Except(LabSite.Hosts).Chunk(3).Concat(LabSite.Hosts.Chunk(1)))
        {
            foreach ((string from, IReadOnlyDictionary<string, IReadOnlyList<int>> passed) in await Task.WhenAll(sources.Select(async from => (from, await ScanAsync(from, ipv6)))))
            {
                foreach (string to in LabSite.Hosts.Where(host => host != from))
                {
                    scanned++;
                    IReadOnlyList<int> found = passed[LabSite.Address(to, ipv6)];
                    IReadOnlyList<int> wanted = matrix.Tcp(from, to, ipv6);
                    Say($"{from} to {to} over IPv{(ipv6 ? 6 : 4)}: {(found.Count > 50 ? $"{found.Count} ports" : string.Join(' ', found))}");
                    if (!found.SequenceEqual(wanted))
                    {
                        differences.Add($"{from} to {to}: the matrix says {string.Join(' ', wanted)}; open too: {string.Join(' ', found.Except(wanted).Take(20))}; closed: {string.Join(' ', wanted.Except(found))}");
                    }
                }
            }
        }

        Assert.Equal(15, scanned);
        Assert.Empty(differences);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TopUdpPorts_FromEveryone_ReachNobody(bool ipv6)
    {
        IReadOnlyList<int> ports = await Nmap.TopUdpPortsAsync(Site, 100, Token);
        Assert.Equal(100, ports.Count);
        List<string> through = [];
        foreach (string to in LabSite.Hosts)
        {
            using NetworkNamespace host = Site.Namespace(to);
            using UdpSinks sinks = new(host, IPAddress.Parse(LabSite.Address(to, ipv6)), ports);
            Assert.True(sinks.Listening.Count > 90, $"only {sinks.Listening.Count} ports of {to} could be listened on");
            foreach (string from in Sources.Where(source => source != to))
            {
                await Nmap.SendUdpAsync(Site, from, [LabSite.Address(to, ipv6)], sinks.Listening, Token);
                through.AddRange(sinks.From(LabSite.Address(from, ipv6)).Select(port => $"{from} reached UDP port {port} of {to}"));
            }
        }

        Assert.Empty(through);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Udp_WithoutAFirewall_ReachesTheSinks(bool ipv6)
    {
        // The scan above finds nothing also when it sends nothing: here it must find everything.
        using NetworkNamespace visitor = Site.Namespace("visitor");
        int[] ports = [53, 123, 161, 500];
        using UdpSinks sinks = new(visitor, IPAddress.Parse(LabSite.Address("visitor", ipv6)), ports);

        await Nmap.SendUdpAsync(Site, "attacker", [LabSite.Address("visitor", ipv6)], ports, Token);

        Assert.Equal(ports, sinks.From(LabSite.Address("attacker", ipv6)));
    }

    [Fact]
    public async Task Egress_OfEachServicesUser_IsWhatTheMatrixLists()
    {
        PortMatrix matrix = await Site.PortMatrixAsync(Token);
        int[] ports = [.. matrix.NamedPorts.Concat([21, 22, 25, 53, 80, 123, 443, 445, 465, 587, 1337, 3389, 4444, 5432, 6379, 8080, 11211, 31337, 65535])
            .Concat(Enumerable.Range(0, Catalogue.Times(40, 400)).Select(turn => 1 + (((Catalogue.Seed * 7919) + (turn * 6151)) % 65535))).Distinct().Order()];
        string[] open = ["repo", "visitor", "attacker"];
        string[] destinations = [.. LabSite.Hosts.Concat(open).Select(name => LabSite.Address(name, ipv6: false)), .. ((string[])["visitor", "attacker"]).Select(name => LabSite.Address(name, ipv6: true))];
        HashSet<string> answerAlways = [.. open.SelectMany(name => (string[])[LabSite.Address(name, ipv6: false), LabSite.Address(name, ipv6: true)])];
        List<string> differences = [];
        int tried = 0;
        foreach (string host in LabSite.Hosts)
        {
            using NetworkNamespace from = Site.Namespace(host);

            // The kernel answers a refused packet with no more than a thousand errors a second; without its answer, refused looks like sent.
            await Site.InAsync(host, ["sysctl", "-q", "-w", "net.ipv4.icmp_msgs_per_sec=1000000", "net.ipv4.icmp_msgs_burst=1000000", "net.ipv6.icmp.ratelimit=0"], Token);
            string[] known = (await Site.OnAsync(host, "getent passwd | cut -d : -f 1", Token)).Split('\n');
            foreach (string user in matrix.Users(host).Union(matrix.Services.Intersect(known)).Append(PortMatrix.Nobody))
            {
                EgressProbe probe = new(from, await Site.UidAsync(host, user, Token));
                IPAddress[] others = [.. destinations.Where(address => address != LabSite.Address(host, ipv6: false) && address != LabSite.Address(host, ipv6: true)).Select(IPAddress.Parse)];
                IReadOnlyList<int>[] passedTcp = await Task.WhenAll(others.Select(to => probe.TcpAsync(to, ports, answerAlways.Contains(to.ToString()), Token)));
                foreach ((IPAddress to, IReadOnlyList<int> passed) in others.Zip(passedTcp))
                {
                    IReadOnlyList<int> wanted = [.. ports.Where(port => matrix.MayLeave(host, user, "tcp", to, port))];
                    IReadOnlyList<int> passedUdp = probe.Udp(to, ports);
                    IReadOnlyList<int> wantedUdp = [.. ports.Where(port => matrix.MayLeave(host, user, "udp", to, port))];
                    tried += ports.Length * 2;
                    if (!passed.SequenceEqual(wanted))
                    {
                        differences.Add($"{host}, {user}, to {to}: tcp {string.Join(' ', passed)} instead of {string.Join(' ', wanted)}");
                    }

                    if (!passedUdp.SequenceEqual(wantedUdp))
                    {
                        differences.Add($"{host}, {user}, to {to}: udp {string.Join(' ', passedUdp)} instead of {string.Join(' ', wantedUdp)}");
                    }
                }
            }
        }

        differences.ForEach(Say);
        Say($"{tried} attempts to leave");
        Assert.True(tried > 1000);
        Assert.Empty(differences);
    }
    private Task<IReadOnlyDictionary<string, IReadOnlyList<int>>> ScanAsync(string from, bool ipv6) =>
        Nmap.TcpAsync(Site, from, [.. LabSite.Hosts.Where(host => host != from).Select(host => LabSite.Address(host, ipv6))], "1-65535", Token);
}
