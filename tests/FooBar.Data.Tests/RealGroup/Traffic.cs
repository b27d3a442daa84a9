using System.Collections.Concurrent;
using System.Data.Common;
using Dapper;
using FooBar.Testing;

namespace FooBar.Data.Tests.RealGroup;

/// <summary>
/// Writers and readers on one instance, and the history of what they were told. Each write is sent twice under one operation id, at the
/// same time, with 15 s to succeed; what it inserts has no unique key of its own, so that a second application would show.
/// </summary>
internal sealed class Traffic : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);
    private static int s_number;

    private readonly RealDatabase _instance;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<int, long> _acknowledged = new();
    private readonly ConcurrentQueue<long> _acknowledgedAt = new();
    private readonly ConcurrentQueue<Exception> _failures = new();
    private readonly Task _running;
    private long _slowestRead;
    private int _reads;

    public Traffic(RealDatabase instance, int writers, int readers)
    {
        _instance = instance;
        _running = Task.WhenAll(
            [.. Enumerable.Range(0, writers).Select(_ => Task.Run(WriteAsync)), .. Enumerable.Range(0, readers).Select(_ => Task.Run(ReadAsync))]);
    }

    public const string Table = $"CREATE TABLE {MySqlGroup.Schema}.entry (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, number INT NOT NULL)";

    public IReadOnlyCollection<Exception> Failures => _failures;

    public int Acknowledged => _acknowledged.Count;

    public int Reads => _reads;

    public TimeSpan SlowestRead => TimeSpan.FromTicks(Interlocked.Read(ref _slowestRead));

    /// <summary>The session, as node and number, of every write by when it began its work.</summary>
    public ConcurrentQueue<(long At, string Session)> Writing { get; } = new();

    /// <summary>The longest time between two acknowledged writes.</summary>
    public TimeSpan LongestGap
    {
        get
        {
            long[] at = [.. _acknowledgedAt.Order()];
            return at.Zip(at.Skip(1), TimeProvider.System.GetElapsedTime).Max();
        }
    }

    /// <summary>Until so many more writes are acknowledged.</summary>
    public async Task MoreAsync(int writes, CancellationToken ct)
    {
        int wanted = _acknowledgedAt.Count + writes;
        long startedAt = TimeProvider.System.GetTimestamp();
        while (_acknowledgedAt.Count < wanted)
        {
            if (!_failures.IsEmpty || TimeProvider.System.GetElapsedTime(startedAt) > TimeSpan.FromSeconds(40))
                Assert.Fail($"{_acknowledgedAt.Count} of {wanted} writes: {string.Join('\n', _failures)}\n{_instance.Database.Topology}\n{_instance.Log}");
            await Task.Delay(Pause, TimeProvider.System, ct);
        }
    }

    /// <summary>Ends it, and proves that nothing failed and every acknowledged write is there exactly once.</summary>
    public async Task AssertExactlyOnceAsync(MySqlGroup group, CancellationToken ct)
    {
        await _stop.CancelAsync();
        await _running;
        Assert.True(_failures.IsEmpty, $"{string.Join('\n', _failures)}\n{_instance.Log}");
        Dictionary<int, long> rows = await _instance.Database.CreateSession().ReadAsync(
            async (connection, token) =>
            {
                IEnumerable<(long Id, int Number)> all = await connection.QueryAsync<(long, int)>(
                    new CommandDefinition("SELECT id, number FROM entry", cancellationToken: token));
                return all.GroupBy(row => row.Number).ToDictionary(same => same.Key, same => Assert.Single(same).Id);
            },
            Freshness.Latest, ct);
        Assert.NotEmpty(_acknowledged);
        Assert.All(_acknowledged, write => Assert.Equal(write.Value, rows[write.Key]));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task WriteAsync()
    {
        while (!_stop.IsCancellationRequested && _failures.IsEmpty)
        {
            try
            {
                int number = Interlocked.Increment(ref s_number);
                OperationId operation = OperationId.New();
                using CancellationTokenSource deadline = new(Deadline, TimeProvider.System);
                long[] ids = await Task.WhenAll(SendAsync(operation, number, deadline.Token), SendAsync(operation, number, deadline.Token));
                if (ids[0] != ids[1])
                    throw new InvalidOperationException($"Number {number} is {ids[0]} and {ids[1]}.");
                _acknowledged[number] = ids[0];
                _acknowledgedAt.Enqueue(TimeProvider.System.GetTimestamp());
                await Task.Delay(Pause, TimeProvider.System);
            }
            catch (Exception failure)
            {
                _failures.Enqueue(failure);
            }
        }
    }

    private Task<long> SendAsync(OperationId operation, int number, CancellationToken ct) => _instance.Database.CreateSession().WriteAsync(
        operation,
        async (connection, token) =>
        {
            long at = TimeProvider.System.GetTimestamp();
            await connection.ExecuteAsync(new CommandDefinition("INSERT INTO entry (number) VALUES (@number)", new { number }, cancellationToken: token));
            (long id, string session) = await connection.QuerySingleAsync<(long, string)>(new CommandDefinition(
                "SELECT CAST(LAST_INSERT_ID() AS SIGNED), CONCAT(@@server_uuid, '/', CONNECTION_ID())", cancellationToken: token));
            Writing.Enqueue((at, session));
            return id;
        },
        ct);

    private async Task ReadAsync()
    {
        while (!_stop.IsCancellationRequested && _failures.IsEmpty)
        {
            long startedAt = TimeProvider.System.GetTimestamp();
            try
            {
                await _instance.Database.CreateSession().ReadAsync(Count, ct: CancellationToken.None);
                long took = TimeProvider.System.GetElapsedTime(startedAt).Ticks;
                InterlockedMax(ref _slowestRead, took);
                Interlocked.Increment(ref _reads);
                await Task.Delay(Pause, TimeProvider.System);
            }
            catch (Exception failure)
            {
                _failures.Enqueue(failure);
            }
        }
    }

    private static Task<long> Count(DbConnection connection, CancellationToken ct) => connection.ExecuteScalarAsync<long>(
        new CommandDefinition("SELECT COUNT(*) FROM note", cancellationToken: ct));

    private static void InterlockedMax(ref long target, long value)
    {
        long seen = Interlocked.Read(ref target);
        while (seen < value && Interlocked.CompareExchange(ref target, value, seen) is var found && found != seen)
            seen = found;
    }
}
