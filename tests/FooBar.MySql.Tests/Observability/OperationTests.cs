using System.Diagnostics;
using System.Diagnostics.Metrics;
using FooBar.MySql.Tests.Pool;
using FooBar.Testing;
using Microsoft.Extensions.Logging;

namespace FooBar.MySql.Tests.Observability;

public sealed class OperationTests : IAsyncDisposable
{
    private readonly CountingServer _server = new();
    private readonly FakeTime _time = new();
    private readonly RecordedLogs _logs = new();
    private readonly MySqlDataSource _source;

    public OperationTests() => _source = new(_server.ConnectionString + "Database=shop;Cancellation Timeout=0", _time, _logs);

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        await _server.DisposeAsync();
    }

    private string Server => $"db.system.name=mysql server.address=127.0.0.1 server.port={_server.Port} db.namespace=shop";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Statement_IsASpanAndADuration(bool async)
    {
        using Listening listening = new(_server.Port);
        await using MySqlConnection connection = _source.OpenConnection();
        using Activity caller = new Activity("caller").Start();
        await using MySqlCommand command = new("SELECT 4711", connection);
        Assert.Equal("4711", async ? await command.ExecuteScalarAsync(TestContext.Current.CancellationToken) : command.ExecuteScalar());

        Assert.Same(caller, Activity.Current);
        Activity span = Assert.Single(listening.Spans);
        Assert.Equal(("SELECT shop", ActivityKind.Client, ActivityStatusCode.Unset), (span.DisplayName, span.Kind, span.Status));
        Assert.Equal(caller.SpanId, span.ParentSpanId);
        Assert.Equal($"{Server} db.operation.name=SELECT db.query.text=SELECT ?", Listening.Text(span.TagObjects));
        Assert.Equal(("db.client.operation.duration", 0, $"{Server} db.operation.name=SELECT"), Assert.Single(listening.Of("db.client.operation.duration")));
    }

    [Fact]
    public async Task Statement_OfAWordThatIsNone_IsNamedAfterItsTarget()
    {
        using Listening listening = new(_server.Port);
        await using MySqlDataSource withoutDatabase = new(_server.ConnectionString, _time);
        await using MySqlConnection connection = await withoutDatabase.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await MinimumTests.RunAsync(connection, "FROBNICATE 1");

        Activity span = Assert.Single(listening.Spans);
        Assert.Equal($"127.0.0.1:{_server.Port}", span.DisplayName);
        Assert.Equal(
            $"db.system.name=mysql server.address=127.0.0.1 server.port={_server.Port} db.query.text=FROBNICATE ?", Listening.Text(span.TagObjects));
    }

    [Theory]
    [InlineData("FAIL", "1062", "error.type=1062 db.response.status_code=1062", null, "1062, SQLSTATE 23000, phase Answered")]
    [InlineData("BREAK", "connection_lost", "error.type=connection_lost", "The connection to HOST was lost after 0.0 s: the server closed the connection", "connection_lost, SQLSTATE none, phase SentUnanswered")]
    [InlineData("NONSENSE", "protocol_violation", "error.type=protocol_violation", "HOST broke the protocol: packet number 77 came where 1 was due.", "protocol_violation, SQLSTATE none, phase SentUnanswered")]
    [InlineData("SELECT @a", "refused", "error.type=refused", "The statement has the parameter '@a', and the command has no value for it. (A user variable is written @`a`.)", "refused, SQLSTATE none, phase NotSent")]
    public async Task Failure_IsSaidByItsKind_AndNeverInTheServersWords(string sql, string type, string labels, string? description, string logged)
    {
        using Listening listening = new(_server.Port);
        await using MySqlConnection connection = await _source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        long thread = connection.ServerThread;
        await Assert.ThrowsAsync<MySqlException>(() => MinimumTests.RunAsync(connection, sql));

        string host = $"127.0.0.1:{_server.Port}";
        Activity span = Assert.Single(listening.Spans);
        Assert.Equal((ActivityStatusCode.Error, description?.Replace("HOST", host, StringComparison.Ordinal)), (span.Status, span.StatusDescription));
        Assert.Equal(type, span.GetTagItem("error.type"));
        Assert.EndsWith(labels, Listening.Text(span.TagObjects), StringComparison.Ordinal);
        Assert.Empty(span.Events);
        string operation = sql.StartsWith("SELECT", StringComparison.Ordinal) ? " db.operation.name=SELECT" : "";
        Assert.Equal($"{Server}{operation} {labels}", Assert.Single(listening.Of("db.client.operation.duration")).Labels);
        Assert.Equal([(LogLevel.Debug, 2010, $"A statement on connection {thread} of u@{host}/shop failed: {logged}")], _logs.Lines);
    }

    [Fact]
    public async Task TimeOutAndCancellation_AreTwoThings()
    {
        using Listening listening = new(_server.Port);
        await using (MySqlConnection connection = await _source.OpenConnectionAsync(TestContext.Current.CancellationToken))
        {
            Task<int> late = MinimumTests.RunAsync(connection, "SLEEP");
            _time.Advance(TimeSpan.FromSeconds(30));
            await Assert.ThrowsAsync<MySqlException>(() => late);
        }

        await using (MySqlConnection connection = await _source.OpenConnectionAsync(TestContext.Current.CancellationToken))
        {
            using CancellationTokenSource cancellation = new();
            Task<int> cancelled = MinimumTests.RunUntilAsync(connection, "SLEEP", cancellation.Token);
            await cancellation.CancelAsync();
            await Assert.ThrowsAsync<MySqlCanceledException>(() => cancelled);
        }

        Assert.Equal(["timeout", "cancelled"], listening.Spans.Select(span => span.GetTagItem("error.type")));
        Assert.Equal(
            [(30, $"{Server} error.type=timeout"), (0, $"{Server} error.type=cancelled")],
            listening.Of("db.client.operation.duration").Select(one => (one.Value, one.Labels)));
    }

    /// <summary>The server answers with a row; what breaks behind it is in no duration, and must not be nowhere.</summary>
    [Fact]
    public async Task FailureBehindTheFirstRow_IsCountedAndLogged()
    {
        using Listening listening = new(_server.Port);
        await using MySqlConnection connection = await _source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        long thread = connection.ServerThread;
        await using MySqlCommand command = new("HALF", connection);
        await using (MySqlDataReader reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken))
        {
            Assert.True(await reader.ReadAsync(TestContext.Current.CancellationToken));
            Task<bool> next = reader.ReadAsync(TestContext.Current.CancellationToken);
            _server.HangUp();
            await Assert.ThrowsAsync<MySqlException>(() => next);
        }

        Assert.Equal(Server, Assert.Single(listening.Of("db.client.operation.duration")).Labels);
        Assert.Equal($"{Server} error.type=connection_lost", Assert.Single(listening.Of("foobar.db.client.read_failures")).Labels);
        Assert.Equal(
            [(LogLevel.Debug, 2010, $"A statement on connection {thread} of u@127.0.0.1:{_server.Port}/shop failed: connection_lost, SQLSTATE none, phase SentUnanswered")],
            _logs.Lines);
    }

    [Fact]
    public async Task Transaction_IsObservedToItsCommit()
    {
        using Listening listening = new(_server.Port);
        await using MySqlConnection connection = await _source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using MySqlTransaction transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await transaction.CommitAsync(TestContext.Current.CancellationToken);
        await connection.ChangeDatabaseAsync("other", TestContext.Current.CancellationToken);

        Assert.Equal(["START shop", "COMMIT shop", "USE shop"], listening.Spans.Select(span => span.DisplayName));
        Assert.Equal(["START TRANSACTION", "COMMIT", "USE `other`"], listening.Spans.Select(span => span.GetTagItem("db.query.text")));
    }

    [Fact]
    public async Task CommitWithoutAnAnswer_IsAFailure()
    {
        using Listening listening = new(_server.Port);
        await using MySqlConnection connection = await _source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using MySqlTransaction transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        _server.HangUp();
        await Assert.ThrowsAsync<MySqlException>(() => transaction.CommitAsync(TestContext.Current.CancellationToken));

        Assert.Equal([null, "connection_lost"], listening.Spans.Select(span => span.GetTagItem("error.type")));
    }

    [Fact]
    public async Task Duration_AloneOrSpanAlone_NeedsNotTheOther()
    {
        await using MySqlConnection connection = await _source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        using (Listening listening = new(_server.Port, toSpans: false))
        {
            await MinimumTests.RunAsync(connection, "SELECT 1");
            Assert.Single(listening.Of("db.client.operation.duration"));
        }

        using (Listening listening = new(_server.Port, toMetrics: false))
        {
            await MinimumTests.RunAsync(connection, "SELECT 1");
            Assert.Single(listening.Spans);
        }
    }

    [Fact]
    public async Task ListenerThatThrows_CostsTheConnection_AndPoisonsNothing()
    {
        using MeterListener thrower = new();
        thrower.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "db.client.operation.duration") listener.EnableMeasurementEvents(instrument);
        };
        thrower.SetMeasurementEventCallback<double>((_, _, labels, _) =>
        {
            if (labels.ToArray().Any(label => Equals(label.Value, "thrower"))) throw new InvalidOperationException("thrown");
        });
        thrower.Start();
        await using MySqlDataSource source = new(_server.ConnectionString + "Database=thrower", _time);
        await using MySqlConnection connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        Assert.Equal("thrown", (await Assert.ThrowsAsync<InvalidOperationException>(() => MinimumTests.RunAsync(connection, "SELECT 1"))).Message);
        Assert.Equal(System.Data.ConnectionState.Broken, connection.State);
        await connection.CloseAsync();

        Assert.Equal((0, 0), source.Pool.Count);
    }

    [Fact]
    public async Task ConnectionClosedUnderACall_IsToldAndObservedAsLost()
    {
        using Listening listening = new(_server.Port);
        await using MySqlConnection connection = await _source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        Task<int> running = MinimumTests.RunAsync(connection, "SLEEP");
        await connection.CloseAsync();

        Assert.Equal(MySqlFailurePhase.SentUnanswered, (await Assert.ThrowsAsync<MySqlException>(() => running)).Phase);
        Assert.Equal("connection_lost", Assert.Single(listening.Spans).GetTagItem("error.type"));
        Assert.EndsWith("error.type=connection_lost", Assert.Single(listening.Of("db.client.operation.duration")).Labels, StringComparison.Ordinal);
    }

    /// <summary>At the ROLLBACK of a closing connection, and at whatever the pool tells.</summary>
    [Fact]
    public async Task ObserversThatThrow_CostThePoolNoPlace()
    {
        await using MySqlDataSource source = new(_server.ConnectionString + "Database=throwing;Maximum Pool Size=1;", _time, new ThrowingLogs());
        using ActivityListener listener = new()
        {
            ShouldListenTo = static one => one.Name == MySqlTelemetry.ActivitySourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStarted = span =>
            {
                if (span.DisplayName == "ROLLBACK throwing") throw new FormatException("a listener's");
            },
        };
        using MeterListener meters = new()
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Meter.Name == MySqlTelemetry.MeterName) listener.EnableMeasurementEvents(instrument);
            },
        };
        meters.SetMeasurementEventCallback<double>((instrument, _, labels, _) =>
        {
            if (instrument.Name.StartsWith("db.client.connection.", StringComparison.Ordinal) && labels.ToArray().Any(label => label.Value is string pool && pool.EndsWith("/throwing", StringComparison.Ordinal))) throw new FormatException("a listener's");
        });
        meters.Start();
        for (int lease = 0; lease < 2; lease++)
        {
            MySqlConnection connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
            await MinimumTests.RunAsync(connection, "BEGIN");
            ActivitySource.AddActivityListener(listener);
            await connection.CloseAsync();
            source.Retire();
        }

        Task<MySqlConnection> first = source.OpenConnectionAsync(TestContext.Current.CancellationToken).AsTask();
        await using MySqlConnection holding = await first;
        Task<MySqlConnection> second = source.OpenConnectionAsync(TestContext.Current.CancellationToken).AsTask();
        _time.Advance(TimeSpan.FromSeconds(30)); // the timer that tells of it must not throw either
        Assert.Equal(MySqlFailureReason.TimedOut, (await Assert.ThrowsAsync<MySqlException>(() => second)).Reason);
    }

    [Fact]
    public void Durations_AdviseTheConventionsBuckets()
    {
        List<Instrument> published = [];
        using MeterListener listener = new();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name == MySqlTelemetry.MeterName) published.Add(instrument);
        };
        listener.Start();

        Assert.Equal(
            [
                "db.client.connection.count {connection}", "db.client.connection.create_time s", "db.client.connection.idle.max {connection}",
                "db.client.connection.idle.min {connection}", "db.client.connection.max {connection}", "db.client.connection.pending_requests {request}",
                "db.client.connection.timeouts {timeout}", "db.client.connection.use_time s", "db.client.connection.wait_time s",
                "db.client.operation.duration s", "foobar.db.client.read_failures {failure}",
            ],
            published.Select(instrument => $"{instrument.Name} {instrument.Unit}").Order(StringComparer.Ordinal));
        Assert.All(
            published.OfType<Histogram<double>>(),
            durations => Assert.Equal([0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10], durations.Advice!.HistogramBucketBoundaries!));
        Assert.Equal(4, published.OfType<Histogram<double>>().Count());
    }

    private sealed class ThrowingLogs : ILoggerFactory, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            throw new FormatException("a logger's");

        public void Dispose()
        {
        }
    }
}
