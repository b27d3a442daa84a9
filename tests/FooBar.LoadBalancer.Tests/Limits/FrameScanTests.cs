using System.Buffers;
using FooBar.LoadBalancer.Limits;
using FooBar.LoadBalancer.Tests.Http2;

namespace FooBar.LoadBalancer.Tests.Limits;

public sealed class FrameScanTests
{
    private const byte Unknown = 0xBB;

    /// <summary>Each kind of frame by itself: what carries a request, an answer's window or content is free.</summary>
    [Fact]
    public void Frames_CountWhenTheyCarryNothing()
    {
        Assert.Equal(0, Count(frames => frames.Get(1)));
        Assert.Equal(0, Count(frames => frames.Add(FrameType.Data, 0, 1, new byte[1])));
        Assert.Equal(0, Count(frames => frames.Add(FrameType.Data, Http2Frames.EndStream, 1, [])));
        Assert.Equal(0, Count(frames => frames.WindowUpdate(1, FrameScan.SmallIncrement)));
        Assert.Equal(0, Count(frames => frames.WindowUpdate(0, int.MaxValue)));

        Assert.Equal(1, Count(frames => frames.Add(FrameType.Data, 0, 1, [])));
        Assert.Equal(1, Count(frames => frames.WindowUpdate(1, FrameScan.SmallIncrement - 1)));
        Assert.Equal(1, Count(frames => frames.Settings((1, 2), (3, 4))));
        Assert.Equal(1, Count(frames => frames.Add(FrameType.Settings, Http2Frames.Ack, 0, [])));
        Assert.Equal(1, Count(frames => frames.Add(FrameType.Ping, 0, 0, new byte[8])));
        Assert.Equal(1, Count(frames => frames.ResetStream(1)));
        Assert.Equal(1, Count(frames => frames.Add(FrameType.Priority, 0, 1, new byte[5])));
        Assert.Equal(1, Count(frames => frames.Add(FrameType.Continuation, 0, 1, [])));
        Assert.Equal(1, Count(frames => frames.Add(FrameType.GoAway, 0, 0, new byte[8])));
        Assert.Equal(1, Count(frames => frames.Add((FrameType)Unknown, 0, 0, new byte[70_000])));
        Assert.Equal(1, Count(frames => frames.Add(FrameType.WindowUpdate, 0, 0, new byte[3])));
    }

    /// <summary>The same bytes in pieces of each length from one byte on: a frame's header may lie across two pieces at any place.</summary>
    [Fact]
    public void Count_DoesNotDependOnThePieces()
    {
        Http2Frames frames = new();
        frames.Settings((4, 0)).Get(1).WindowUpdate(1, 1).WindowUpdate(1, 5000).Add(FrameType.Data, 0, 1, new byte[40]).Add(FrameType.Data, 0, 1, [])
            .Add(FrameType.Ping, 0, 0, new byte[8]).ResetStream(1).Add(FrameType.WindowUpdate, 0, 1, []).Add(FrameType.Priority, 0, 3, new byte[5]);
        byte[] bytes = [.. new byte[FrameScan.PrefaceLength], .. frames.Bytes.Span];

        for (int piece = 1; piece <= bytes.Length; piece++)
        {
            FrameScan scan = new();
            int count = 0;
            for (int start = 0; start < bytes.Length; start += piece)
                count += scan.Count(new ReadOnlySequence<byte>(bytes.AsMemory(start, Math.Min(piece, bytes.Length - start))));
            Assert.Equal((piece, 7, 1, 1), (piece, count, scan.HeadersFrames, scan.ResetFrames));
        }
    }

    private static int Count(Func<Http2Frames, Http2Frames> write)
    {
        FrameScan scan = new();
        int before = scan.Count(new ReadOnlySequence<byte>(new byte[FrameScan.PrefaceLength]));

        // What follows shows that the frame was skipped as a whole.
        int count = scan.Count(new ReadOnlySequence<byte>(write(new Http2Frames()).Bytes));
        int after = scan.Count(new ReadOnlySequence<byte>(new Http2Frames().ResetStream(1).Get(3).Bytes));
        Assert.Equal((0, 1), (before, after));
        return count;
    }
}
