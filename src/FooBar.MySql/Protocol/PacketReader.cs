using System.Buffers;
using System.Runtime.CompilerServices;
using FooBar.MySql.Transport;

namespace FooBar.MySql.Protocol;

/// <summary>
/// Cuts the server's byte stream into packets. One buffer a connection, reused: <see cref="Payload"/> is valid until the next read.
/// Frames of a packet of 16 MB and more are joined in place. Not thread-safe.
/// </summary>
internal sealed partial class PacketReader(IByteStream stream)
{
    public const int MaxFramePayload = 0xFF_FFFF;

    /// <summary>The largest value of max_allowed_packet that a server takes: nothing larger can be a packet.</summary>
    public const int MaxPacket = 1 << 30;

    /// <summary>The largest buffer that a connection keeps.</summary>
    public const int KeptBuffer = 256 * 1024;

    /// <summary>The number of the packet that answers a command of one frame.</summary>
    public const byte AfterCommand = 1;

    private const int HeaderSize = 4;
    private const int InitialBuffer = 16 * 1024;

    private byte[] _buffer = new byte[InitialBuffer];
    private int _start;
    private int _end;
    private int _payloadStart;
    private int _payloadLength;
    private byte _sequence;
    private bool _isUnasked;
    private bool _isReadAhead;

    /// <summary>The largest packet to take from now on, in bytes.</summary>
    public int Limit { get; set; } = MaxPacket;

    /// <summary>The packet that was read last.</summary>
    public ReadOnlySpan<byte> Payload => _buffer.AsSpan(_payloadStart, _payloadLength);

    /// <summary>Whether bytes have arrived that no packet read so far contains.</summary>
    public bool HasBufferedBytes => _start != _end || _isReadAhead;

    /// <summary>The sequence number that the next frame must carry; a reply to the packet n begins with n + 1.</summary>
    public byte ExpectedSequence
    {
        get => _sequence;
        set => _sequence = value;
    }

    /// <summary>Reads the next packet, from the buffer when it is there whole.</summary>
    /// <exception cref="ProtocolException">Out of sequence, or larger than a packet can be.</exception>
    /// <exception cref="EndOfStreamException">The server closed the connection.</exception>
    public ValueTask ReadAsync(bool async) => TryRead() ? default : ReadFramesAsync(async);

    /// <summary>Waits for the next packet, which <see cref="TryRead"/> then takes. The packet read last is gone.</summary>
    /// <exception cref="ProtocolException">Out of sequence, or larger than a packet can be.</exception>
    /// <exception cref="EndOfStreamException">The server closed the connection.</exception>
    public ValueTask FillAsync(bool async)
    {
        _isReadAhead = true;
        return ReadFramesAsync(async);
    }

    /// <summary>Takes the next packet if it is in the buffer whole; no I/O.</summary>
    public bool TryRead()
    {
        if (_isReadAhead)
        {
            _isReadAhead = false;
            return true;
        }

        int available = _end - _start;
        if (available < HeaderSize) return false;

        int length = FrameLength(_start);
        if (length == MaxFramePayload || available < HeaderSize + length) return false;

        CheckSequence(_start);
        Complete(length);
        return true;
    }

    /// <summary>Gives back the memory that one large packet took, once nothing is buffered.</summary>
    public void TrimExcess()
    {
        if (_buffer.Length <= KeptBuffer || HasBufferedBytes) return;

        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = new byte[InitialBuffer];
        _start = _end = _payloadStart = _payloadLength = 0;
    }

    /// <summary>One method without another one to wait in: at each wait every method on the way costs.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask ReadFramesAsync(bool async)
    {
        int joined = 0;
        int frame;
        bool first = true;
        do
        {
            int header = first ? 0 : HeaderSize + joined;
            while (_end - _start < header + HeaderSize) TakeReceived(await ReceiveAsync(async).ConfigureAwait(false));
            frame = FrameLength(_start + header);
            CheckSequence(_start + header);
            if (joined + (long)frame > Limit) throw TooLarge();

            if (!first) RemoveHeader(_start + header);
            while (_end - _start < HeaderSize + joined + frame) TakeReceived(await ReceiveAsync(async).ConfigureAwait(false));
            joined += frame;
            first = false;
        }
        while (frame == MaxFramePayload);

        Complete(joined);
    }

    private void Complete(int length)
    {
        _payloadStart = _start + HeaderSize;
        _payloadLength = length;
        _start = _payloadStart + length;
        if (_isUnasked && !ErrorPacket.Is(Payload)) throw OutOfSequence(0, AfterCommand);
    }

    private int FrameLength(int at) => _buffer[at] | (_buffer[at + 1] << 8) | (_buffer[at + 2] << 16);

    private void CheckSequence(int at)
    {
        byte sequence = _buffer[at + 3];

        // A server that ends an idle session says why before it closes: an error that answers nothing, and begins a numbering of its own.
        // Such an error is a sentence; what is announced with 16 MB is none, and would be taken for an answer by its second frame.
        _isUnasked = sequence == 0 && _sequence == AfterCommand && FrameLength(at) < MaxFramePayload;
        if (sequence != _sequence && !_isUnasked) throw OutOfSequence(sequence, _sequence);

        _sequence++;
    }

    private static ProtocolException OutOfSequence(byte came, byte due) => new($"packet number {came} came where {due} was due");

    private static EndOfStreamException Closed() => new("the server closed the connection");

    private ProtocolException TooLarge() => new($"a packet is larger than {Limit} bytes");

    private void RemoveHeader(int at)
    {
        int next = at + HeaderSize;
        Buffer.BlockCopy(_buffer, next, _buffer, at, _end - next);
        _end -= HeaderSize;
    }

    /// <summary>
    /// Receives more bytes. The buffer grows only when it is full: a header that announces a gigabyte costs nothing until the bytes have come.
    /// </summary>
    private ValueTask<int> ReceiveAsync(bool async)
    {
        MakeRoom();
        return stream.ReadAsync(_buffer.AsMemory(_end), async);
    }

    private void TakeReceived(int count)
    {
        if (count == 0) throw Closed();

        _end += count;
    }

    private void MakeRoom()
    {
        if (_start > 0)
        {
            Buffer.BlockCopy(_buffer, _start, _buffer, 0, _end - _start);
            _end -= _start;
            _start = 0;
        }

        if (_end == _buffer.Length)
        {
            // A large buffer is borrowed: rows of a megabyte, one a statement, would make as much garbage each time.
            byte[] larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(_buffer.Length * 4L, Limit + (2 * HeaderSize)));
            Buffer.BlockCopy(_buffer, 0, larger, 0, _end);
            if (_buffer.Length > InitialBuffer) ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
    }
}
