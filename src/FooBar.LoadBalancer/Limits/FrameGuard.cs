using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using FooBar.LoadBalancer.Configuration;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace FooBar.LoadBalancer.Limits;

/// <summary>
/// Cuts an HTTP/2 connection that makes the server work for nothing more often than <see cref="Http2LimitOptions"/> allows: with frames that carry
/// nothing, with requests beyond those that it may have at once, with requests that it gives up. Kestrel answers SETTINGS and PING, and reads empty
/// CONTINUATION, as fast as they come: one connection can keep a processor busy with some megabytes a second. It stands between TLS and Kestrel's
/// reader, whose one task uses it.
/// </summary>
/// <remarks>
/// Kestrel (10.0.12) loses a connection in which it refuses requests while the task that writes its answers is behind. Each refused request takes a place
/// in that task's queue, which has room for twice as many as may be at once; when it is full, the connection is aborted, and the requests that would
/// have to go into the queue for their end never come to it. So Kestrel is given no limit (<see cref="Edge.KestrelLimits"/>), which makes the queue as
/// large as it has to be. The client is told the limit by <see cref="AdvertisedStreams"/>, <see cref="RequestLimits"/> refuses what is beyond, and the
/// queue is bounded by what passes here.
/// </remarks>
internal sealed class FrameGuard : PipeReader
{
    private readonly PipeReader _inner;
    private readonly ClientConnection _connection;
    private readonly Rate _rate;
    private readonly int _streams;
    private readonly ShedRecord _shed;
    private readonly TimeProvider _time;
    private readonly FrameScan _scan = new();
    private TokenBucket _budget;
    private ReadOnlySequence<byte> _buffer;
    private long _seen;
    private int _charged;

    private FrameGuard(PipeReader inner, ClientConnection connection, Rate rate, int streams, ShedRecord shed, TimeProvider time)
    {
        _streams = streams;
        _inner = inner;
        _connection = connection;
        _rate = rate;
        _shed = shed;
        _time = time;
    }

    /// <summary>Watches the connection, if it is one of HTTP/2. Comes after TLS, where it is decided.</summary>
    public static void Install(ConnectionContext connection, ClientConnection accepted, CurrentSettings settings, ShedRecord shed, TimeProvider time)
    {
        if (connection.Features.Get<ITlsApplicationProtocolFeature>() is not { } tls || !tls.ApplicationProtocol.Span.SequenceEqual("h2"u8))
            return;
        LimitOptions limits = settings.Options.Limits;
        Rate rate = Rate.Of(limits.Http2.ControlFrames, limits.Http2.ControlFrameBurst, time);
        accepted.Streams = limits.Http2Streams;
        FrameGuard guard = new(connection.Transport.Input, accepted, rate, limits.Http2Streams, shed, time);
        connection.Transport = new Guarded(guard, new AdvertisedStreams(connection.Transport.Output, limits.Http2Streams));
    }

    /// <inheritdoc />
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        ValueTask<ReadResult> read = _inner.ReadAsync(cancellationToken);
        return read.IsCompletedSuccessfully ? new ValueTask<ReadResult>(Look(read.Result)) : WaitAsync(read);
    }

    /// <inheritdoc />
    public override bool TryRead(out ReadResult result)
    {
        bool isThere = _inner.TryRead(out result);
        if (isThere)
            result = Look(result);
        return isThere;
    }

    /// <inheritdoc />
    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    /// <inheritdoc />
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        // What stays is shown again by the next read, and must not be counted twice.
        _seen -= _buffer.GetOffset(consumed) - _buffer.GetOffset(_buffer.Start);
        _buffer = default;
        _inner.AdvanceTo(consumed, examined);
    }

    /// <inheritdoc />
    public override void CancelPendingRead() => _inner.CancelPendingRead();

    /// <inheritdoc />
    public override void Complete(Exception? exception = null) => _inner.Complete(exception);

    // Pooled: there is one such wait for each piece that a client sends.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> WaitAsync(ValueTask<ReadResult> read) => Look(await read.ConfigureAwait(false));

    private ReadResult Look(ReadResult result)
    {
        _buffer = result.Buffer;
        int resets = _scan.ResetFrames;
        int count = _scan.Count(_buffer.Slice(_seen));
        if (_scan.ResetFrames != resets)
            _connection.NoteResets(_scan.ResetFrames);
        count += Owed();
        _seen = _buffer.Length;
        if (count == 0 || IsWithin(count))
            return result;

        // Nothing of it reaches the server any more, which takes it for the client's end.
        _shed.Add(ShedReason.Frames, _connection.Client.Key);
        _connection.Cut(ShedReason.Frames);
        return new ReadResult(_buffer.Slice(0, 0), isCanceled: false, isCompleted: true);
    }

    /// <summary>
    /// What has come to be owed since the last look: requests beyond those that may be at once, those that were given up, and those that were refused.
    /// </summary>
    private int Owed()
    {
        // Some were given up and have not come to their end here: half of the allowance is theirs. Requests that the server cannot read never come
        // here, and those that it was made to reset go on here while it takes others in their place.
        int beyond = Math.Max(0, _scan.HeadersFrames - _connection.Ended - (2 * _streams));
        int owed = beyond + _connection.Aborted + _connection.Refused;
        int more = Math.Max(0, owed - _charged);
        _charged += more;
        return more;
    }

    private bool IsWithin(int count)
    {
        long now = _time.GetTimestamp();
        for (int i = 0; i < count; i++)
        {
            if (!_budget.TryTake(now, _rate, out _))
                return false;
        }

        return true;
    }

    private sealed class Guarded(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input { get; } = input;

        public PipeWriter Output { get; } = output;
    }
}
