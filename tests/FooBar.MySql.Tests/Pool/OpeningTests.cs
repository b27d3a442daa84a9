using FooBar.MySql.Configuration;
using FooBar.MySql.Observability;
using FooBar.MySql.Pool;
using FooBar.MySql.Tests.Observability;
using FooBar.Testing;
using Microsoft.Extensions.Logging;

namespace FooBar.MySql.Tests.Pool;

/// <summary>Many who want sessions that must first be opened.</summary>
public sealed class OpeningTests : IAsyncDisposable
{
    private readonly CountingServer _server = new();
    private readonly FakeTime _time = new();
    private readonly RecordedLogs _logs = new();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Burst_OpensEightAtATime_AndTheOthersTakeWhatComesBack()
    {
        await using MySqlDataSource source = Create("Maximum Pool Size=50");
        TaskCompletionSource gate = new();
        _server.Gate = gate.Task;
        Task<MySqlConnection>[] opening = Open(source, 30);
        await Eventually.True(() => _server.Accepted == SessionPool.MaximumOpening);
        Assert.Equal((0, 0, 8, 22), (source.Pool.Figures.Idle, source.Pool.Figures.Used, source.Pool.Figures.Opening, source.Pool.Figures.Waiting));

        TaskCompletionSource second = new();
        _server.Gate = second.Task;
        gate.SetResult();
        await Task.WhenAll(opening[..8]);
        await Eventually.True(() => _server.Accepted == 16);
        foreach (Task<MySqlConnection> open in opening[..8]) await (await open).CloseAsync();
        Assert.Equal((8, 8, 6), (source.Pool.Figures.Used, source.Pool.Figures.Opening, source.Pool.Figures.Waiting));

        second.SetResult();
        foreach (MySqlConnection connection in await Task.WhenAll(opening)) await connection.CloseAsync();
        Assert.Equal(0, source.Pool.Count.Busy);
        Assert.InRange(_server.Accepted, 16, 22);
    }

    [Fact]
    public async Task FailedAttempt_OfAServerThatIsGone_AnswersAllWhoWaited()
    {
        await using MySqlDataSource source = Create("Maximum Pool Size=50");
        TaskCompletionSource gate = new();
        _server.Gate = gate.Task;
        _server.Refusal = [];
        Task<MySqlConnection>[] opening = Open(source, 100);
        await Eventually.True(() => _server.Accepted == SessionPool.MaximumOpening);
        gate.SetResult();

        MySqlException[] failures = await Task.WhenAll(opening.Select(open => Assert.ThrowsAsync<MySqlException>(() => open)));
        Assert.All(failures, failure =>
        {
            Assert.Equal($"The connection to 127.0.0.1:{_server.Port} was lost after 0.0 s: the server closed the connection", failure.Message);
            Assert.Equal((MySqlFailurePhase.NotSent, MySqlFailureReason.ConnectionLost, true), (failure.Phase, failure.Reason, failure.IsTransient));
        });
        Assert.Equal(100, failures.Distinct().Count());

        // All in line came after the first eight attempts had begun. Those who take the place of these answer for the rest.
        Assert.InRange(_server.Accepted, SessionPool.MaximumOpening + 1, 2 * SessionPool.MaximumOpening);
        Assert.Equal((0, 0), source.Pool.Count);
        Assert.Equal(0, source.Pool.WaiterCount);
    }

    [Fact]
    public async Task FailedAttempt_WhileSomebodyHasASession_LeavesTheOthersInLine()
    {
        await using MySqlDataSource source = Create("Maximum Pool Size=9");
        await using MySqlConnection holder = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        TaskCompletionSource gate = new();
        _server.Gate = gate.Task;
        _server.Refusal = CountingServer.Error(1045, "Access denied");
        Task<MySqlConnection>[] opening = Open(source, 12);
        await Eventually.True(() => _server.Accepted == 1 + SessionPool.MaximumOpening);
        gate.SetResult();

        foreach (Task<MySqlConnection> open in opening) Assert.Equal(1045, (await Assert.ThrowsAsync<MySqlException>(() => open)).Number);
        Assert.Equal(13, _server.Accepted);
        Assert.Equal((1, 0), source.Pool.Count);
    }

    [Fact]
    public async Task FailedAttempt_OfAServerWithoutRoom_IsRepeatedByEach()
    {
        await using MySqlDataSource source = Create("Maximum Pool Size=50");
        _server.Refusal = CountingServer.Error(1040, "Too many connections");
        foreach (Task<MySqlConnection> open in Open(source, 20)) Assert.Equal(1040, (await Assert.ThrowsAsync<MySqlException>(() => open)).Number);

        Assert.Equal(20, _server.Accepted);
    }

    [Fact]
    public async Task Waiters_ForASilentServer_FailAtTheirOwnDeadlines()
    {
        await using MySqlDataSource source = Create("Connection Timeout=10");
        TaskCompletionSource gate = new();
        _server.Gate = gate.Task;
        Task<MySqlConnection>[] opening = Open(source, 20);
        await Eventually.True(() => _server.Accepted == SessionPool.MaximumOpening);
        _time.Advance(TimeSpan.FromSeconds(4));
        Task<MySqlConnection> later = Open(source, 1)[0];
        _time.Advance(TimeSpan.FromSeconds(6));

        MySqlException[] late = await Task.WhenAll(opening.Select(open => Assert.ThrowsAsync<MySqlException>(() => open)));
        Assert.All(late, failure => Assert.Equal((MySqlFailureReason.TimedOut, MySqlFailurePhase.NotSent, true), (failure.Reason, failure.Phase, failure.IsTransient)));
        Assert.False(later.IsCompleted);
        gate.SetResult();
        await (await later).DisposeAsync();
    }

    [Theory]
    [InlineData(0, 0, 8, 3, "8 are being opened, and the server has not let them in. Is db:3306 up?")]
    [InlineData(0, 5, 4, 3, "4 are being opened, and the server has not let them in. Is db:3306 up?")]
    [InlineData(0, 0, 10, 3, "10 are being opened, and the server has not let them in. Is db:3306 up?")]
    [InlineData(0, 10, 0, 3, "all 10 are in use ('Maximum Pool Size'). Dispose connections sooner, or raise the limit.")]
    [InlineData(0, 9, 1, 3, "all 10 are in use ('Maximum Pool Size'). Dispose connections sooner, or raise the limit.")]
    public void WaitedInVain_SaysForWhat(int idle, int used, int opening, int waiting, string reason)
    {
        ConnectionOptions options = ConnectionOptions.Parse("Server=db;User ID=u;Ssl Mode=None;Maximum Pool Size=10;Connection Timeout=7");
        MySqlException failure = PoolExhausted.Explain(options, new PoolFigures(idle, used, opening, waiting));

        Assert.Equal("No connection to db:3306 came free within the connection timeout of 7 s: " + reason, failure.Message);
    }

    [Fact]
    public async Task Exhaustion_IsLoggedOnceUntilACallerFindsASessionAtOnce()
    {
        await using MySqlDataSource source = Create("Maximum Pool Size=1;Connection Timeout=10");
        await using MySqlConnection holder = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        for (int round = 0; round < 2; round++)
        {
            Task<MySqlConnection>[] waiting = Open(source, 3);
            _time.Advance(TimeSpan.FromSeconds(10));
            foreach (Task<MySqlConnection> open in waiting) await Assert.ThrowsAsync<MySqlException>(() => open);
            Assert.Equal(
                [(LogLevel.Warning, 2005, $"Pool u@127.0.0.1:{_server.Port}/ had no connection to give within the connection timeout: 1 of 1 are lent, 0 being opened, 2 more wait. Said once until a caller finds one at once again")],
                _logs.Lines);
        }

        await holder.CloseAsync();
        await holder.OpenAsync(TestContext.Current.CancellationToken);
        Task<MySqlConnection> again = Open(source, 1)[0];
        _time.Advance(TimeSpan.FromSeconds(10));
        await Assert.ThrowsAsync<MySqlException>(() => again);
        Assert.Equal(2, _logs.Of(2005).Count);
    }

    [Fact]
    public async Task Retire_WhileASessionIsBeingOpened_LendsOneOfTheNewEpoch()
    {
        await using MySqlDataSource source = Create();
        TaskCompletionSource gate = new();
        _server.Gate = gate.Task;
        Task<MySqlConnection> opening = Open(source, 1)[0];
        await Eventually.True(() => _server.Accepted == 1);
        source.Retire();
        gate.SetResult();

        await using MySqlConnection connection = await opening;
        Assert.Equal(2, _server.Accepted);
        Assert.Equal(1, _server.Open);
        await connection.CloseAsync();
        Assert.Equal((0, 1), source.Pool.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Dispose_WhileASessionIsBeingOpened_RefusesItsCaller(bool async)
    {
        MySqlDataSource source = Create();
        TaskCompletionSource gate = new();
        _server.Gate = gate.Task;
        Task<MySqlConnection> opening = async ? Open(source, 1)[0] : Task.Factory.StartNew(
            source.OpenConnection, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await Eventually.True(() => _server.Accepted == 1);
        await source.DisposeAsync();
        gate.SetResult();

        Assert.Equal("MySqlDataSource", (await Assert.ThrowsAsync<ObjectDisposedException>(() => opening)).ObjectName);
        Assert.Equal((0, 0), source.Pool.Count);
        Assert.Equal(0, _server.Open);
    }

    [Fact]
    public async Task Cancelled_WhileItOpens_GivesItsLeaveToTheNext()
    {
        await using MySqlDataSource source = Create("Maximum Pool Size=1");
        TaskCompletionSource gate = new();
        _server.Gate = gate.Task;
        using CancellationTokenSource cancelled = new();
        Task<MySqlConnection> first = source.OpenConnectionAsync(cancelled.Token).AsTask();
        await Eventually.True(() => _server.Accepted == 1);
        Task<MySqlConnection> second = Open(source, 1)[0];
        await cancelled.CancelAsync();
        await Assert.ThrowsAsync<MySqlCanceledException>(() => first);
        await Eventually.True(() => _server.Accepted == 2);
        gate.SetResult();

        await (await second).DisposeAsync();
        Assert.Equal((0, 1), source.Pool.Count);
    }

    [Fact]
    public async Task DeadSessions_AreReplacedForTheFirstInLine()
    {
        await using MySqlDataSource source = Create("Maximum Pool Size=1");
        MySqlConnection holder = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        Task<MySqlConnection>[] waiting = Open(source, 3);
        _server.HangUp();
        await Eventually.True(() => _server.Open == 0);
        await holder.CloseAsync();
        for (int turn = 0; turn < waiting.Length; turn++)
        {
            MySqlConnection served = await waiting[turn];
            Assert.Equal(2, waiting.Count(task => !task.IsCompleted) + turn);
            await served.CloseAsync();
        }

        Assert.Equal((0, 1), source.Pool.Count);
    }

    private static Task<MySqlConnection>[] Open(MySqlDataSource source, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => source.OpenConnectionAsync(TestContext.Current.CancellationToken).AsTask())];

    private MySqlDataSource Create(string more = "") => new(_server.ConnectionString + more, _time, _logs);
}
