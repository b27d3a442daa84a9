using FooBar.Testing;

namespace FooBar.MySql.Tests.Pool;

public sealed class LifetimeTests : IAsyncDisposable
{
    private static readonly TimeSpan Instantly = TimeSpan.FromMilliseconds(1);

    private readonly CountingServer _server = new();
    private readonly FakeTime _time = new();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Sessions_EndAtTheirLifetime_OrUpToATenthEarlier()
    {
        await using MySqlDataSource source = Create("Connection Lifetime=4000;Connection Idle Timeout=86400;Maximum Pool Size=40");
        MySqlConnection[] connections = await OpenAsync(source, 40);
        foreach (MySqlConnection connection in connections) await connection.CloseAsync();

        _time.Advance(TimeSpan.FromSeconds(3_600) - Instantly);
        Assert.Equal((0, 40), source.Pool.Count);
        _time.Advance(TimeSpan.FromSeconds(180));
        Assert.InRange(source.Pool.Count.Idle, 1, 39);
        _time.Advance(TimeSpan.FromSeconds(220 + 60) + Instantly);
        Assert.Equal((0, 0), source.Pool.Count);
    }

    [Fact]
    public async Task SessionPastItsLifetime_IsClosedWhenItComesBack()
    {
        await using MySqlDataSource source = Create("Connection Lifetime=10");
        await using MySqlConnection connection = (await OpenAsync(source, 1))[0];
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(1, await MinimumTests.RunAsync(connection, "SELECT 1"));
        await connection.CloseAsync();

        Assert.Equal((0, 0), source.Pool.Count);
    }

    [Fact]
    public async Task SessionPastItsLifetime_IsReplacedBeforeItIsLent()
    {
        await using MySqlDataSource source = Create("Connection Idle Timeout=86400");
        await using MySqlConnection connection = (await OpenAsync(source, 1))[0];
        long first = connection.ServerThread;
        connection.Session.EndOfLife = _time.GetTimestamp() + TimeSpan.TicksPerSecond;
        await connection.CloseAsync();
        _time.Advance(TimeSpan.FromSeconds(1) - Instantly);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        Assert.Equal(first, connection.ServerThread);
        await connection.CloseAsync();
        _time.Advance(Instantly);
        Assert.Equal((0, 1), source.Pool.Count);
        await connection.OpenAsync(TestContext.Current.CancellationToken);

        Assert.NotEqual(first, connection.ServerThread);
        Assert.Equal((1, 0), source.Pool.Count);
    }

    [Fact]
    public async Task LifetimeZero_IsForEver()
    {
        await using MySqlDataSource source = Create("Connection Lifetime=0;Connection Idle Timeout=86400");
        await using MySqlConnection connection = (await OpenAsync(source, 1))[0];
        long first = connection.ServerThread;
        for (int day = 0; day < 8; day++)
        {
            await connection.CloseAsync();
            _time.Advance(TimeSpan.FromDays(1) - Instantly);
            await connection.OpenAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal(first, connection.ServerThread);
    }

    [Theory]
    [InlineData(1, 0, 1)]
    [InlineData(180, 0, 45)]
    [InlineData(180, 100, 25)]
    [InlineData(180, 3_600, 45)]
    [InlineData(86_400, 604_800, 60)]
    public async Task IdleSessions_AreLookedAtFourTimesAsOftenAsTheyEnd(int idleTimeout, int lifetime, int period)
    {
        await using MySqlDataSource source = Create($"Connection Idle Timeout={idleTimeout};Connection Lifetime={lifetime}");
        await using MySqlConnection connection = (await OpenAsync(source, 1))[0];
        await connection.CloseAsync();
        _server.HangUp();
        await Eventually.True(() => _server.Open == 0);
        _time.Advance(TimeSpan.FromSeconds(period) - Instantly);
        Assert.Equal((0, 1), source.Pool.Count);
        _time.Advance(Instantly);

        Assert.Equal((0, 0), source.Pool.Count);
    }

    private static async Task<MySqlConnection[]> OpenAsync(MySqlDataSource source, int count) =>
        await Task.WhenAll(Enumerable.Range(0, count).Select(_ => source.OpenConnectionAsync(TestContext.Current.CancellationToken).AsTask()));

    private MySqlDataSource Create(string more) => new(_server.ConnectionString + more, _time);
}
