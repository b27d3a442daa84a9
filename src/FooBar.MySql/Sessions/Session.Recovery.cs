using System.Diagnostics.CodeAnalysis;
using FooBar.MySql.Protocol;
using FooBar.MySql.Results;
using FooBar.MySql.Transport;

namespace FooBar.MySql.Sessions;

/// <summary>How a call that failed or was interrupted is brought to an end that the next one can begin at.</summary>
internal sealed partial class Session
{
    /// <summary>
    /// Deals with an interruption of a call that came to its end nevertheless. An answer without rows stands, however late. Rows that the
    /// caller no longer wants are read to their end.
    /// </summary>
    /// <exception cref="MySqlException">The call has timed out.</exception>
    /// <exception cref="MySqlCanceledException">The call was cancelled.</exception>
    public async ValueTask SettleAsync(ResultStream results, bool async, CancellationToken cancellationToken)
    {
        bool stands = results.IsComplete && results.Columns.Length == 0 && Batch is null;
        (Interruption why, string message, MySqlFailurePhase ofStopped) = (_watch.Interruption, InterruptedMessage(), PhaseOfStopped);
        MySqlBatchCommand? command = Batch?.Current;
        bool hasStopped = await RecoverAsync(results, async).ConfigureAwait(false);
        if (!stands) throw Of(command, Interrupted(why, message, hasStopped ? ofStopped : MySqlFailurePhase.SentUnanswered, null, cancellationToken));
    }

    /// <summary>
    /// Ends a call that has failed, and says what its caller is to be told. A connection that cannot be used any more is marked.
    /// </summary>
    public async ValueTask<Exception> FailedAsync(Exception failure, bool async, CancellationToken cancellationToken)
    {
        Exception told = Of(Batch?.Current, Failed(failure, cancellationToken));
        _watch.End();
        if (IsInterrupted || Batch is not null) await RecoverAsync(results: null, async).ConfigureAwait(false);
        return told;
    }

    /// <summary>Notes which command of a batch a failure is about, unless that is known already.</summary>
    private static Exception Of(MySqlBatchCommand? command, Exception told)
    {
        if (told is MySqlException failure) failure.FailedCommand ??= command;
        else if (told is MySqlCanceledException cancelled) cancelled.BatchCommand ??= command;
        return told;
    }

    /// <summary>
    /// After an interruption, and after the failure of a batch: reads what is under way, and makes sure that no KILL is on its way any more
    /// and that one which came too late does not hit the next statement. A connection that cannot do that in what is left of the cancellation
    /// timeout is broken. Says whether it is known that nothing was done: the server has confirmed, in what was left of the results, that it has
    /// stopped the statement, or has undone the batch.
    /// </summary>
    [SuppressMessage("Design", "CA1031", Justification = "The caller is told of the interruption; what fails here only breaks the connection.")]
    private async ValueTask<bool> RecoverAsync(ResultStream? results, bool async)
    {
        KillOrder? order = _killOrder;
        _killOrder = null;
        bool hasStopped = false;
        if (order is not null || results is { IsComplete: false } || Batch is not null)
        {
            try
            {
                TimeSpan limit = IsInterrupted ? _watch.GraceLeft : MySqlConnection.CleanupTimeout;
                BeginContinuation(limit, "cancellation timeout", owner: null, InterruptBy.Aborting, CancellationToken.None);
                if (results is not null) hasStopped = await HasStoppedAsync(results, async).ConfigureAwait(false);
                if (Batch is { } sent) await sent.ReadRestAsync(async).ConfigureAwait(false);
                if (order is not null && await order.EndAsync(_watch.GraceLeft, _time, async).ConfigureAwait(false)) await AbsorbKillAsync(async).ConfigureAwait(false);
                if (Batch is { } batch) hasStopped |= await batch.UndoAsync(async).ConfigureAwait(false);
            }
            catch (Exception)
            {
                Break();
                order?.Withdraw();
            }
            finally
            {
                _watch.End();
                Batch = null;
            }
        }

        _watch.Forgive();
        return hasStopped;
    }

    /// <summary>Reads what is left of the results: true when they end with the server's word that it was told to stop.</summary>
    private static async ValueTask<bool> HasStoppedAsync(ResultStream results, bool async)
    {
        try
        {
            await results.DrainAsync(async).ConfigureAwait(false);
            return false;
        }
        catch (MySqlException stopped) when (stopped.Number == ServerErrors.QueryInterrupted)
        {
            return true;
        }
    }

    /// <summary>Runs a statement that does nothing but notice a KILL.</summary>
    private async ValueTask AbsorbKillAsync(bool async)
    {
        Writer.BeginQuery();
        Writer.WriteBytes(AbsorbSql);
        Writer.End();
        await SendOwnAsync(async).ConfigureAwait(false);
        try
        {
            await ReadOkAsync(async).ConfigureAwait(false);
        }
        catch (MySqlException noticed) when (noticed.Number == ServerErrors.QueryInterrupted)
        {
            // It was too late for the statement before.
        }
    }
}
