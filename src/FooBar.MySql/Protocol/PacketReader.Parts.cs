namespace FooBar.MySql.Protocol;

/// <summary>How a packet begins: the length of its first frame, and its first byte, which is 0 in a packet that has none.</summary>
internal readonly record struct PacketHead(int FrameLength, byte First);

/// <content>
/// A packet that is not read into the buffer as a whole: <see cref="PeekAsync"/> tells how large it is, and between
/// <see cref="BeginParts"/> and its end its content is handed out as it comes, the headers of its frames left out.
/// </content>
internal sealed partial class PacketReader
{
    /// <summary>A part of this size goes straight to where it is wanted; a smaller one by way of the buffer, with what follows it.</summary>
    private const int DirectRead = 4 * 1024;

    private int _frameLeft;
    private bool _isLastFrame;
    private long _announced;

    /// <summary>Waits for the beginning of the next packet, and takes nothing of it. The packet read last is gone.</summary>
    public ValueTask<PacketHead> PeekAsync(bool async) => TryPeek(out PacketHead head) ? new(head) : WaitAndPeekAsync(async);

    /// <summary>Looks at the beginning of the next packet if it is in the buffer; no I/O.</summary>
    public bool TryPeek(out PacketHead head)
    {
        if (_isReadAhead) head = new PacketHead(Math.Min(_payloadLength, MaxFramePayload), _payloadLength > 0 ? _buffer[_payloadStart] : (byte)0);
        else if (_end - _start > HeaderSize) head = new PacketHead(FrameLength(_start), _buffer[_start + HeaderSize]);
        else head = default;

        return _isReadAhead || _end - _start > HeaderSize;
    }

    /// <summary>Takes the header of the packet that was peeked at.</summary>
    public void BeginParts()
    {
        _payloadLength = 0;
        _announced = 0;
        BeginFrame();
    }

    /// <summary>Reads some of the packet's content, at least one byte; 0 at its end.</summary>
    public async ValueTask<int> ReadPartAsync(Memory<byte> destination, bool async)
    {
        if (_frameLeft == 0 && !await NextFrameAsync(async).ConfigureAwait(false)) return 0;

        int read = Math.Min(destination.Length, _frameLeft);
        if (_start == _end && read >= DirectRead)
        {
            read = await stream.ReadAsync(destination[..read], async).ConfigureAwait(false);
            if (read == 0) throw Closed();
        }
        else
        {
            await EnsureAsync(1, async).ConfigureAwait(false);
            read = Math.Min(read, _end - _start);
            _buffer.AsMemory(_start, read).CopyTo(destination);
            _start += read;
        }

        _frameLeft -= read;
        return read;
    }

    /// <summary>Steps over some of the packet's content; false when it ended before.</summary>
    public async ValueTask<bool> SkipPartAsync(long count, bool async)
    {
        while (count > 0)
        {
            if (_frameLeft == 0 && !await NextFrameAsync(async).ConfigureAwait(false)) return false;

            await EnsureAsync(1, async).ConfigureAwait(false);
            int skipped = (int)Math.Min(Math.Min(_frameLeft, _end - _start), count);
            _start += skipped;
            _frameLeft -= skipped;
            count -= skipped;
        }

        return true;
    }

    private async ValueTask<PacketHead> WaitAndPeekAsync(bool async)
    {
        await EnsureAsync(HeaderSize, async).ConfigureAwait(false);
        int length = FrameLength(_start);
        if (length == 0) return default;

        await EnsureAsync(HeaderSize + 1, async).ConfigureAwait(false);
        return new PacketHead(length, _buffer[_start + HeaderSize]);
    }

    /// <summary>A frame of the largest size is followed by another, which can be empty.</summary>
    private async ValueTask<bool> NextFrameAsync(bool async)
    {
        if (_isLastFrame) return false;

        await EnsureAsync(HeaderSize, async).ConfigureAwait(false);
        BeginFrame();
        return _frameLeft > 0 || await NextFrameAsync(async).ConfigureAwait(false);
    }

    private async ValueTask EnsureAsync(int count, bool async)
    {
        while (_end - _start < count) TakeReceived(await ReceiveAsync(async).ConfigureAwait(false));
    }

    private void BeginFrame()
    {
        CheckSequence(_start);
        if (_isUnasked) throw OutOfSequence(0, AfterCommand);

        _frameLeft = FrameLength(_start);
        _announced += _frameLeft;
        if (_announced > Limit) throw TooLarge();

        _isLastFrame = _frameLeft < MaxFramePayload;
        _start += HeaderSize;
    }
}
