using System.Collections;
using System.Net;
using Dapper;

namespace FooBar.Data.Tests.RealGroup;

/// <summary>A group of three of which an application is told two: the third is found, or refused for where it is.</summary>
[Collection(RealGroupDefinition.Name)]
public sealed class DiscoveryTests(GroupFixture fixture) : IAsyncLifetime
{
    private int _left;

    private string Left => $"127.0.0.1:{fixture.Group.Members[_left].Port}";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await fixture.Group.HealAsync();
        _left = (await fixture.Group.PrimaryAsync() + 1) % fixture.Group.Members.Count;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Member_ThatIsNotConfigured_IsTakenOnAndAnswersReads()
    {
        await using RealDatabase instance = new(fixture.Group, options => Discover(options, [IPNetwork.Parse("127.0.0.0/8")]));
        Assert.Equal(2, instance.Database.Topology.Nodes.Count);

        await instance.UntilAsync(topology => topology.Nodes is [_, _, { Role: NodeRole.Replica } third] && third.Name == Left);

        string uuid = (await fixture.Group.QueryAsync(_left, "SELECT @@server_uuid"))!;
        HashSet<string> answered = [];
        long startedAt = TimeProvider.System.GetTimestamp();
        while (!answered.Contains(uuid))
        {
            // Its share is small at first.
            Assert.True(TimeProvider.System.GetElapsedTime(startedAt) < TimeSpan.FromSeconds(30), $"{Left} has answered no read: {instance.Database.Topology}{Environment.NewLine}{instance.Log}");
            answered.Add(await instance.Database.CreateSession().ReadAsync(
                (connection, ct) => connection.QuerySingleAsync<string>(new CommandDefinition("SELECT @@server_uuid", cancellationToken: ct)), Freshness.Any, Ct));
        }

        Assert.Empty(instance.Log.TextsOf(3025));
    }

    [Fact]
    public async Task Member_OutsideTheNetworks_IsNotTakenOnAndNamedOnce()
    {
        LookedAt networks = new(IPNetwork.Parse("10.0.0.0/8"));
        await using RealDatabase instance = new(fixture.Group, options => Discover(options, networks));

        await networks.Thrice.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, Ct);

        Assert.Equal(2, instance.Database.Topology.Nodes.Count);
        Assert.Equal(
            [$"Member {Left} of the group is not taken on: its address (127.0.0.1) is in no network that discovery allows"], instance.Log.TextsOf(3025));
    }

    private void Discover(DatabaseOptions options, IReadOnlyList<IPNetwork> networks)
    {
        DatabaseNode left = options.Nodes[_left];
        options.Nodes = [.. options.Nodes.Where(node => node != left)];
        options.Discovery = new(networks, (host, port) => left with { Name = $"{host}:{port}" });
    }

    /// <summary>Networks that tell when a third member was compared with them, after two that were done with.</summary>
    private sealed class LookedAt(params IPNetwork[] networks) : IReadOnlyList<IPNetwork>
    {
        private readonly TaskCompletionSource _thrice = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _looks;

        public Task Thrice => _thrice.Task;

        public int Count => networks.Length;

        public IPNetwork this[int index] => networks[index];

        public IEnumerator<IPNetwork> GetEnumerator()
        {
            if (Interlocked.Increment(ref _looks) == 3)
                _thrice.TrySetResult();
            return networks.AsEnumerable().GetEnumerator();
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
