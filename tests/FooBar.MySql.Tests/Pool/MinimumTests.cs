using FooBar.MySql.Pool;
using FooBar.MySql.Tests.Observability;
using FooBar.Testing;
using Microsoft.Extensions.Logging;

namespace FooBar.MySql.Tests.Pool;

public sealed class MinimumTests : IAsyncDisposable
{
    private readonly CountingServer _server = new();
    private readonly FakeTime _time = new();
    private readonly RecordedLogs _logs = new();
    private readonly MySqlDataSource _source;

    public MinimumTests() =>
        _source = new(_server.ConnectionString + "Minimum Pool Size=3;Maximum Pool Size=5;Connection Lifetime=1000;Connection Idle Timeout=100", _time, _logs);

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task FirstOpen_OpensTheMinimumInTheBackground()
    {
        Assert.Equal(0, _server.Accepted);
        await using (MySqlConnection first = await OpenAsync())
        {
            await Eventually.True(() => _source.Pool.Figures is { Used: 1, Idle: 2, Opening: 0 });
        }

        Assert.Equal((0, 3), _source.Pool.Count);
        Assert.Equal(3, _server.Accepted);
    }

    [Fact]
    public async Task Minimum_IsOpenedOneAtATime()
    {
        await using MySqlConnection first = await OpenAsync();
        await Eventually.True(() => _source.Pool.Count == (1, 2));
        TaskCompletionSource gate = new();
        _server.Gate = gate.Task;
        _source.Retire();

        await Eventually.True(() => _server.Accepted == 4);
        Assert.Equal(1, _source.Pool.Figures.Opening);
        gate.SetResult();
        await Eventually.True(() => _source.Pool.Count == (1, 2));
        Assert.Equal(5, _server.Accepted);
    }

    [Fact]
    public async Task SessionThatBroke_IsReplaced()
    {
        await using MySqlConnection first = await OpenAsync();
        await Eventually.True(() => _source.Pool.Count == (1, 2));
        await Assert.ThrowsAsync<MySqlException>(() => RunAsync(first, "BREAK"));
        await first.CloseAsync();

        await Eventually.True(() => _source.Pool.Count == (0, 3));
        Assert.Equal(4, _server.Accepted);
    }

    [Fact]
    public async Task IdleSessions_EndedByTheServer_AreFoundAndReplaced()
    {
        await (await OpenAsync()).DisposeAsync();
        await Eventually.True(() => _source.Pool.Count == (0, 3));
        _server.HangUp();
        await Eventually.True(() => _server.Open == 0);
        _time.Advance(TimeSpan.FromSeconds(25));

        await Eventually.True(() => _source.Pool.Count == (0, 3) && _server.Open == 3);
        Assert.Equal(6, _server.Accepted);
        Assert.All(_logs.Of(2001), line => Assert.EndsWith(": Lost", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Sessions_PastTheIdleTimeout_StayWhileTheyAreTheMinimum()
    {
        MySqlConnection[] connections = [await OpenAsync(), await OpenAsync(), await OpenAsync(), await OpenAsync(), await OpenAsync()];
        foreach (MySqlConnection connection in connections) await connection.DisposeAsync();
        Assert.Equal((0, 5), _source.Pool.Count);

        _time.Advance(TimeSpan.FromSeconds(100));
        Assert.Equal((0, 3), _source.Pool.Count);
        Assert.Equal(5, _server.Accepted);
    }

    [Fact]
    public async Task ServerThatIsDown_IsAskedEverMoreRarely_AndOneLineSaysSo()
    {
        await using MySqlConnection first = await OpenAsync();
        await Eventually.True(() => _source.Pool.Count == (1, 2));
        _server.Refusal = CountingServer.Error(1040, "Too many connections");
        _source.Retire();

        await Eventually.True(() => _server.Accepted == 4 && _source.Pool.IsPausing);
        Assert.Equal(4, _server.Accepted);
        for (int failures = 1; failures < 8; failures++)
        {
            _time.Advance(SessionPool.PauseAfter(failures) - TimeSpan.FromMilliseconds(1));
            Assert.Equal(3 + failures, _server.Accepted);
            _time.Advance((SessionPool.PauseAfter(failures) * SessionPool.LifetimeJitter) + TimeSpan.FromMilliseconds(1));
            await Eventually.True(() => _server.Accepted == 4 + failures && _source.Pool.IsPausing);
        }

        Assert.Equal(1, (await RunAsync(first, "SELECT 1")));
        _server.Refusal = null;
        _time.Advance(TimeSpan.FromSeconds(66));
        await Eventually.True(() => _logs.Of(2007).Count == 1 && _source.Pool.Count == (1, 2));
        string pool = $"u@127.0.0.1:{_server.Port}/";
        Assert.Equal(
            [
                (LogLevel.Information, 2003, $"Pool {pool} is retired: 2 idle connections are closed, 1 lent ones will be when they come back"),
                (LogLevel.Warning, 2006, $"Pool {pool} cannot keep its 3 connections open; it goes on trying, and says so once: Too many connections"),
                (LogLevel.Information, 2007, $"Pool {pool} can open connections again, after 8 failed attempts to keep its 3"),
            ],
            _logs.Lines);
        Assert.Equal(MySqlTelemetry.LogCategory, _logs.Category);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(6, 32)]
    [InlineData(7, 60)]
    [InlineData(int.MaxValue, 60)]
    public void Pause_DoublesUpToAMinute(int failures, int seconds) => Assert.Equal(TimeSpan.FromSeconds(seconds), SessionPool.PauseAfter(failures));

    [Fact]
    public async Task Dispose_WhileTheMinimumIsBeingOpened_ClosesThat()
    {
        TaskCompletionSource gate = new();
        await using MySqlConnection first = await OpenAsync();
        await Eventually.True(() => _source.Pool.Count == (1, 2));
        _server.Gate = gate.Task;
        _source.Retire();
        await Eventually.True(() => _server.Accepted == 4);

        await _source.DisposeAsync();
        await first.CloseAsync();
        await Eventually.True(() => _source.Pool.Count == (0, 0) && _server.Open == 0);
        Assert.Empty(_logs.Of(2006));
        gate.SetResult();
    }

    internal static Task<int> RunAsync(MySqlConnection connection, string sql) => RunUntilAsync(connection, sql, TestContext.Current.CancellationToken);

    internal static async Task<int> RunUntilAsync(MySqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using MySqlCommand command = new(sql, connection);
        return Convert.ToInt32(await command.ExecuteScalarAsync(cancellationToken), System.Globalization.CultureInfo.InvariantCulture);
    }

    private ValueTask<MySqlConnection> OpenAsync() => _source.OpenConnectionAsync(TestContext.Current.CancellationToken);
}
