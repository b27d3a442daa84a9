using System.Buffers.Binary;
using System.Text;
using FooBar.MySql.Transport;
using FooBar.MySql.Types;

namespace FooBar.MySql.Protocol;

/// <summary>
/// Builds packets in one reused buffer and sends them together: several commands before one <see cref="FlushAsync"/> are pipelined.
/// A packet of 16 MB and more is split into frames. Not thread-safe.
/// </summary>
internal sealed class PacketWriter(IByteStream stream)
{
    private const int HeaderSize = 4;
    private const int InitialBuffer = 4 * 1024;
    private const int KeptBuffer = 256 * 1024;
    private const int NoPacket = -1;

    /// <summary>The name that the W3C's Trace Context gives it.</summary>
    public const string TraceParentAttribute = "traceparent";

    private byte[] _buffer = new byte[InitialBuffer];
    private int _length;
    private int _packet = NoPacket;
    private byte _sequence;

    /// <summary>Bytes of the packet begun so far, without its header.</summary>
    public int PacketLength => _length - _packet - HeaderSize;

    public bool IsEmpty => _length == 0;

    /// <summary>Bytes that were written and not sent.</summary>
    public int Length => _length;

    /// <summary>Whether a query and an execution carry attributes (<see cref="Capabilities.QueryAttributes"/>).</summary>
    public bool HasQueryAttributes { get; set; }

    /// <summary>The sequence number behind the packet ended last: with this one its answer begins.</summary>
    public byte NextSequence { get; private set; }

    public void Begin(byte sequence = 0)
    {
        _packet = _length;
        _sequence = sequence;
        Reserve(HeaderSize);
        _length += HeaderSize;
    }

    public void BeginCommand(CommandCode code)
    {
        Begin();
        WriteByte((byte)code);
    }

    /// <summary>Begins a statement in text, which is to follow.</summary>
    /// <param name="traceParent">The attribute <c>traceparent</c>; empty for none.</param>
    public void BeginQuery(string? traceParent = null)
    {
        BeginCommand(CommandCode.Query);
        if (!HasQueryAttributes) return;

        WriteLengthEncodedInteger(traceParent is null ? 0U : 1U);
        WriteByte(1); // sets of parameters: always one
        if (traceParent is null) return;

        WriteByte(0); // nothing is NULL
        WriteByte(1); // types and names follow
        WriteUInt16((ushort)ColumnType.VarString);
        WriteLengthEncodedString(TraceParentAttribute);
        WriteLengthEncodedString(traceParent);
    }

    public void End()
    {
        int payload = PacketLength;
        int extraFrames = payload / PacketReader.MaxFramePayload;
        if (extraFrames > 0) MoveFramesApart(extraFrames);

        int at = _packet;
        for (int frame = 0; frame <= extraFrames; frame++)
        {
            int size = Math.Min(payload, PacketReader.MaxFramePayload);
            BinaryPrimitives.WriteUInt32LittleEndian(_buffer.AsSpan(at), (uint)size | ((uint)(byte)(_sequence + frame) << 24));
            at += HeaderSize + size;
            payload -= size;
        }

        NextSequence = (byte)(_sequence + extraFrames + 1);
        _packet = NoPacket;
    }

    /// <summary>Takes back the packets that were written behind a <see cref="Length"/> of earlier.</summary>
    public void Truncate(int length)
    {
        _length = length;
        _packet = NoPacket;
    }

    /// <summary>Forgets everything that was not sent.</summary>
    public void Clear()
    {
        _length = 0;
        _packet = NoPacket;
        if (_buffer.Length > KeptBuffer) _buffer = new byte[InitialBuffer];
    }

    public async ValueTask FlushAsync(bool async)
    {
        await stream.WriteAsync(_buffer.AsMemory(0, _length), async).ConfigureAwait(false);
        Clear();
    }

    /// <summary>Space for the caller to fill in; its content is undefined. Valid until the next write.</summary>
    public Span<byte> Append(int count)
    {
        Reserve(count);
        Span<byte> span = _buffer.AsSpan(_length, count);
        _length += count;
        return span;
    }

    /// <summary>Bytes that were written into the packet begun, from an offset in its payload, to be completed later.</summary>
    public Span<byte> Written(int offset, int count) => _buffer.AsSpan(_packet + HeaderSize + offset, count);

    public void WriteByte(byte value) => Append(1)[0] = value;

    public void WriteUInt16(ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(Append(2), value);

    public void WriteUInt32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Append(4), value);

    public void WriteUInt64(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Append(8), value);

    public void WriteBytes(ReadOnlySpan<byte> value) => value.CopyTo(Append(value.Length));

    public void WriteZeros(int count) => Append(count).Clear();

    public void WriteLengthEncodedInteger(ulong value)
    {
        switch (value)
        {
            case < 0xFB:
                WriteByte((byte)value);
                break;
            case <= ushort.MaxValue:
                WriteByte(0xFC);
                WriteUInt16((ushort)value);
                break;
            case <= 0xFF_FFFF:
                WriteUInt32(0xFD | ((uint)value << 8));
                break;
            default:
                WriteByte(0xFE);
                WriteUInt64(value);
                break;
        }
    }

    public void WriteLengthEncodedBytes(ReadOnlySpan<byte> value)
    {
        WriteLengthEncodedInteger((ulong)value.Length);
        WriteBytes(value);
    }

    public void WriteLengthEncodedString(ReadOnlySpan<char> value)
    {
        int length = Encoding.UTF8.GetByteCount(value);
        WriteLengthEncodedInteger((ulong)length);
        Encoding.UTF8.GetBytes(value, Append(length));
    }

    public void WriteNullTerminated(ReadOnlySpan<char> value)
    {
        Encoding.UTF8.GetBytes(value, Append(Encoding.UTF8.GetByteCount(value)));
        WriteByte(0);
    }

    public void WriteString(ReadOnlySpan<char> value) => Encoding.UTF8.GetBytes(value, Append(Encoding.UTF8.GetByteCount(value)));

    private void MoveFramesApart(int extraFrames)
    {
        Reserve(extraFrames * HeaderSize);
        for (int frame = extraFrames; frame > 0; frame--)
        {
            int from = _packet + HeaderSize + (frame * PacketReader.MaxFramePayload);
            int end = frame == extraFrames ? _length : from + PacketReader.MaxFramePayload;
            Buffer.BlockCopy(_buffer, from, _buffer, from + (frame * HeaderSize), end - from);
        }

        _length += extraFrames * HeaderSize;
    }

    private void Reserve(int count)
    {
        long wanted = (long)_length + count;
        if (wanted <= _buffer.Length) return;
        if (wanted > Array.MaxLength)
        {
            throw new MySqlException($"A statement of {wanted} bytes is larger than any server takes.", MySqlFailurePhase.NotSent, MySqlFailureReason.Refused);
        }

        Array.Resize(ref _buffer, (int)Math.Min(Array.MaxLength, Math.Max(wanted, _buffer.Length * 2L)));
    }
}
