using FooBar.MySql.Protocol;
using FooBar.MySql.Transport;

namespace FooBar.MySql.Tests.Protocol;

public sealed class PacketTests
{
    private const int Frame = 0xFF_FFFF;

    [Theory]
    [InlineData(0, 4)]
    [InlineData(1, 5)]
    [InlineData(Frame - 1, Frame + 3)]
    [InlineData(Frame, Frame + 8)]
    [InlineData(Frame + 1, Frame + 9)]
    [InlineData((2 * Frame) + 5, (2 * Frame) + 17)]
    public async Task Packet_OfAnySize_IsSplitAndJoined(int size, int bytesOnTheWire)
    {
        byte[] payload = new byte[size];
        new Random(size).NextBytes(payload);
        ByteStream sent = new([]);
        PacketWriter writer = new(sent);
        writer.Begin(sequence: 254);
        writer.WriteBytes(payload);
        writer.End();
        writer.Begin(sequence: 0);
        writer.WriteBytes("next"u8);
        writer.End();
        await writer.FlushAsync(async: true);
        PacketReader reader = new(new ByteStream([.. sent.Written], 100_003)) { ExpectedSequence = 254 };

        await reader.ReadAsync(async: true);
        Assert.Equal(bytesOnTheWire, sent.Written.Count - 8);
        Assert.True(payload.AsSpan().SequenceEqual(reader.Payload));
        Assert.Equal((byte)(255 + (size / Frame)), reader.ExpectedSequence);

        reader.ExpectedSequence = 0;
        await reader.ReadAsync(async: true);
        Assert.True(reader.Payload.SequenceEqual("next"u8));
        Assert.False(reader.HasBufferedBytes);
    }

    [Fact]
    public async Task Packet_ArrivingByteByByte_IsRead()
    {
        PacketReader reader = new(new ByteStream([3, 0, 0, 0, 1, 2, 3, 1, 0, 0, 1, 9], 1));

        Assert.False(reader.TryRead());
        await reader.ReadAsync(async: true);
        Assert.Equal([1, 2, 3], reader.Payload.ToArray());
        await reader.ReadAsync(async: true);
        Assert.Equal([9], reader.Payload.ToArray());
    }

    [Fact]
    public async Task Packet_OutOfSequence_IsRefused()
    {
        PacketReader reader = new(new ByteStream([1, 0, 0, 7, 0]));

        ProtocolException refused = await Assert.ThrowsAsync<ProtocolException>(async () => await reader.ReadAsync(async: true));
        Assert.Equal("packet number 7 came where 0 was due", refused.Message);
    }

    [Theory]
    [InlineData(0xFF, null)]
    [InlineData(0x00, "packet number 0 came where 1 was due")]
    public async Task Packet_ThatAnswersNothing_CanOnlyBeAnError(byte header, string? refusal)
    {
        foreach (int pieceSize in new[] { 1, 100 })
        {
            PacketReader reader = new(new ByteStream([3, 0, 0, 0, header, 1, 2], pieceSize)) { ExpectedSequence = 1 };
            Exception? refused = await Record.ExceptionAsync(async () => await reader.ReadAsync(async: true));
            Assert.Equal(refusal, refused?.Message);
        }
    }

    [Fact]
    public void Packet_ThatAnswersNothing_IsNotOfSeveralFrames()
    {
        byte[] first = new byte[4 + Frame];
        first.AsSpan(0, 3).Fill(0xFF);
        PacketReader reader = new(new ByteStream([.. first, 1, 0, 0, 2, 7])) { ExpectedSequence = 1 };

        ProtocolException refused = Assert.Throws<ProtocolException>(() => reader.ReadAsync(async: false).Completed());
        Assert.Equal("packet number 0 came where 1 was due", refused.Message);
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 1, 0 })]
    [InlineData(new byte[] { 5, 0, 0, 0, 1, 2 })]
    public async Task Packet_CutShort_IsTheEndOfTheStream(byte[] bytes)
    {
        PacketReader reader = new(new ByteStream(bytes));

        await Assert.ThrowsAsync<EndOfStreamException>(async () => await reader.ReadAsync(async: true));
    }

    [Fact]
    public void Packet_AnnouncedAndNotSent_TakesNoMemory()
    {
        PacketReader reader = new(new ByteStream([0xFF, 0xFF, 0xFF, 0, 1, 2, 3]));
        long before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<EndOfStreamException>(() => reader.ReadAsync(async: false).Completed());
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200_000);
    }

    [Fact]
    public void Packet_BeyondTheLargest_IsRefused()
    {
        PacketReader reader = new(new EndlessFrames()) { Limit = 40_000_000 };

        ProtocolException refused = Assert.Throws<ProtocolException>(() => reader.ReadAsync(async: false).Completed());
        Assert.Equal("a packet is larger than 40000000 bytes", refused.Message);
    }

    [Fact]
    public async Task TrimExcess_AfterALargePacket_GivesTheMemoryBack()
    {
        byte[] large = new byte[1_000_004];
        large[0] = 0x40;
        large[1] = 0x42;
        large[2] = 0x0F;
        PacketReader reader = new(new ByteStream(large));
        await reader.ReadAsync(async: true);
        Assert.Equal(1_000_000, reader.Payload.Length);

        reader.TrimExcess();
        Assert.Equal(0, reader.Payload.Length);
    }

    /// <summary>Full frames of one packet without end, their payloads as they come.</summary>
    private sealed class EndlessFrames : IByteStream
    {
        private long _position;

        public ValueTask<int> ReadAsync(Memory<byte> buffer, bool async)
        {
            const int FrameOnTheWire = Frame + 4;
            int inFrame = (int)(_position % FrameOnTheWire);
            int count;
            if (inFrame < 4)
            {
                buffer.Span[0] = inFrame < 3 ? (byte)0xFF : (byte)(_position / FrameOnTheWire);
                count = 1;
            }
            else
            {
                count = Math.Min(buffer.Length, FrameOnTheWire - inFrame);
            }

            _position += count;
            return new ValueTask<int>(count);
        }

        public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, bool async) => default;
    }
}
