using FooBar.MySql.Protocol;
using FooBar.MySql.Results;
using FooBar.MySql.Sessions;

namespace FooBar.MySql.Statements;

/// <summary>
/// Asks the server which columns a statement would give: it is prepared, described, and never executed. Must be called within a call of
/// the session.
/// </summary>
internal static class SchemaOnlyExecution
{
    public static async ValueTask<ResultStream> DescribeAsync(Session session, string text, bool async)
    {
        StatementText statement = StatementText.Parse(text, session.NoBackslashEscapes);
        session.Reset.WriteIfDue(statement.Effects);
        StatementPackets.WriteCloses(session);
        StatementPackets.WritePrepare(session, statement);
        await session.SendPreparationAsync(async).ConfigureAwait(false);
        await session.Reset.ReadAnswersAsync(async).ConfigureAwait(false);
        PacketReader reader = session.Reader;
        reader.ExpectedSequence = session.Writer.NextSequence;
        await reader.ReadAsync(async).ConfigureAwait(false);
        (uint id, ColumnDefinition[] columns, int placeholders) = TakePrepared(session);
        session.Statements.LastId = id;
        for (int placeholder = 0; placeholder < placeholders; placeholder++) await reader.ReadAsync(async).ConfigureAwait(false);

        for (int ordinal = 0; ordinal < columns.Length; ordinal++)
        {
            await reader.ReadAsync(async).ConfigureAwait(false);
            columns[ordinal] = ColumnDefinition.Parse(reader.Payload, session.Options);
        }

        session.Prepared();

        // The server needs no answer to be asked for: it forgets the statement together with the next command.
        session.Statements.ToClose.Add(id);
        return ResultStream.OfColumnsAlone(session, columns);
    }

    private static (uint Id, ColumnDefinition[] Columns, int Placeholders) TakePrepared(Session session)
    {
        ReadOnlySpan<byte> payload = session.Reader.Payload;
        session.Statements.LastId = null;
        if (ErrorPacket.Is(payload)) throw ErrorPacket.Parse(payload, MySqlFailurePhase.Answered);

        PayloadReader reader = new(payload);
        if (reader.ReadByte() != OkPacket.Header) throw new ProtocolException("a statement to describe was answered with neither OK nor an error");

        uint id = reader.ReadUInt32();
        int columns = reader.ReadUInt16();
        return (id, new ColumnDefinition[columns], reader.ReadUInt16());
    }
}
