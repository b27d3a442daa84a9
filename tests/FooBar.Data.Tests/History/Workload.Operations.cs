using System.Data.Common;
using Dapper;

namespace FooBar.Data.Tests.History;

internal sealed partial class Workload
{
    /// <summary>Operations at once on each instance in the warm-up, and how often.</summary>
    private const int WarmUpWidth = 10;
    private const int WarmUpRounds = 3;

    /// <summary>
    /// Connections are opened and code is compiled before anything is recorded: of the first operations each would take some 0.7 s. Done on a
    /// list that is in no history.
    /// </summary>
    private async Task WarmUpAsync(CancellationToken ct)
    {
        int list = Interlocked.Increment(ref s_lists);
        for (int round = 0; round < WarmUpRounds; round++)
            await Task.WhenAll(_instances.SelectMany(instance => Enumerable.Range(0, WarmUpWidth).Select(_ => OneOfEachAsync(instance))));

        async Task OneOfEachAsync(Database instance)
        {
            Appending append = new(list, Interlocked.Increment(ref s_values), OperationId.New());
            DatabaseSession session = instance.CreateSession();
            await session.WriteAsync(append.Operation, (connection, token) => InsertAsync(connection, append, token), ct);
            ReadFreshness[] kinds = [ReadFreshness.OwnWrites, ReadFreshness.AtMost(StaleAfter), ReadFreshness.Latest, ReadFreshness.Any];
            foreach (ReadFreshness freshness in kinds)
                await session.ReadAsync((connection, token) => ValuesAsync(connection, list, token), freshness.ForDataLayer(), ct);
        }
    }

    private async Task AppendAsync(Caller caller, Appending append, Caller? reader, ReadFreshness freshness)
    {
        AppendOutcome outcome = AppendOutcome.Acknowledged;
        long answer = 0;
        Exception? failed = null;
        using CancellationTokenSource deadline = new(_options.Deadline, _recorder.Time);
        long startedAt = _recorder.Time.GetTimestamp();
        try
        {
            CausalSession.Taken taken = caller.Session.Take();
            DatabaseSession session = _instances[caller.Instance].CreateSession(CausalToken.Parse(taken.Token));
            answer = await session.WriteAsync(append.Operation, (connection, ct) => InsertAsync(connection, append, ct), deadline.Token);
            // The session holds it before the answer is noted: from then on its reads must see it.
            caller.Session.Appended(append.Key, taken, session.Token.ToString());
        }
        catch (Exception failure)
        {
            (outcome, failed) = (OutcomeOf(failure), failure);
        }

        _recorder.Add(new AppendCall
        {
            Client = caller.Client,
            Instance = caller.Instance,
            Session = caller.Session.Number,
            Key = append.Key,
            Value = append.Value,
            Operation = append.Operation.Value,
            StartedAt = startedAt,
            EndedAt = _recorder.Time.GetTimestamp(),
            Outcome = outcome,
            Answer = answer,
            Error = Keep(failed, startedAt, caller),
        });
        if (failed is null && reader is not null)
            await ReadAsync(reader, append.Key, freshness);
    }

    private async Task ReadAsync(Caller caller, int key, ReadFreshness freshness)
    {
        long[]? values = null;
        Exception? failed = null;
        using CancellationTokenSource deadline = new(_options.Deadline, _recorder.Time);
        long startedAt = _recorder.Time.GetTimestamp();
        try
        {
            CausalSession.Taken taken = caller.Session.Take();
            DatabaseSession session = _instances[caller.Instance].CreateSession(CausalToken.Parse(taken.Token));
            values = await session.ReadAsync((connection, ct) => ValuesAsync(connection, key, ct), freshness.ForDataLayer(), deadline.Token);
            caller.Session.HasRead(taken, session.Token.ToString());
        }
        catch (Exception failure)
        {
            failed = failure;
        }

        _recorder.Add(new ReadCall
        {
            Client = caller.Client,
            Instance = caller.Instance,
            Session = caller.Session.Number,
            Key = key,
            Freshness = freshness,
            StartedAt = startedAt,
            EndedAt = _recorder.Time.GetTimestamp(),
            Values = values,
            Error = Keep(failed, startedAt, caller),
        });
    }

    /// <summary>
    /// What an exception says of the write, by the data layer's README: nothing was executed, or all was rolled back and thrown, but for
    /// the one whose outcome is unknown. An exception that is not in there says nothing.
    /// </summary>
    private static AppendOutcome OutcomeOf(Exception failure) =>
        failure is DatabaseUnavailableException or OperationTimeoutException or OperationCanceledException or DbException ? AppendOutcome.NotApplied : AppendOutcome.Unknown;

    private string? Keep(Exception? failure, long startedAt, Caller caller)
    {
        if (failure is not null && _failures.Count < KeptFailures)
            _failures.Enqueue($"{failure.GetType().Name} on instance {caller.Instance} after {_recorder.Time.GetElapsedTime(startedAt).TotalSeconds:0.00} s: {failure.Message}");
        return failure?.GetType().Name;
    }

    private static async Task<long> InsertAsync(DbConnection connection, Appending append, CancellationToken ct)
    {
        await connection.ExecuteAsync(new CommandDefinition(
            "INSERT INTO log_entry (log, value) VALUES (@Key, @Value)", new { append.Key, append.Value }, cancellationToken: ct));
        return await connection.ExecuteScalarAsync<long>(new CommandDefinition("SELECT CAST(LAST_INSERT_ID() AS SIGNED)", cancellationToken: ct));
    }

    private static async Task<long[]> ValuesAsync(DbConnection connection, int key, CancellationToken ct) => [.. await connection.QueryAsync<long>(
        new CommandDefinition("SELECT value FROM log_entry WHERE log = @key ORDER BY id", new { key }, cancellationToken: ct))];

    private async Task<Dictionary<int, IReadOnlyList<FinalRow>>> FinalListsAsync(CancellationToken ct)
    {
        (long Id, int Key, long Value)[] rows = await _instances[0].CreateSession().ReadAsync(
            async (connection, token) => (await connection.QueryAsync<(long, int, long)>(new CommandDefinition(
                "SELECT id, log, value FROM log_entry WHERE log BETWEEN @first AND @last ORDER BY id",
                new { first = _lists[0], last = _lists[^1] }, cancellationToken: token))).ToArray(),
            ReadFreshness.Latest.ForDataLayer(), ct);
        // Another workload that ran beside this one has lists in between.
        HashSet<int> own = [.. _lists];
        return rows.Where(row => own.Contains(row.Key)).GroupBy(row => row.Key).ToDictionary(
            list => list.Key, list => (IReadOnlyList<FinalRow>)[.. list.Select(row => new FinalRow(row.Id, row.Value))]);
    }
}
