using System.Buffers;
using System.Buffers.Binary;
using FooBar.MySql.Protocol;
using FooBar.MySql.Types;

namespace FooBar.MySql.Results;

/// <summary>
/// A row too large to be buffered, read from the server column by column, in ascending order and each once. What it holds in memory is
/// the value that was asked for as a whole, or nothing. Every method that waits must be called within a call of the session.
/// </summary>
internal sealed class RowStream(PacketReader reader, ColumnDefinition[] columns, bool isBinary)
{
    private const int Null = -1;

    /// <summary>The first piece of a value that is loaded. A length that was only announced is never allocated.</summary>
    private const int FirstPiece = 64 * 1024;

    private readonly byte[] _head = new byte[sizeof(ulong)];
    private byte[] _nulls = [];
    private byte[]? _value;

    /// <summary>The column at which the row stands; -1 before the first.</summary>
    public int Ordinal { get; private set; } = -1;

    /// <summary>Bytes of the current value.</summary>
    public int Length { get; private set; }

    /// <summary>Bytes of the current value that have been handed out or stepped over.</summary>
    public int Position { get; private set; }

    public bool IsNull => Length == Null;

    /// <summary>The current value is in memory, and can be had any number of times.</summary>
    public bool IsLoaded => _value is not null;

    public ReadOnlySpan<byte> Value => _value.AsSpan(0, Length);

    public async ValueTask BeginAsync(bool async)
    {
        reader.BeginParts();
        if (!isBinary) return;

        await FillAsync(_head.AsMemory(0, 1), async).ConfigureAwait(false);
        if (_head[0] != OkPacket.Header) throw Row.BadHeader();

        _nulls = new byte[Row.NullBytes(columns.Length)];
        await FillAsync(_nulls, async).ConfigureAwait(false);
    }

    /// <exception cref="InvalidOperationException">The row has passed the column.</exception>
    public void RequireReachable(int ordinal)
    {
        if (ordinal < Ordinal) throw Passed(ordinal);
    }

    /// <summary>Also that nothing of the column was read as a stream.</summary>
    /// <exception cref="InvalidOperationException">The row has passed the column, or its beginning.</exception>
    public void RequireWhole(int ordinal)
    {
        if (ordinal < Ordinal || (ordinal == Ordinal && Position > 0 && !IsLoaded)) throw Passed(ordinal);
    }

    /// <summary>Goes to a column and reads its length.</summary>
    public async ValueTask<bool> MoveToAsync(int ordinal, bool async)
    {
        while (Ordinal < ordinal)
        {
            await LeaveValueAsync(async).ConfigureAwait(false);
            Length = await ReadLengthAsync(Ordinal + 1, async).ConfigureAwait(false);
            Ordinal++;
        }

        if (!IsNull && columns[ordinal] is { ZeroDates: MySqlZeroDates.Null, Kind: ValueKind.Date or ValueKind.DateTime })
        {
            await LoadAsync(async).ConfigureAwait(false);
            if ((isBinary ? BinaryValues.ReadDate(Value) : TextValues.ReadDate(Value)).HasZero) Length = Null;
        }

        return true;
    }

    /// <summary>Reads the current value, of which nothing has been read, into memory.</summary>
    public async ValueTask<bool> LoadAsync(bool async)
    {
        if (IsNull || IsLoaded) return true;

        byte[] value = ArrayPool<byte>.Shared.Rent(Math.Min(Length, FirstPiece));
        while (true)
        {
            Position += await FillAsync(value.AsMemory(Position, Math.Min(value.Length, Length) - Position), async).ConfigureAwait(false);
            if (Position == Length) break;

            byte[] larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(Length, value.Length * 2L));
            value.AsSpan(0, Position).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(value);
            value = larger;
        }

        _value = value;
        return true;
    }

    /// <summary>Reads some of the current value, at least one byte; 0 at its end.</summary>
    public async ValueTask<int> ReadAsync(Memory<byte> destination, bool async)
    {
        int count = Math.Min(destination.Length, Length - Position);
        if (count == 0) return 0;

        int read = await reader.ReadPartAsync(destination[..count], async).ConfigureAwait(false);
        if (read == 0) throw CutShort();

        Position += read;
        return read;
    }

    /// <summary>Steps over some of the current value.</summary>
    public async ValueTask<bool> SkipAsync(int count, bool async)
    {
        if (!await reader.SkipPartAsync(count, async).ConfigureAwait(false)) throw CutShort();

        Position += count;
        return true;
    }

    /// <summary>Steps over what is left of the row.</summary>
    public async ValueTask EndAsync(bool async)
    {
        Unload();
        await reader.SkipPartAsync(long.MaxValue, async).ConfigureAwait(false);
    }

    private async ValueTask LeaveValueAsync(bool async)
    {
        Unload();
        if (Length > Position) await SkipAsync(Length - Position, async).ConfigureAwait(false);
        Length = Position = 0;
    }

    private void Unload()
    {
        if (_value is { } value) ArrayPool<byte>.Shared.Return(value);
        _value = null;
    }

    private async ValueTask<int> ReadLengthAsync(int ordinal, bool async)
    {
        if (isBinary && Row.IsNull(_nulls, ordinal)) return Null;
        if (isBinary && BinaryValues.FixedLength(columns[ordinal]) is > 0 and int known) return known;

        await FillAsync(_head.AsMemory(0, 1), async).ConfigureAwait(false);
        byte first = _head[0];
        if (first == PayloadReader.NullValue && !isBinary) return Null;

        int length = first;
        if (first >= PayloadReader.NullValue)
        {
            int bytes = PayloadReader.BytesOfLength(first);
            _head.AsSpan().Clear();
            await FillAsync(_head.AsMemory(0, bytes), async).ConfigureAwait(false);
            ulong announced = BinaryPrimitives.ReadUInt64LittleEndian(_head);
            if (announced > PacketReader.MaxPacket) throw new ProtocolException($"a value in '{columns[ordinal].Name}' has {announced} bytes");

            length = (int)announced;
        }

        return isBinary ? BinaryValues.Checked(columns[ordinal], length) : length;
    }

    private async ValueTask<int> FillAsync(Memory<byte> destination, bool async)
    {
        int filled = 0;
        while (filled < destination.Length)
        {
            int read = await reader.ReadPartAsync(destination[filled..], async).ConfigureAwait(false);
            filled += read > 0 ? read : throw CutShort();
        }

        return filled;
    }

    private static ProtocolException CutShort() => new("a row ends inside its columns");

    private InvalidOperationException Passed(int ordinal) => new(
        $"The column '{columns[ordinal].Name}' has been passed: with CommandBehavior.SequentialAccess the columns of a large row are read once, in ascending order.");
}
