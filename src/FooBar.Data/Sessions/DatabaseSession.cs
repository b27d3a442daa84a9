using System.Data.Common;

namespace FooBar.Data;

/// <summary>
/// What one request or job does to the database: its reads see its own writes. Made by <see cref="Database.CreateSession"/>, holds no
/// connection between calls, needs no disposal. Thread-safe: reads may run side by side.
/// </summary>
public sealed class DatabaseSession
{
    /// <summary>From this many runs on, a token is shortened: it travels in a cookie, and many writes from many hands leave many gaps.</summary>
    private const int LongToken = 16;

    private readonly Database _database;
    private readonly ReadRunner _reads;
    private readonly WriteRunner _writeRunner;
    private GtidSet _writes;

    internal DatabaseSession(Database database, ReadRunner reads, WriteRunner writes, CausalToken token)
    {
        (_database, _reads, _writeRunner) = (database, reads, writes);
        _writes = token.Writes;
    }

    /// <summary>
    /// What the next session must bring to read what this one wrote. Empty as soon as every configured node is known to hold it.
    /// </summary>
    public CausalToken Token => _database.Topology.IsHeldEverywhere(Writes) ? default : new(Writes);

    /// <summary>What reads with <see cref="Freshness.OwnWrites"/> must see.</summary>
    internal GtidSet Writes => Volatile.Read(ref _writes);

    /// <summary>Whether a commit's GTID could not be learned, so that only the primary is known to hold it.</summary>
    internal bool MustReadPrimary { get; private set; }

    /// <summary>
    /// Reads. The work may run more than once, on different nodes, when one of them fails, and must not write: a write is refused. It
    /// must not keep the connection.
    /// </summary>
    /// <param name="work">Queries on the given connection, with the given token.</param>
    /// <param name="freshness">How new the answer must be.</param>
    /// <param name="ct">Ends the read.</param>
    /// <exception cref="DatabaseUnavailableException">No node could do it in time; lists what was tried.</exception>
    /// <exception cref="CausalTokenNotReachedException">No node, not even the primary, holds what the token says was written.</exception>
    /// <exception cref="WriteInReadException">The work tried to write.</exception>
    public Task<T> ReadAsync<T>(
        Func<DbConnection, CancellationToken, Task<T>> work, Freshness freshness = Freshness.OwnWrites, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        return _reads.RunAsync(this, work, freshness, ct);
    }

    /// <summary>
    /// Writes, in one transaction on the proven primary, at most once for an operation id: a repetition returns the first one's result.
    /// The work may run more than once when it was rolled back before (a failover, a deadlock), so it must have no effect outside the
    /// database; it must not begin, commit or roll back, nor use statements that commit implicitly (DDL).
    /// </summary>
    /// <param name="operation">The intent's key; see <see cref="OperationId"/>.</param>
    /// <param name="work">Statements on the given connection, with the given token. Its result is stored as JSON.</param>
    /// <param name="ct">Ends the write before its COMMIT; a COMMIT that was begun is not given up.</param>
    /// <exception cref="DatabaseUnavailableException">No primary was proven in time, or its turn there did not come; nothing was executed.</exception>
    /// <exception cref="OutcomeUnknownException">The COMMIT was not confirmed; repeat with the same id.</exception>
    public async Task<T> WriteAsync<T>(
        OperationId operation, Func<DbConnection, CancellationToken, Task<T>> work, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        (T result, GtidSet? gtids) = await _writeRunner.RunAsync(operation, work, ct).ConfigureAwait(false);
        if (gtids is null)
            MustReadPrimary = true;
        else
            Remember(gtids);
        return result;
    }

    /// <summary>Writes as <see cref="WriteAsync{T}"/> does, without a result.</summary>
    /// <inheritdoc cref="WriteAsync{T}" />
    public Task WriteAsync(OperationId operation, Func<DbConnection, CancellationToken, Task> work, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        return WriteAsync<object?>(
            operation,
            async (connection, token) =>
            {
                await work(connection, token).ConfigureAwait(false);
                return null;
            },
            ct);
    }

    /// <summary>Drops a token that belongs to another history, unless something was written since.</summary>
    internal void Forget(GtidSet foreign) => Interlocked.CompareExchange(ref _writes, GtidSet.Empty, foreign);

    private void Remember(GtidSet gtids)
    {
        while (true)
        {
            GtidSet known = Writes;
            GtidSet union = known.Union(gtids);
            if (union.IntervalCount > LongToken && _database.Topology.Primary is { } primary)
                union = union.FillGapsFrom(primary.Executed);
            if (ReferenceEquals(Interlocked.CompareExchange(ref _writes, union, known), known))
                return;
        }
    }
}
