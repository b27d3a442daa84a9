using System.Buffers.Binary;
using System.IO.Pipelines;

namespace FooBar.LoadBalancer.Limits;

/// <summary>
/// Tells an HTTP/2 client how many requests it may have at once: writes the number into the server's first frame, the SETTINGS with which each
/// connection begins (RFC 9113, 3.4), in place of the server's own, which is no limit (see <see cref="FrameGuard"/>). Used under the server's lock.
/// </summary>
internal sealed class AdvertisedStreams(PipeWriter inner, int streams) : PipeWriter
{
    private const int HeaderLength = 9;
    private const int SettingLength = 6;
    private const int IdLength = 2;
    private const byte Settings = 4;
    private const ushort MaxConcurrentStreams = 3;

    private readonly byte[] _header = new byte[HeaderLength];
    private Memory<byte> _last;
    private int _position;
    private int _end = HeaderLength;
    private ushort _id;

    /// <inheritdoc />
    public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

    /// <inheritdoc />
    public override long UnflushedBytes => inner.UnflushedBytes;

    private bool IsWritten => _position == _end;

    /// <inheritdoc />
    public override Memory<byte> GetMemory(int sizeHint = 0) => IsWritten ? inner.GetMemory(sizeHint) : _last = inner.GetMemory(sizeHint);

    /// <inheritdoc />
    public override Span<byte> GetSpan(int sizeHint = 0) => IsWritten ? inner.GetSpan(sizeHint) : GetMemory(sizeHint).Span;

    /// <inheritdoc />
    public override void Advance(int bytes)
    {
        if (!IsWritten)
            Write(_last.Span[..bytes]);
        inner.Advance(bytes);
    }

    /// <inheritdoc />
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => inner.FlushAsync(cancellationToken);

    /// <inheritdoc />
    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    /// <inheritdoc />
    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    /// <summary>Goes through bytes of the first frame, in whatever pieces it is written.</summary>
    private void Write(Span<byte> written)
    {
        for (int i = 0; i < written.Length && !IsWritten; i++, _position++)
        {
            if (_position < HeaderLength)
                Begin(written[i]);
            else
                written[i] = Setting(written[i], (_position - HeaderLength) % SettingLength);
        }

        if (IsWritten)
            _last = default;
    }

    private void Begin(byte next)
    {
        _header[_position] = next;
        if (_position != HeaderLength - 1 || _header[3] != Settings)
            return;
        _end += (_header[0] << 16) | BinaryPrimitives.ReadUInt16BigEndian(_header.AsSpan(1));
    }

    /// <summary>A byte of a setting, as it is to be: two are its id, four its value.</summary>
    private byte Setting(byte given, int at)
    {
        if (at < IdLength)
            _id = (ushort)((_id << 8) | given);
        return at < IdLength || _id != MaxConcurrentStreams ? given : (byte)(streams >> (8 * (SettingLength - 1 - at)));
    }
}
