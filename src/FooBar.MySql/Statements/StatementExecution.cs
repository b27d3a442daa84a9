using FooBar.MySql.Protocol;
using FooBar.MySql.Results;
using FooBar.MySql.Sessions;
using FooBar.MySql.Types;

namespace FooBar.MySql.Statements;

/// <summary>
/// Sends one statement and reads up to its first row. With parameters it is prepared on the server and executed in the binary protocol;
/// without, it goes as text, in one round trip and whatever kind of statement it is. A value never becomes part of the text.
/// Must be called within a call of the session.
/// </summary>
internal static class StatementExecution
{
    private const byte NoCursor = 0;

    public static async ValueTask<ResultStream> ExecuteAsync(
        Session session, string text, MySqlParameterCollection? parameters, bool async)
    {
        PreparedStatement statement = session.Statements.Get(text, session.Status.HasFlag(ServerStatus.NoBackslashEscapes));
        if (!statement.Text.HasParameters) return await QueryAsync(session, statement.Text.Sql, async).ConfigureAwait(false);

        object?[] values = Bind(statement.Text, parameters);
        if (statement.Id is null || session.Reset.IsDue) await PrepareAsync(session, statement, async).ConfigureAwait(false);

        uint id = statement.Id!.Value;
        session.Statements.Release(text, statement);
        WriteExecute(session, id, values);
        session.Reset.MarkUsed();
        await session.SendStatementAsync(async).ConfigureAwait(false);
        ResultStream results = new(session, isBinary: true);
        await results.BeginAsync(async).ConfigureAwait(false);
        return results;
    }

    /// <summary>Sends a text as it is.</summary>
    public static async ValueTask<ResultStream> QueryAsync(Session session, ReadOnlyMemory<byte> sql, bool async)
    {
        CheckSize(session, sql.Length + 1);
        session.Reset.WriteIfDue();
        WriteCloses(session);
        session.Writer.BeginCommand(CommandCode.Query);
        session.Writer.WriteBytes(sql.Span);
        session.Writer.End();
        session.Reset.MarkUsed();
        await session.SendStatementAsync(async).ConfigureAwait(false);
        await session.Reset.ReadAnswersAsync(async).ConfigureAwait(false);
        ResultStream results = new(session, isBinary: false);
        await results.BeginAsync(async).ConfigureAwait(false);
        return results;
    }

    /// <summary>The value of each placeholder, in their order.</summary>
    private static object?[] Bind(StatementText text, MySqlParameterCollection? parameters)
    {
        object?[] values = new object?[text.ParameterNames.Length];
        int hint = 0;
        for (int index = 0; index < values.Length; index++)
        {
            string name = text.ParameterNames[index];
            int found = parameters?.Find(name, hint) ?? -1;
            if (found < 0)
            {
                throw new MySqlException(
                    $"The statement has the parameter '@{name}', and the command has no value for it. (A user variable is written @`{name}`.)",
                    MySqlFailurePhase.NotSent,
                    MySqlFailureReason.Refused);
            }

            hint = found + 1;
            values[index] = parameters![found].Value;
            ParameterValues.TypeOf(values[index]);
        }

        return values;
    }

    private static async ValueTask PrepareAsync(Session session, PreparedStatement statement, bool async)
    {
        CheckSize(session, statement.Text.Sql.Length + 1);
        session.Reset.WriteIfDue();
        WriteCloses(session);
        session.Writer.BeginCommand(CommandCode.StatementPrepare);
        session.Writer.WriteBytes(statement.Text.Sql);
        session.Writer.End();
        await session.SendPreparationAsync(async).ConfigureAwait(false);
        await session.Reset.ReadAnswersAsync(async).ConfigureAwait(false);
        PacketReader reader = session.Reader;
        reader.ExpectedSequence = session.Writer.NextSequence;
        await reader.ReadAsync(async).ConfigureAwait(false);
        (uint id, int definitions) = TakePrepared(reader.Payload, statement.Text);

        // Definitions of the parameters and columns. The columns come again with every result, where they are also right after an ALTER.
        for (int definition = 0; definition < definitions; definition++)
        {
            await reader.ReadAsync(async).ConfigureAwait(false);
        }

        statement.Id = id;
        session.Prepared();
    }

    private static (uint Id, int Definitions) TakePrepared(ReadOnlySpan<byte> payload, StatementText text)
    {
        if (ErrorPacket.Is(payload)) throw ErrorPacket.Parse(payload, MySqlFailurePhase.Answered);

        PayloadReader reader = new(payload);
        if (reader.ReadByte() != OkPacket.Header) throw new ProtocolException("a statement to prepare was answered with neither OK nor an error");

        uint id = reader.ReadUInt32();
        int columns = reader.ReadUInt16();
        int placeholders = reader.ReadUInt16();
        if (placeholders != text.ParameterNames.Length)
        {
            throw new ProtocolException($"the server found {placeholders} parameters in a statement where the driver found {text.ParameterNames.Length}");
        }

        return (id, columns + placeholders);
    }

    private static void WriteExecute(Session session, uint id, object?[] values)
    {
        PacketWriter writer = session.Writer;
        writer.BeginCommand(CommandCode.StatementExecute);
        writer.WriteUInt32(id);
        writer.WriteByte(NoCursor);
        writer.WriteUInt32(1); // how often to execute: always once
        int nullBitmap = writer.PacketLength;
        int nullBytes = (values.Length + 7) / 8;
        writer.WriteZeros(nullBytes);
        writer.WriteByte(1); // types follow
        foreach (object? value in values) writer.WriteUInt16(ParameterValues.TypeOf(value));

        for (int index = 0; index < values.Length; index++)
        {
            if (ParameterValues.IsNull(values[index])) writer.Written(nullBitmap, nullBytes)[index / 8] |= (byte)(1 << (index % 8));
            else ParameterValues.Write(writer, values[index]!);
        }

        CheckSize(session, writer.PacketLength);
        writer.End();
    }

    private static void WriteCloses(Session session)
    {
        foreach (uint id in session.Statements.ToClose)
        {
            session.Writer.BeginCommand(CommandCode.StatementClose);
            session.Writer.WriteUInt32(id);
            session.Writer.End();
        }

        session.Statements.ToClose.Clear();
    }

    /// <summary>The server cuts the connection off at a packet that is too large; told beforehand, the connection lives.</summary>
    internal static void CheckSize(Session session, long size)
    {
        if (size <= session.MaxAllowedPacket) return;

        throw new MySqlException(
            $"The statement has {size} bytes with its values; {session.Options.Endpoint} takes {session.MaxAllowedPacket} (max_allowed_packet).",
            MySqlFailurePhase.NotSent,
            MySqlFailureReason.Refused);
    }
}
