using System.Runtime.CompilerServices;
using FooBar.MySql.Protocol;
using FooBar.MySql.Results;
using FooBar.MySql.Sessions;

namespace FooBar.MySql.Statements;

/// <summary>
/// Sends one statement and reads up to its first row. With parameters it is prepared on the server and executed in the binary protocol;
/// without, it goes as text, whatever kind of statement it is. Either way it is one round trip, also the first time. A value never
/// becomes part of the text. Must be called within a call of the session.
/// </summary>
internal static class StatementExecution
{
    public static ValueTask<ResultStream> ExecuteAsync(Session session, string text, MySqlParameterCollection? parameters, bool async)
    {
        PreparedStatement statement = session.Statements.Get(text, session.NoBackslashEscapes);
        return statement.Text.HasParameters
            ? ExecutePreparedAsync(session, text, statement, parameters, async)
            : QueryAsync(session, statement.Text.Sql, statement.Text.Effects, statement, async);
    }

    /// <summary>Sends a text as it is.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="sql">In UTF-8.</param>
    /// <param name="effects">What it may leave in the session.</param>
    /// <param name="statement">Keeps the columns of its results; null when it is not kept.</param>
    /// <param name="async">Whether to wait asynchronously.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<ResultStream> QueryAsync(
        Session session, ReadOnlyMemory<byte> sql, SessionEffects effects, PreparedStatement? statement, bool async)
    {
        StatementPackets.CheckSize(session, sql.Length + 1);
        session.Reset.WriteIfDue(effects);
        session.Reset.WritePreceding();
        StatementPackets.WriteCloses(session);
        session.Writer.BeginQuery(session.TraceParent);
        session.Writer.WriteBytes(sql.Span);
        session.Writer.End();
        NoteEffects(session, effects);
        await session.SendStatementAsync(async).ConfigureAwait(false);
        await session.Reset.ReadAnswersAsync(async).ConfigureAwait(false);
        ResultStream results = new(session, isBinary: false, statement);
        if (session.Reset.Refusal is not null) await session.Reset.ThrowRefusalAsync(results, async).ConfigureAwait(false);
        await results.BeginAsync(async).ConfigureAwait(false);
        return results;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<ResultStream> ExecutePreparedAsync(
        Session session, string text, PreparedStatement statement, MySqlParameterCollection? parameters, bool async)
    {
        ParameterBinding binding = ParameterBinding.Of(statement.Text, parameters);
        for (bool isFirst = true; ; isFirst = false)
        {
            // The attempt before was answered to its end, and not executed.
            if (!isFirst) session.MarkAllAnswered();

            bool isPrepared = statement.Id is not null && !session.Reset.IsDueBefore(statement.Text.Effects);
            if (!isPrepared && (binding.HasLongData || session.Statements.LastId is null)) await PrepareAsync(session, statement, async).ConfigureAwait(false);

            uint? expected = null;
            byte prepareAnswer;
            try
            {
                if (binding.HasLongData) await LongData.SendAsync(session, statement, binding, async).ConfigureAwait(false);
                session.Reset.WriteIfDue(statement.Text.Effects);
                session.Reset.WritePreceding();
                StatementPackets.WriteCloses(session);
                if (statement.Id is null)
                {
                    expected = session.Statements.LastId + 1;
                    StatementPackets.WritePrepare(session, statement.Text);
                }

                prepareAnswer = session.Writer.NextSequence;
                StatementPackets.WriteExecute(session, (statement.Id ?? expected)!.Value, binding, isLongDataSent: binding.HasLongData);
                await session.SendStatementAsync(async).ConfigureAwait(false);
            }
            catch
            {
                // What the server has of the values must not get into the next execution.
                if (binding.HasLongData) session.Statements.Close(statement);
                session.Statements.Release(text, statement);
                throw;
            }

            await session.Reset.ReadAnswersAsync(async).ConfigureAwait(false);
            if (expected is not null && !await IsPreparedAsAsync(session, statement, expected.Value, prepareAnswer, async).ConfigureAwait(false))
            {
                // What stood in front of it was refused: it is not to be tried again.
                if (session.Reset.TakeRefusal() is { } refusal) throw refusal;

                continue;
            }

            // Behind the answer to its own preparation, which has told the number that may not be the last one any more.
            NoteEffects(session, statement.Text.Effects);
            session.Statements.Release(text, statement);
            ResultStream results = new(session, isBinary: true, statement);
            if (session.Reset.Refusal is not null) await session.Reset.ThrowRefusalAsync(results, async).ConfigureAwait(false);
            try
            {
                await results.BeginAsync(async).ConfigureAwait(false);
                return results;
            }
            catch (MySqlException refused) when (isFirst && expected is null && IsForgotten(refused, statement))
            {
                session.Statements.Forget(statement);
                if (binding.HasLongData) throw; // the streams have been read
            }
        }
    }

    /// <summary>
    /// Reads the answer to a statement that was sent to be prepared and, behind it and under the number that it was expected to get, to be
    /// executed. False when it got another number: then it was not executed, and is to be sent again.
    /// </summary>
    private static async ValueTask<bool> IsPreparedAsAsync(
        Session session, PreparedStatement statement, uint expected, byte answer, bool async)
    {
        try
        {
            await ReadPreparedAsync(session, statement, answer, async).ConfigureAwait(false);
        }
        catch (MySqlException refused) when (refused.Phase == MySqlFailurePhase.Answered)
        {
            await ReadNotExecutedAsync(session, async).ConfigureAwait(false);
            if (session.Reset.TakeRefusal() is { } first) throw first;

            throw;
        }

        if (statement.Id == expected) return true;

        await ReadNotExecutedAsync(session, async).ConfigureAwait(false);
        return false;
    }

    /// <summary>Prepares a statement in a round trip of its own, for when nobody knows which number it will get.</summary>
    private static async ValueTask PrepareAsync(Session session, PreparedStatement statement, bool async)
    {
        session.Reset.WriteIfDue(statement.Text.Effects);
        StatementPackets.WriteCloses(session);
        StatementPackets.WritePrepare(session, statement.Text);
        await session.SendPreparationAsync(async).ConfigureAwait(false);
        await session.Reset.ReadAnswersAsync(async).ConfigureAwait(false);
        await ReadPreparedAsync(session, statement, session.Writer.NextSequence, async).ConfigureAwait(false);
        session.Prepared();
    }

    /// <summary>Reads the answer to a statement that was sent to be prepared.</summary>
    /// <exception cref="MySqlException">The server refused.</exception>
    internal static async ValueTask ReadPreparedAsync(Session session, PreparedStatement statement, byte answer, bool async)
    {
        PacketReader reader = session.Reader;
        reader.ExpectedSequence = answer;
        await reader.ReadAsync(async).ConfigureAwait(false);
        (uint id, int definitions) = StatementPackets.TakePrepared(session, statement.Text);

        // Definitions of the parameters and columns. The columns come again with every result, where they are also right after an ALTER.
        for (int definition = 0; definition < definitions; definition++) await reader.ReadAsync(async).ConfigureAwait(false);
        statement.Id = session.Statements.LastId = id;
    }

    /// <summary>
    /// Reads the answer to an execution under a number that is no statement's, which must be that it is none; or that the password has
    /// expired, which is said to every command.
    /// </summary>
    private static async ValueTask ReadNotExecutedAsync(Session session, bool async)
    {
        session.Reader.ExpectedSequence = session.Writer.NextSequence;
        await session.Reader.ReadAsync(async).ConfigureAwait(false);
        if (!ErrorPacket.Is(session.Reader.Payload)) throw new ProtocolException("a statement that was not prepared was executed");

        // Anything else answers something that nobody asked, and the answer to this is still on its way.
        MySqlException refused = ErrorPacket.Parse(session.Reader.Payload, MySqlFailurePhase.Answered);
        if (ServerErrors.EndsSession(refused.Number)) session.Break();
        else if (refused.Number is not (ServerErrors.UnknownStatement or ServerErrors.QueryInterrupted or ServerErrors.PasswordExpired))
        {
            throw new ProtocolException($"a statement that was not prepared was refused with error {refused.Number}");
        }
    }

    /// <summary>
    /// Whether the server no longer knows a prepared statement, or has given up to prepare it anew after changes of its tables. Neither was
    /// executed. Inside a procedure both can be about another statement, and what stands before that one was.
    /// </summary>
    private static bool IsForgotten(MySqlException refused, PreparedStatement statement) =>
        refused.Number is ServerErrors.UnknownStatement or ServerErrors.NeedsPreparing
        && !statement.Text.Effects.HasFlag(SessionEffects.Leaves);

    /// <summary>A statement of unknown effects may be one that prepares others, and so moves the numbers on.</summary>
    private static void NoteEffects(Session session, SessionEffects effects)
    {
        if (effects.HasFlag(SessionEffects.Leaves)) session.Statements.LastId = null;
    }
}
