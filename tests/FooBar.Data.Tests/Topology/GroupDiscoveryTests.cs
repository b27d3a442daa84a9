using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using FooBar.Data.Tests.Fakes;

namespace FooBar.Data.Tests;

public sealed class GroupDiscoveryTests : IDisposable
{
    private readonly FakeNode _fourth = new("db-4");
    private readonly List<string> _gone = [];
    private readonly ConcurrentDictionary<string, IPAddress> _names = new();

    public void Dispose() => _fourth.Dispose();

    [Fact]
    public async Task Member_BesideTheConfiguredOnes_IsTakenOnWhereItsAddressIsAllowed_AndLetGoWhenItIsLongGone()
    {
        await using FakeCluster cluster = Discovering("10.0.0.0/8");
        await cluster.UntilReady();
        Assert.Equal(3, cluster.Database.Topology.Nodes.Count);

        cluster.Primary.Members = [("db-1", "10.0.0.1"), ("db-2", "10.0.0.2"), ("db-3", "10.0.0.3"), ("db-4", "10.0.0.4")];
        await cluster.Until(topology => topology.Nodes is [_, _, _, { Name: "10.0.0.4:3306", Role: NodeRole.Replica }]);
        Assert.Empty(_gone);

        cluster.Primary.Members = cluster.Primary.Members[..3];
        _fourth.State = "ERROR";
        await cluster.Pass(GroupDiscovery.Keep / 2, TimeSpan.FromSeconds(0.2));
        Assert.Equal(4, cluster.Database.Topology.Nodes.Count);
        await cluster.Pass(GroupDiscovery.Keep / 1.5, TimeSpan.FromSeconds(0.2));
        Assert.Equal(3, cluster.Database.Topology.Nodes.Count);
        Assert.Equal(["10.0.0.4:3306"], _gone);
    }

    [Fact]
    public async Task Member_OutsideTheAllowedNetworks_IsRefusedAndNamedOnce()
    {
        await using FakeCluster cluster = Discovering("10.0.0.0/8", "fd00::/8");
        await cluster.UntilReady();
        cluster.Primary.Members = [("db-1", "10.0.0.1"), ("db-4", "192.0.2.4")];

        await cluster.Pass(GroupDiscovery.Interval * 3, TimeSpan.FromSeconds(0.2));

        Assert.Equal(3, cluster.Database.Topology.Nodes.Count);
        Assert.Equal(
            ["Member 192.0.2.4:3306 of the group is not taken on: its address (192.0.2.4) is in no network that discovery allows"],
            cluster.Log.TextsOf(3025));
    }

    [Fact]
    public async Task Member_WithoutAnAddress_IsNamedOnceAndHoldsUpNobody()
    {
        await using FakeCluster cluster = Discovering("10.0.0.0/8");
        await cluster.UntilReady();
        cluster.Primary.Members = [("db-1", "10.0.0.1"), ("db-5", "five.test"), ("db-4", "10.0.0.4")];

        await cluster.Until(topology => topology.Nodes is [_, _, _, { Name: "10.0.0.4:3306", Role: NodeRole.Replica }]);
        await cluster.Pass(GroupDiscovery.Interval * 3, TimeSpan.FromSeconds(0.2));

        Assert.Equal(4, cluster.Database.Topology.Nodes.Count);
        Assert.Equal(
            [$"Member five.test:3306 of the group cannot be taken on: its host name has no address: {new SocketException((int)SocketError.HostNotFound).Message}"],
            cluster.Log.TextsOf(3026));
    }

    [Fact]
    public async Task Member_TakenOn_StaysWhileItsNameIsNotKnown_AndIsLetGoOnceItIsOutsideTheNetworks()
    {
        _names["four.test"] = IPAddress.Parse("10.0.0.4");
        await using FakeCluster cluster = Discovering("10.0.0.0/8");
        await cluster.UntilReady();
        cluster.Primary.Members = [("db-1", "10.0.0.1"), ("db-4", "four.test")];
        await cluster.Until(topology => topology.Nodes is [_, _, _, { Name: "four.test:3306", Role: NodeRole.Replica }]);

        _names.Clear();
        await cluster.Pass(GroupDiscovery.Keep + GroupDiscovery.Interval * 2, TimeSpan.FromSeconds(0.2));
        Assert.Equal(4, cluster.Database.Topology.Nodes.Count);
        Assert.Single(cluster.Log.TextsOf(3026));

        _names["four.test"] = IPAddress.Parse("192.0.2.4");
        await cluster.Until(topology => topology.Nodes.Count == 3);
        Assert.Equal(["four.test:3306"], _gone);
        Assert.Equal(
            ["Member four.test:3306 of the group is not taken on: its address (192.0.2.4) is in no network that discovery allows"],
            cluster.Log.TextsOf(3025));
    }

    [Fact]
    public async Task Configuration_Changes_DiscoveredOnesStay()
    {
        await using FakeCluster cluster = Discovering("10.0.0.0/8");
        await cluster.UntilReady();
        cluster.Primary.Members = [("db-1", "10.0.0.1"), ("db-4", "10.0.0.4")];
        await cluster.Until(topology => topology.Nodes.Count == 4);

        cluster.Database.ReplaceNodes([.. cluster.Options.Nodes.Take(2)]);

        Assert.Equal(["db-1", "db-2", "10.0.0.4:3306"], cluster.Database.Topology.Nodes.Select(node => node.Name));
    }

    private FakeCluster Discovering(params string[] networks) => new(options => options.Discovery = new(
        [.. networks.Select(IPNetwork.Parse)],
        (host, port) => new($"{host}:{port}", _fourth, _fourth.Monitoring),
        node => _gone.Add(node.Name))
    {
        LookUp = (host, _) => _names.TryGetValue(host, out IPAddress? address)
            ? Task.FromResult<IPAddress[]>([address])
            : Task.FromException<IPAddress[]>(new SocketException((int)SocketError.HostNotFound)),
    });
}
