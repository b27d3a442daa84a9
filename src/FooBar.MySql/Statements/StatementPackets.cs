using FooBar.MySql.Protocol;
using FooBar.MySql.Sessions;
using FooBar.MySql.Types;

namespace FooBar.MySql.Statements;

/// <summary>The packets by which statements are prepared, executed and closed.</summary>
internal static class StatementPackets
{
    private const byte NoCursor = 0;
    private const byte ParameterCountAvailable = 0x08;

    public static void WritePrepare(Session session, StatementText text)
    {
        CheckSize(session, text.Sql.Length + 1);
        session.Writer.BeginCommand(CommandCode.StatementPrepare);
        session.Writer.WriteBytes(text.Sql);
        session.Writer.End();
    }

    /// <summary>Takes the packet that answers <see cref="WritePrepare"/>: the statement's number, and how many definitions follow.</summary>
    /// <exception cref="MySqlException">The server refused.</exception>
    public static (uint Id, int Definitions) TakePrepared(Session session, StatementText text)
    {
        ReadOnlySpan<byte> payload = session.Reader.Payload;
        if (ErrorPacket.Is(payload))
        {
            session.Statements.LastId = null;
            throw ErrorPacket.Parse(payload, MySqlFailurePhase.Answered);
        }

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

    /// <param name="session">The connection.</param>
    /// <param name="id">The statement's number.</param>
    /// <param name="binding">The values.</param>
    /// <param name="isLongDataSent">The values that are streams are on the server already.</param>
    /// <exception cref="MySqlException">It is larger than the server takes.</exception>
    /// <exception cref="NotSupportedException">A value is a stream that was not sent.</exception>
    public static void WriteExecute(Session session, uint id, ParameterBinding binding, bool isLongDataSent = false)
    {
        PacketWriter writer = session.Writer;
        bool hasAttributes = writer.HasQueryAttributes;
        string? traceParent = hasAttributes ? session.TraceParent : null;
        int count = binding.Count + (traceParent is null ? 0 : 1);
        writer.BeginCommand(CommandCode.StatementExecute);
        writer.WriteUInt32(id);
        writer.WriteByte(hasAttributes ? ParameterCountAvailable : NoCursor);
        writer.WriteUInt32(1); // how often to execute: always once
        if (hasAttributes) writer.WriteLengthEncodedInteger((uint)count);
        int nullBitmap = writer.PacketLength;
        int nullBytes = (count + 7) / 8;
        writer.WriteZeros(nullBytes);
        writer.WriteByte(1); // types follow
        for (int index = 0; index < binding.Count; index++)
        {
            writer.WriteUInt16(ParameterValues.TypeOf(binding[index]));
            if (hasAttributes) writer.WriteByte(0); // no name: it is a placeholder's
        }

        if (traceParent is not null)
        {
            writer.WriteUInt16((ushort)ColumnType.VarString);
            writer.WriteLengthEncodedString(PacketWriter.TraceParentAttribute);
        }

        for (int index = 0; index < binding.Count; index++)
        {
            object? value = binding[index];
            if (ParameterValues.IsNull(value)) writer.Written(nullBitmap, nullBytes)[index / 8] |= (byte)(1 << (index % 8));
            else if (!isLongDataSent || !LongData.Is(value)) ParameterValues.Write(writer, value!);
        }

        if (traceParent is not null) writer.WriteLengthEncodedString(traceParent);
        CheckSize(session, writer.PacketLength);
        writer.End();
    }

    /// <summary>They have no answer. The list is cleared once they are sent.</summary>
    public static void WriteCloses(Session session)
    {
        foreach (uint id in session.Statements.ToClose)
        {
            session.Writer.BeginCommand(CommandCode.StatementClose);
            session.Writer.WriteUInt32(id);
            session.Writer.End();
        }
    }

    /// <summary>The server cuts the connection off at a packet that is too large; told beforehand, the connection lives.</summary>
    public static void CheckSize(Session session, long size)
    {
        if (size <= session.MaxAllowedPacket) return;

        throw new MySqlException(
            $"The statement has {size} bytes with its values; {session.Options.Endpoint} takes {session.MaxAllowedPacket} (max_allowed_packet).",
            MySqlFailurePhase.NotSent,
            MySqlFailureReason.Refused);
    }
}
