using System.Buffers;
using System.IO.Pipelines;
using FooBar.LoadBalancer.Limits;
using FooBar.LoadBalancer.Tests.Http2;

namespace FooBar.LoadBalancer.Tests.Limits;

public sealed class AdvertisedStreamsTests
{
    private const ushort MaxConcurrentStreams = 3;

    /// <summary>The first frame alone is changed, in it one number alone, in whatever pieces it is written.</summary>
    [Fact]
    public async Task FirstSettings_SayTheLimit()
    {
        byte[] written = Frames(1 << 24);
        byte[] expected = Frames(0x01020304, later: 1 << 24);
        for (int piece = 1; piece <= written.Length; piece++)
            Assert.Equal(expected, await WriteAsync(written, piece));
    }

    [Fact]
    public async Task AnotherFirstFrame_StaysAsItIs()
    {
        byte[] written = [.. new Http2Frames().Add(FrameType.GoAway, 0, 0, [0, 3, 0, 3, 0, 3, 0, 3]).Bytes.Span, .. Frames(1)];
        Assert.Equal(written, await WriteAsync(written, 3));
    }

    private static byte[] Frames(uint streams, uint? later = null) => new Http2Frames()
        .Settings((1, 4096), (MaxConcurrentStreams, streams), (4, 3), (6, 0x00030003))
        .Settings((MaxConcurrentStreams, later ?? streams)).Bytes.ToArray();

    private static async Task<byte[]> WriteAsync(byte[] bytes, int piece)
    {
        Pipe pipe = new();
        AdvertisedStreams writer = new(pipe.Writer, 0x01020304);
        for (int start = 0; start < bytes.Length; start += piece)
        {
            ReadOnlySpan<byte> next = bytes.AsSpan(start, Math.Min(piece, bytes.Length - start));
            next.CopyTo(writer.GetSpan(next.Length));
            writer.Advance(next.Length);
        }

        await writer.FlushAsync(TestContext.Current.CancellationToken);
        await writer.CompleteAsync();
        ReadResult read = await pipe.Reader.ReadAtLeastAsync(bytes.Length, TestContext.Current.CancellationToken);
        return [.. read.Buffer.ToArray()];
    }
}
