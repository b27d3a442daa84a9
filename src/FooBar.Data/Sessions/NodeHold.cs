using System.Data.Common;

namespace FooBar.Data;

/// <summary>
/// One operation's hold on one node, from the choice of the node to the return of the connection. Its token ends when the caller gives
/// up, when the monitor gives the node up, or when the time given runs out; it counts as the node's outstanding work meanwhile. For one
/// operation, not thread-safe.
/// </summary>
internal sealed class NodeHold : IDisposable
{
    private readonly Database _database;
    private readonly int _index;
    private readonly CancellationToken _caller;
    private readonly CancellationToken _loss;
    private readonly CancellationTokenSource _deadline;
    private readonly CancellationTokenSource _either;

    /// <param name="database">Whose node it is.</param>
    /// <param name="index">The node.</param>
    /// <param name="within">The time until <see cref="LiftDeadline"/>; none left ends the token at once.</param>
    /// <param name="caller">The caller's token.</param>
    public NodeHold(Database database, int index, TimeSpan within, CancellationToken caller)
    {
        (_database, _index, _caller) = (database, index, caller);
        _loss = database.Monitor.LossOf(index);
        _deadline = new(within > TimeSpan.Zero ? within : TimeSpan.Zero, database.Options.TimeProvider);
        _either = CancellationTokenSource.CreateLinkedTokenSource(caller, _loss, _deadline.Token);
        database.Load.Enter(index);
    }

    /// <summary>For everything that the operation does on the node before its COMMIT.</summary>
    public CancellationToken Token => _either.Token;

    /// <summary>Lets the operation take its time from now on.</summary>
    public void LiftDeadline() => _deadline.CancelAfter(Timeout.InfiniteTimeSpan);

    /// <summary>The node has answered a statement of ours.</summary>
    public void NoteAnswer() => _database.Monitor.NoteAnswer(_index);

    /// <summary>
    /// Commits, for as long as the node is not lost. The caller's token is not heeded any more: who has sent a COMMIT has to hear what
    /// came of it.
    /// </summary>
    public async Task CommitAsync(DbConnection connection, TimeSpan within)
    {
        using CancellationTokenSource deadline = new(within, _database.Options.TimeProvider);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(_loss, deadline.Token);
        await NodeConnection.ExecuteAsync(connection, "COMMIT", either.Token).ConfigureAwait(false);
        NoteAnswer();
    }

    /// <summary>What a failure on the open connection means for the unit of work that met it, before its COMMIT.</summary>
    public FailureKind Classify(Exception failure, DbConnection connection)
    {
        // What we ended ourselves is the node's failure to answer in time, whatever a driver makes of it.
        if (Token.IsCancellationRequested && !_caller.IsCancellationRequested && failure is OperationCanceledException or DbException)
            return FailureKind.NodeLost;
        return ServerError.Classify(failure, _database.Options.Driver.PhaseOf(failure), connection.State);
    }

    public void Dispose()
    {
        _database.Load.Leave(_index);
        _either.Dispose();
        _deadline.Dispose();
    }
}
