using FooBar.MySql.Tests.Pool;
using FooBar.Testing;

namespace FooBar.MySql.Tests.Observability;

public sealed class PoolMetricsTests : IAsyncDisposable
{
    private readonly CountingServer _server = new();
    private readonly FakeTime _time = new();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private string Pool => $"db.client.connection.pool.name=u@127.0.0.1:{_server.Port}/shop";

    [Fact]
    public async Task Pool_ReportsItsFigures_UntilItIsDisposed()
    {
        using Listening listening = new(_server.Port);
        MySqlDataSource source = new(_server.ConnectionString + "Database=shop;Maximum Pool Size=2;Minimum Pool Size=1", _time);
        MySqlConnection one = source.OpenConnection();
        MySqlConnection two = source.OpenConnection();
        Task<MySqlConnection> waiting = source.OpenConnectionAsync(TestContext.Current.CancellationToken).AsTask();

        Assert.Equal(
            [(0, Pool + " db.client.connection.state=idle"), (2, Pool + " db.client.connection.state=used")],
            listening.Observe("db.client.connection.count").Select(figure => (figure.Value, figure.Labels)));
        Assert.Equal([(1, Pool)], listening.Observe("db.client.connection.pending_requests").Select(figure => (figure.Value, figure.Labels)));
        Assert.Equal([(2, Pool)], listening.Observe("db.client.connection.max").Select(figure => (figure.Value, figure.Labels)));
        Assert.Equal([(2, Pool)], listening.Observe("db.client.connection.idle.max").Select(figure => (figure.Value, figure.Labels)));
        Assert.Equal([(1, Pool)], listening.Observe("db.client.connection.idle.min").Select(figure => (figure.Value, figure.Labels)));

        await one.DisposeAsync();
        await (await waiting).DisposeAsync();
        Assert.Equal([1, 1], listening.Observe("db.client.connection.count").Select(figure => figure.Value));
        await two.DisposeAsync();
        await source.DisposeAsync();
        Assert.Empty(listening.Observe("db.client.connection.count"));
    }

    [Fact]
    public async Task TwoPoolsOfOneName_AreAddedUp()
    {
        using Listening listening = new(_server.Port);
        await using MySqlDataSource one = new(_server.ConnectionString + "Database=shop;Maximum Pool Size=2", _time);
        await using MySqlDataSource other = new(_server.ConnectionString + "Database=shop;Maximum Pool Size=3", _time);

        Assert.Equal([(5, Pool)], listening.Observe("db.client.connection.max").Select(figure => (figure.Value, figure.Labels)));
    }

    [Fact]
    public async Task Lease_IsMeasured_FromTheWaitToTheReturn()
    {
        using Listening listening = new(_server.Port);
        await using MySqlDataSource source = new(_server.ConnectionString + "Database=shop;Maximum Pool Size=1;Connection Timeout=30", _time);
        TaskCompletionSource gate = new();
        _server.Gate = gate.Task;
        Task<MySqlConnection> opening = source.OpenConnectionAsync(TestContext.Current.CancellationToken).AsTask();
        await Eventually.True(() => _server.Accepted == 1);
        _time.Advance(TimeSpan.FromSeconds(2));
        gate.SetResult();
        MySqlConnection first = await opening;
        Task<MySqlConnection> second = source.OpenConnectionAsync(TestContext.Current.CancellationToken).AsTask();
        Task<MySqlConnection> third = source.OpenConnectionAsync(TestContext.Current.CancellationToken).AsTask();
        _time.Advance(TimeSpan.FromSeconds(5));
        await first.DisposeAsync();
        MySqlConnection served = await second;
        _time.Advance(TimeSpan.FromSeconds(25));
        await Assert.ThrowsAsync<MySqlException>(() => third);
        await served.DisposeAsync();

        Assert.Equal([(2, Pool)], listening.Of("db.client.connection.create_time").Select(one => (one.Value, one.Labels)));
        Assert.Equal([(2, Pool), (5, Pool)], listening.Of("db.client.connection.wait_time").Select(one => (one.Value, one.Labels)));
        Assert.Equal([(5, Pool), (25, Pool)], listening.Of("db.client.connection.use_time").Select(one => (one.Value, one.Labels)));
        Assert.Equal([(1, Pool)], listening.Of("db.client.connection.timeouts").Select(one => (one.Value, one.Labels)));
    }
}
