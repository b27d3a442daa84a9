using System.Text;

namespace FooBar.MySql.Protocol;

/// <summary>The server's "done": behind a statement without rows, and in place of EOF behind the rows of one that has them.</summary>
internal readonly record struct OkPacket(
    ulong AffectedRows, ulong LastInsertId, ServerStatus Status, string? Gtids, string? Schema, bool HasChangedSession)
{
    public const byte Header = 0x00;
    public const byte EndOfRowsHeader = 0xFE;

    private const byte TrackSystemVariables = 0x00;
    private const byte TrackSchema = 0x01;
    private const byte TrackStateChange = 0x02;
    private const byte TrackGtids = 0x03;

    /// <summary>Whether a packet among rows is the end of them. A row can begin with 0xFE too, but only one of 16 MB and more.</summary>
    public static bool IsEndOfRows(ReadOnlySpan<byte> payload) =>
        payload.Length is > 0 and < PacketReader.MaxFramePayload && payload[0] == EndOfRowsHeader;

    public static OkPacket Parse(ReadOnlySpan<byte> payload)
    {
        PayloadReader reader = new(payload);
        reader.Take(1);
        ulong affected = reader.ReadLengthEncodedInteger();
        ulong lastInsertId = reader.ReadLengthEncodedInteger();
        ServerStatus status = (ServerStatus)reader.ReadUInt16();
        reader.ReadUInt16(); // number of warnings
        string? gtids = null;
        string? schema = null;
        bool hasChangedSession = false;
        if (status.HasFlag(ServerStatus.SessionStateChanged) && reader.Remaining > 0)
        {
            reader.ReadLengthEncodedBytes(); // a sentence for people
            PayloadReader changes = new(reader.ReadLengthEncodedBytes());
            while (changes.Remaining > 0)
            {
                byte type = changes.ReadByte();
                PayloadReader change = new(changes.ReadLengthEncodedBytes());
                if (type == TrackGtids)
                {
                    change.Take(1); // encoding: 0, text, is the only one
                    gtids = Encoding.ASCII.GetString(change.ReadLengthEncodedBytes());
                }
                else if (type == TrackSchema)
                {
                    schema = change.ReadLengthEncodedString();
                }
                else if (type is TrackSystemVariables or TrackStateChange)
                {
                    hasChangedSession = true;
                }
            }
        }

        return new OkPacket(affected, lastInsertId, status, gtids, schema, hasChangedSession);
    }
}
