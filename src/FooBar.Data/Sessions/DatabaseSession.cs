using System.Data.Common;

namespace FooBar.Data;

/// <summary>
/// What one request or job does to the database: its reads see its own writes. Made by <see cref="Database.CreateSession"/>, holds no
/// connection between calls, needs no disposal. Thread-safe: reads and writes may run side by side, and a read sees the writes that were
/// acknowledged before it began.
/// </summary>
public sealed class DatabaseSession
{
    /// <summary>From this many runs on, a token is shortened: it travels in a cookie, and many writes from many hands leave many gaps.</summary>
    private const int LongToken = 16;

    private readonly Database _database;
    private readonly ReadRunner _reads;
    private readonly WriteRunner _writeRunner;
    private GtidSet _writes;
    private int _lost;
    private int _learned;

    internal DatabaseSession(Database database, ReadRunner reads, WriteRunner writes, CausalToken token)
    {
        (_database, _reads, _writeRunner) = (database, reads, writes);
        _writes = token.Writes;
        if (token.Defect == TokenDefect.None)
            return;
        _lost = 1;
        database.Metrics.TokenRejected(token.Defect);
    }

    /// <summary>
    /// What the next session must bring to read what this one wrote. Empty as soon as every configured node is known to hold it.
    /// </summary>
    public CausalToken Token => AsksPrimary ? CausalToken.AskPrimary
        : _database.Topology.IsHeldEverywhere(Writes) ? default : new(Writes);

    /// <summary>What reads must see.</summary>
    internal GtidSet Writes => Volatile.Read(ref _writes);

    /// <summary>Whether it is not known what the session wrote, so that the next read asks the primary, and learns it there.</summary>
    internal bool AsksPrimary => Losses > Volatile.Read(ref _learned);

    /// <summary>How often it was lost what the session wrote.</summary>
    internal int Losses => Volatile.Read(ref _lost);

    /// <summary>Whether a part of what it was to see was found to belong to another history: the token that brought it should be replaced.</summary>
    public bool HasDroppedToken { get; private set; }

    /// <summary>
    /// Reads, with the freshness of <see cref="DatabaseOptions.DefaultFreshness"/>.
    /// </summary>
    /// <inheritdoc cref="ReadAsync{T}(Func{DbConnection, CancellationToken, Task{T}}, Freshness, CancellationToken)" />
    public Task<T> ReadAsync<T>(Func<DbConnection, CancellationToken, Task<T>> work, CancellationToken ct = default) =>
        ReadAsync(work, _database.Options.DefaultFreshness, ct);

    /// <summary>
    /// Reads. The work may run more than once, on different nodes, when one of them fails, and must not write: a write is refused. It
    /// must not keep the connection. It may call this session again, which takes another connection.
    /// </summary>
    /// <param name="work">Queries on the given connection, with the given token.</param>
    /// <param name="freshness">How new the answer must be.</param>
    /// <param name="ct">Ends the read.</param>
    /// <exception cref="DatabaseUnavailableException">No node could do it in time; lists what was tried.</exception>
    /// <exception cref="OperationTimeoutException">The work itself took longer than <see cref="DatabaseOptions.OperationTimeout"/> allows.</exception>
    /// <exception cref="WriteInReadException">The work tried to write.</exception>
    /// <exception cref="InvalidOperationException">Called inside the work of a write, which it would not see: use that one's connection.</exception>
    public Task<T> ReadAsync<T>(
        Func<DbConnection, CancellationToken, Task<T>> work, Freshness freshness, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        return _reads.RunAsync(this, work, freshness, ct);
    }

    /// <summary>
    /// Writes, in one transaction on the proven primary, at most once for an operation id: a repetition returns the first one's result.
    /// The work may run more than once when it was rolled back before (a failover, a deadlock), so it must have no effect outside the
    /// database; it must not begin, commit or roll back, nor use statements that commit implicitly (DDL), nor call a session.
    /// </summary>
    /// <param name="operation">The intent's key; see <see cref="OperationId"/>.</param>
    /// <param name="work">Statements on the given connection, with the given token. Its result is stored as JSON.</param>
    /// <param name="ct">
    /// Ends the write. Before its COMMIT nothing of it is done; from then on the call ends at once all the same, with
    /// <see cref="OutcomeUnknownException"/>, and what was begun goes on behind it.
    /// </param>
    /// <exception cref="DatabaseUnavailableException">No primary was proven in time, or its turn there did not come; nothing was executed.</exception>
    /// <exception cref="OperationTimeoutException">The work itself took too long; it was rolled back.</exception>
    /// <exception cref="OutcomeUnknownException">The COMMIT was not confirmed; repeat with the same id.</exception>
    /// <exception cref="InvalidOperationException">Called inside the work of a write: two transactions would not be one, and would wait for each other.</exception>
    public Task<T> WriteAsync<T>(
        OperationId operation, Func<DbConnection, CancellationToken, Task<T>> work, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        return _writeRunner.RunAsync(this, operation, work, ct);
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

    /// <summary>Drops what belongs to another history from what reads must see.</summary>
    internal void Forget(GtidSet foreign)
    {
        HasDroppedToken = true;
        while (true)
        {
            GtidSet known = Writes;
            if (ReferenceEquals(Interlocked.CompareExchange(ref _writes, known.Except(foreign), known), known))
                return;
        }
    }

    /// <summary>Its reads see these transactions from now on; null for those of a commit that could not be learned.</summary>
    internal void Remember(GtidSet? gtids)
    {
        if (gtids is null)
        {
            Interlocked.Increment(ref _lost);
            return;
        }

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

    /// <summary>The primary has told what it holds, among it everything that this session had written before it was asked.</summary>
    /// <param name="executed">What it holds.</param>
    /// <param name="losses">How many <see cref="Losses"/> there were when it was asked: a later one is not made good by this.</param>
    internal void Learned(GtidSet executed, int losses)
    {
        Remember(executed);
        Volatile.Write(ref _learned, losses);
    }
}
