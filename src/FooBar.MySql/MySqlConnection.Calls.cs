using System.Data;
using System.Runtime.CompilerServices;
using FooBar.MySql.Observability;
using FooBar.MySql.Results;
using FooBar.MySql.Sessions;
using FooBar.MySql.Statements;

namespace FooBar.MySql;

/// <summary>What is sent to the server: statements of the driver's own, and those of commands and batches.</summary>
public sealed partial class MySqlConnection
{
    /// <summary>
    /// Has a statement without parameters and rows, such as START TRANSACTION, go in front of the next command, in that one's round trip. Nothing is
    /// sent before; closing the connection drops it. If the server refuses it, the next command is executed all the same before its call throws the
    /// refusal: only for statements without which the next one does no harm, or is told from a proper one later. A batch that follows goes one command at a time.
    /// </summary>
    /// <exception cref="InvalidOperationException">The connection is not open, a reader is, or another statement waits already.</exception>
    public void SendWithNext(string sql)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(sql);
        Session session = Session;
        RequireNoReader();
        if (session.Reset.HasPreceding) throw new InvalidOperationException("A statement waits already to be sent with the next one.");

        StatementText text = session.Statements.Get(sql, session.NoBackslashEscapes).Text;
        if (text.HasParameters) throw new ArgumentException("A statement that is sent with the next one cannot have parameters.", nameof(sql));

        session.Reset.Precede(text.Sql.ToArray(), text.Effects);
    }

    /// <summary>Runs a statement of the driver's own, one that has neither parameters nor rows.</summary>
    internal ValueTask RunAsync(ReadOnlyMemory<byte> sql, bool async, CancellationToken cancellationToken) =>
        RunAsync(sql, SessionEffects.None, MySqlCommand.TimeoutOf(DefaultCommandTimeout), InterruptBy.Waiting, async, cancellationToken);

    /// <summary>Rolls back what nobody will commit any more, within the time that cleaning up may take.</summary>
    internal ValueTask RollBackAbandonedAsync(bool async) =>
        RunAsync(MySqlTransaction.RollbackSql, SessionEffects.None, CleanupTimeout, InterruptBy.Aborting, async, CancellationToken.None);

    /// <summary>Interrupts the call under way if it is this command's or batch's. Thread-safe.</summary>
    internal void CancelCallOf(object owner) => _session?.Cancel(owner);

    private async ValueTask RunAsync(
        ReadOnlyMemory<byte> sql, SessionEffects effects, TimeSpan timeout, InterruptBy by, bool async, CancellationToken cancellationToken)
    {
        Session session = Session;
        RequireNoReader();
        OperationScope operation = default;
        session.BeginCall(timeout, MySqlCommand.TimeoutName, owner: null, by, cancellationToken);
        ResultStream results;
        try
        {
            operation = OperationScope.Begin(this, session, sql.Span);
            results = await StatementExecution.QueryAsync(session, sql, effects, statement: null, async).ConfigureAwait(false);
            await results.DrainAsync(async).ConfigureAwait(false);
            operation.End();
        }
        catch (Exception failure)
        {
            Exception told = await session.FailedAsync(failure, async, cancellationToken).ConfigureAwait(false);
            operation.Fail(told);
            throw told;
        }

        session.EndCall();
        if (session.IsInterrupted) await session.SettleAsync(results, async, cancellationToken).ConfigureAwait(false);
    }

    /// <exception cref="InvalidOperationException">A reader is open.</exception>
    internal void RequireNoReader()
    {
        if (Reader is not null) throw new InvalidOperationException("A reader is open on this connection; close it first.");
    }

    /// <exception cref="InvalidOperationException">
    /// The server has rolled the open transaction back by itself: what runs now would be committed by itself, and the rest would be missing.
    /// </exception>
    internal void RequireNotRolledBack()
    {
        if (Transaction is not null && Session.RolledBackBy is { } cause)
        {
            throw new InvalidOperationException(
                $"The server has rolled the transaction back (error {cause.Number}); roll it back here too, or dispose it, and begin another.", cause);
        }
    }

    /// <summary>Executes a command or batch and reads up to its first row.</summary>
    /// <param name="execution">What is sent.</param>
    /// <param name="timeout">For this call and all of the reader's.</param>
    /// <param name="behavior">Of the reader.</param>
    /// <param name="async">Whether to wait asynchronously.</param>
    /// <param name="cancellationToken">Stops the statement.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    internal async ValueTask<MySqlDataReader> ExecuteAsync<TExecution>(
        TExecution execution, TimeSpan timeout, CommandBehavior behavior, bool async, CancellationToken cancellationToken)
        where TExecution : IExecution
    {
        Session session = Session;
        MySqlDataReader reader;
        ResultStream results;
        OperationScope operation = default;
        session.BeginCall(timeout, MySqlCommand.TimeoutName, execution.Owner, InterruptBy.Killing, cancellationToken);
        try
        {
            operation = OperationScope.Begin(this, session, OperationScope.IsObserved ? execution.ObservedText : string.Empty);
            results = await execution.BeginAsync(async).ConfigureAwait(false);

            // Before the call ends: who closes the connection from another thread must find that there is something to read.
            Reader = reader = new MySqlDataReader(execution.Owner, this, session, results, execution.Batch, behavior);

            // What comes of an interrupted one is not known before it is settled.
            if (!session.IsInterrupted)
            {
                operation.End();
                operation = default;
            }
        }
        catch (Exception failure)
        {
            Exception told = await session.FailedAsync(failure, async, cancellationToken).ConfigureAwait(false);
            Reader = null;
            operation.Fail(told);
            throw told;
        }

        TimeSpan spent = session.EndCall();
        if (session.IsInterrupted) await SettleAsync(session, results, operation, async, cancellationToken).ConfigureAwait(false);
        reader.BeginWithin(timeout, spent);
        return reader;
    }

    /// <summary>A little less than nothing could be taken for no limit.</summary>
    internal static TimeSpan Positive(TimeSpan left) => left > TimeSpan.Zero ? left : TimeSpan.Zero;

    /// <exception cref="InvalidOperationException">What is to be executed belongs to another transaction, or to one that is over.</exception>
    internal void RequireReady(MySqlTransaction? transaction, string what)
    {
        _ = Session;
        RequireNoReader();
        if (transaction is not null && transaction.Connection != this)
        {
            throw new InvalidOperationException($"The {what}'s transaction has ended, or is another connection's.");
        }

        RequireNotRolledBack();
    }

    private async ValueTask SettleAsync(
        Session session, ResultStream results, OperationScope operation, bool async, CancellationToken cancellationToken)
    {
        try
        {
            await session.SettleAsync(results, async, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception told)
        {
            Reader = null;
            operation.Fail(told);
            throw;
        }

        operation.End();
    }
}
