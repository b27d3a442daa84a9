using FooBar.MySql.Protocol;
using FooBar.MySql.Transport;

namespace FooBar.MySql.Tests.Protocol;

/// <summary>Packets read in parts, as a streamed row does.</summary>
public sealed class PacketPartsTests
{
    private const int Frame = 0xFF_FFFF;

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(100_000, 7, 333)]
    [InlineData(Frame - 1, 100_003, 70_001)]
    [InlineData(Frame, 100_003, 70_001)]
    [InlineData(Frame + 1, 100_003, 70_001)]
    [InlineData((2 * Frame) + 5, 1 << 20, 1 << 20)]
    public async Task Content_OfAnySize_ComesInPartsWithoutItsHeaders(int size, int pieceSize, int partSize)
    {
        byte[] payload = new byte[size];
        new Random(size).NextBytes(payload);
        PacketReader reader = new(new ByteStream([.. await SentAsync(payload)], pieceSize)) { ExpectedSequence = 254 };

        PacketHead head = await reader.PeekAsync(async: true);
        Assert.Equal(new PacketHead(Math.Min(size, Frame), payload[0]), head);
        Assert.True(reader.TryPeek(out PacketHead again));
        Assert.Equal(head, again);
        reader.BeginParts();
        byte[] read = new byte[size];
        int count = 0;
        while (await reader.ReadPartAsync(read.AsMemory(count, Math.Min(partSize, Math.Max(size - count, 1))), async: true) is > 0 and int part)
        {
            count += part;
            if (count == size) break;
        }

        Assert.Equal(size, count);
        Assert.True(payload.AsSpan().SequenceEqual(read));
        Assert.Equal(0, await reader.ReadPartAsync(new byte[1], async: true));
        Assert.False(await reader.SkipPartAsync(1, async: true));
        reader.ExpectedSequence = 0;
        await reader.ReadAsync(async: true);
        Assert.True(reader.Payload.SequenceEqual("next"u8));
    }

    [Fact]
    public async Task Content_SteppedOver_LeadsToTheNextPacket()
    {
        byte[] payload = new byte[Frame + 100];
        payload[Frame + 90] = 42;
        PacketReader reader = new(new ByteStream([.. await SentAsync(payload)], 10_007)) { ExpectedSequence = 254 };
        await reader.PeekAsync(async: true);
        reader.BeginParts();
        byte[] one = new byte[1];

        Assert.True(await reader.SkipPartAsync(Frame + 90, async: true));
        Assert.Equal(1, await reader.ReadPartAsync(one, async: true));
        Assert.Equal(42, one[0]);
        Assert.False(await reader.SkipPartAsync(long.MaxValue, async: true));
        reader.ExpectedSequence = 0;
        await reader.ReadAsync(async: true);
        Assert.True(reader.Payload.SequenceEqual("next"u8));
    }

    [Fact]
    public async Task Content_CutShort_IsTheEndOfTheStream()
    {
        PacketReader reader = new(new ByteStream([10, 0, 0, 0, 1, 2]));
        await reader.PeekAsync(async: true);
        reader.BeginParts();

        Assert.Equal(2, reader.ReadPartAsync(new byte[10], async: false).Completed());
        Assert.Throws<EndOfStreamException>(() => reader.ReadPartAsync(new byte[10], async: false).Completed());
        Assert.Throws<EndOfStreamException>(() => reader.ReadPartAsync(new byte[10_000], async: false).Completed());
        Assert.Throws<EndOfStreamException>(() => reader.SkipPartAsync(1, async: false).Completed());
    }

    [Fact]
    public async Task SecondFrame_OutOfSequence_IsRefused()
    {
        List<byte> sent = await SentAsync(new byte[Frame + 1]);
        sent[Frame + 4 + 3] = 7;
        PacketReader reader = new(new ByteStream([.. sent])) { ExpectedSequence = 254 };
        await reader.PeekAsync(async: true);
        reader.BeginParts();

        ProtocolException refused = await Assert.ThrowsAsync<ProtocolException>(async () => await reader.SkipPartAsync(long.MaxValue, async: true));
        Assert.Equal("packet number 7 came where 255 was due", refused.Message);
    }

    [Fact]
    public async Task Packet_BeyondTheLargest_IsRefused()
    {
        PacketReader reader = new(new ByteStream([.. await SentAsync(new byte[Frame + 1])])) { Limit = Frame, ExpectedSequence = 254 };
        await reader.PeekAsync(async: true);
        reader.BeginParts();

        ProtocolException refused = await Assert.ThrowsAsync<ProtocolException>(async () => await reader.SkipPartAsync(long.MaxValue, async: true));
        Assert.Equal("a packet is larger than 16777215 bytes", refused.Message);
    }

    [Fact]
    public async Task Packet_ThatAnswersNothing_HasNoParts()
    {
        PacketReader reader = new(new ByteStream([3, 0, 0, 0, 1, 1, 2])) { ExpectedSequence = 1 };
        await reader.PeekAsync(async: true);

        ProtocolException refused = Assert.Throws<ProtocolException>(reader.BeginParts);
        Assert.Equal("packet number 0 came where 1 was due", refused.Message);
    }

    [Fact]
    public async Task Peek_AtAnEmptyPacket_TakesNothing()
    {
        PacketReader reader = new(new ByteStream([0, 0, 0, 0, 1, 0, 0, 1, 9], 1));

        Assert.False(reader.TryPeek(out _));
        Assert.Equal(default, await reader.PeekAsync(async: true));
        await reader.ReadAsync(async: true);
        Assert.Equal(0, reader.Payload.Length);
        Assert.Equal(new PacketHead(1, 9), await reader.PeekAsync(async: true));
    }

    /// <summary>A packet with the number 254, and one with the number 0 behind it.</summary>
    private static async Task<List<byte>> SentAsync(byte[] payload)
    {
        ByteStream sent = new([]);
        PacketWriter writer = new(sent);
        writer.Begin(sequence: 254);
        writer.WriteBytes(payload);
        writer.End();
        writer.Begin(sequence: 0);
        writer.WriteBytes("next"u8);
        writer.End();
        await writer.FlushAsync(async: true);
        return sent.Written;
    }
}
