using FooBar.MySql.Protocol;

namespace FooBar.MySql.Statements;

/// <summary>What the driver sends before a batch's first command, and behind a failure.</summary>
internal sealed partial class BatchExecution
{
    private static readonly byte[] GuardSql = [.. "SET autocommit = 0"u8];
    private static readonly byte[] SavepointSql = [.. "SAVEPOINT foobar_batch"u8];
    private static readonly byte[] RollbackSql = [.. "ROLLBACK"u8];
    private static readonly byte[] UndoSql = [.. "ROLLBACK TO SAVEPOINT foobar_batch"u8];

    /// <summary>
    /// Behind <see cref="ReadRestAsync"/>, inside a transaction: goes back to where it was before the batch. Says whether nothing is left of it: it
    /// only read, or is undone.
    /// </summary>
    public async ValueTask<bool> UndoAsync(bool async)
    {
        bool nothingIsLeft = _isTogether || _isGuarded;
        _isTogether = false;
        if (!_isGuarded) return nothingIsLeft;

        _isGuarded = false;
        try
        {
            await RunAsync(UndoSql, async).ConfigureAwait(false);
        }
        catch (MySqlException gone) when (gone.Number == ServerErrors.NoSuchSavepoint)
        {
            // With the whole transaction, which the server has rolled back. Another one may be open.
            session.RolledBackBy ??= gone;
            await RunAsync(RollbackSql, async).ConfigureAwait(false);
        }

        return nothingIsLeft;
    }

    /// <summary>Sets the guard and the savepoint, and prepares what is not prepared yet, in one round trip where it fits a window.</summary>
    private async ValueTask PrepareAsync(SessionEffects effects, bool isGuarded, bool async)
    {
        session.Reset.WriteIfDue(effects);
        StatementPackets.WriteCloses(session);
        bool setsAutocommit = isGuarded && _isTogether && session.Status.HasFlag(ServerStatus.AutoCommit);
        if (setsAutocommit) WriteQuery(GuardSql);
        if (isGuarded) WriteQuery(SavepointSql);

        PreparedStatement[] unprepared = _isTogether
            ? [.. _statements.Distinct().Where(static statement => statement.Text.HasParameters && statement.Id is null)]
            : [];
        int written = WritePrepares(unprepared, 0);
        if (session.Writer.IsEmpty) return;

        await session.SendPreparationAsync(async).ConfigureAwait(false);
        await session.Reset.ReadAnswersAsync(async).ConfigureAwait(false);
        MySqlException? first = null;
        if (setsAutocommit)
        {
            first = await ReadOwnAsync(async).ConfigureAwait(false);
            if (first is null) session.Reset.MarkAutocommitOff();
        }

        if (isGuarded)
        {
            MySqlException? refused = await ReadOwnAsync(async).ConfigureAwait(false);
            _isGuarded = refused is null;
            first ??= refused;
        }

        MySqlException? unpreparable = await ReadPreparedAsync(unprepared[..written], async).ConfigureAwait(false);
        first ??= unpreparable;
        while (first is null && written < unprepared.Length)
        {
            int begin = written;
            written = WritePrepares(unprepared, begin);
            await session.SendPreparationAsync(async).ConfigureAwait(false);
            first = await ReadPreparedAsync(unprepared[begin..written], async).ConfigureAwait(false);
        }

        session.Prepared();
        if (first is not null) throw first;
    }

    /// <summary>Writes as many as the server can take while nobody reads what it answers, but one at least; says how many of all are written.</summary>
    private int WritePrepares(PreparedStatement[] statements, int next)
    {
        for (int begin = next; next < statements.Length && (next == begin || session.Writer.Length < Window); next++)
        {
            StatementPackets.WritePrepare(session, statements[next].Text);
        }

        return next;
    }

    /// <summary>Reads the answers to statements that were sent to be prepared: null, or the first refusal.</summary>
    private async ValueTask<MySqlException?> ReadPreparedAsync(PreparedStatement[] statements, bool async)
    {
        MySqlException? first = null;
        foreach (PreparedStatement statement in statements)
        {
            try
            {
                await StatementExecution.ReadPreparedAsync(session, statement, PacketReader.AfterCommand, async).ConfigureAwait(false);
            }
            catch (MySqlException refused) when (refused.Phase == MySqlFailurePhase.Answered)
            {
                refused.FailedCommand ??= commands[Array.IndexOf(_statements, statement)];
                first ??= refused;
            }
        }

        return first;
    }

    /// <summary>Reads the answer to a statement of the driver's own: null, or why it was refused. What follows is still to be read.</summary>
    private async ValueTask<MySqlException?> ReadOwnAsync(bool async)
    {
        try
        {
            await session.ReadOkAsync(async).ConfigureAwait(false);
            return null;
        }
        catch (MySqlException refused) when (refused.Phase == MySqlFailurePhase.Answered)
        {
            return refused;
        }
    }

    private void WriteQuery(byte[] sql)
    {
        session.Writer.BeginQuery(session.TraceParent);
        session.Writer.WriteBytes(sql);
        session.Writer.End();
    }

    private async ValueTask RunAsync(byte[] sql, bool async)
    {
        WriteQuery(sql);
        await session.SendOwnAsync(async).ConfigureAwait(false);
        await session.ReadOkAsync(async).ConfigureAwait(false);
    }
}
