using System.Text;
using FooBar.MySql.Configuration;
using FooBar.MySql.Protocol;
using FooBar.MySql.Transport;
using FsCheck;
using FsCheck.Fluent;

namespace FooBar.MySql.Tests.Protocol;

/// <summary>What is written comes out of the reader again, whatever its size and however the stream is cut into pieces.</summary>
public sealed class CodecProperties
{
    private const int Frame = PacketReader.MaxFramePayload;

    /// <summary>From single bytes up to more than the reader's buffer of 16 KB.</summary>
    private static readonly Gen<int> PieceSize = Gen.OneOf(Gen.Choose(1, 9), Gen.Choose(1, 2_000), Gen.Choose(10_000, 70_000));

    [Fact]
    public void Packets_InAnyPieces_AreTheOnesWritten()
    {
        Gen<int> size = Gen.OneOf(Gen.Choose(0, 4), Gen.Choose(0, 300), Gen.Choose(16_370, 16_390), Gen.Choose(0, 70_000));
        Property.Holds(Traffics(size, packets: 12), (400, 4_000), ComesThrough);
    }

    [Fact]
    public void Packets_Around16MegabytesAndTheirMultiples_AreTheOnesWritten()
    {
        Gen<int> size = from frames in Gen.Choose(1, 2) from more in Gen.Elements(-5, -4, -1, 0, 0, 0, 1, 4) select (frames * Frame) + more;
        Property.Holds(Traffics(Gen.OneOf(size, Gen.Choose(0, 10)), packets: 3, Gen.Choose(40_000, 5_000_000)), (12, 200), ComesThrough);
    }

    [Fact]
    public void LengthEncodedIntegers_AreTheOnesWritten_InTheShortestForm()
    {
        Gen<ulong> value =
            from bits in Gen.Choose(0, 64)
            from number in Gen.Choose(int.MinValue, int.MaxValue).Two()
            select bits == 0 ? 0 : (((ulong)(uint)number.Item1 << 32) | (uint)number.Item2) >> (64 - bits);
        Property.Holds(value.ToArbitrary(), (5_000, 100_000), number =>
        {
            byte[] bytes = Written(writer => writer.WriteLengthEncodedInteger(number));
            PayloadReader reader = new(bytes);
            Assert.Equal(number, reader.ReadLengthEncodedInteger());
            Assert.Equal(0, reader.Remaining);
            Assert.Equal(number < 251 ? 1 : number <= 0xFFFF ? 3 : number <= 0xFF_FFFF ? 4 : 9, bytes.Length);
        });
    }

    [Fact]
    public void LengthEncodedTextsAndBytes_OneAfterTheOther_AreTheOnesWritten()
    {
        // A lone half of a surrogate pair is no text: UTF-8 has no form for it.
        Gen<string> text = Gen.OneOf(
            Gen.OneOf(Gen.Choose(' ', '~'), Gen.Choose(0, 0x7FF), Gen.Choose(0xE000, 0xFFFF), Gen.Choose(0x1_0000, 0x10_FFFF))
                .Select(char.ConvertFromUtf32).ListOf().Select(string.Concat),
            Gen.OneOf(Gen.Choose(245, 260), Gen.Choose(65_530, 65_540)).Select(length => new string('x', length)));
        Property.Holds(text.ListOf().ToArbitrary(), (400, 10_000), texts =>
        {
            byte[] bytes = Written(writer =>
            {
                foreach (string one in texts)
                {
                    writer.WriteLengthEncodedString(one);
                    writer.WriteLengthEncodedBytes(Encoding.UTF8.GetBytes(one));
                }
            });
            PayloadReader reader = new(bytes);
            foreach (string one in texts)
            {
                Assert.Equal(one, reader.ReadLengthEncodedString());
                Assert.Equal(one, Encoding.UTF8.GetString(reader.ReadLengthEncodedBytes()));
            }

            Assert.Equal(0, reader.Remaining);
        });
    }

    /// <summary>Every parser of the driver, on packets that nobody wrote: the only complaint is the protocol's.</summary>
    [Fact]
    public void Parsers_OnRandomBytes_ThrowNothingButProtocolException()
    {
        Gen<byte> hostile = Gen.OneOf(Gen.Choose(0, 255), Gen.Elements(0, 1, 8, 0x40, 0xFB, 0xFC, 0xFD, 0xFE, 0xFF)).Select(number => (byte)number);
        Gen<byte[]> packet = Gen.Choose(0, 120).SelectMany(length => Gen.ArrayOf(hostile, length));
        ConnectionOptions options = ConnectionOptions.Parse("Server=127.0.0.1;User ID=u;Ssl Mode=None");
        Action<byte[]>[] parsers =
        [
            bytes => Handshake.Parse([10, .. "9.9\0"u8, .. bytes]),
            bytes => Handshake.Parse(bytes),
            bytes => OkPacket.Parse(bytes),
            bytes => OkPacket.Parse([0, 0, 0, 2, 0x40, 0, 0, .. bytes]),
            bytes => ErrorPacket.Parse(bytes, MySqlFailurePhase.Answered),
            bytes => ColumnDefinition.Parse(bytes, options),
            bytes => ColumnDefinition.Parse([3, .. "def"u8, 0, 0, 0, 1, 65, 0, 12, .. bytes], options),
        ];
        Property.Holds(packet.ToArbitrary(), (5_000, 200_000), bytes =>
        {
            foreach (Action<byte[]> parse in parsers)
            {
                try
                {
                    parse(bytes);
                }
                catch (ProtocolException)
                {
                    // As it should.
                }
            }
        });
    }

    private static Arbitrary<Traffic> Traffics(Gen<int> size, int packets, Gen<int>? piece = null) => Arb.From(
        from count in Gen.Choose(1, packets)
        from sizes in Gen.ListOf(size, count)
        from first in Gen.Choose(0, 255)
        from pieceCount in Gen.Choose(0, 5)
        from pieces in Gen.ListOf(piece ?? PieceSize, pieceCount)
        from async in ArbMap.Default.GeneratorFor<bool>()
        select new Traffic([.. sizes], (byte)first, [.. pieces], async),
        traffic => traffic.Sizes.Length > 1 ? traffic.Sizes.Select((_, index) => traffic with { Sizes = [.. traffic.Sizes.Where((_, at) => at != index)] }) : []);

    private static void ComesThrough(Traffic traffic)
    {
        byte[][] payloads = [.. traffic.Sizes.Select((size, index) => Payload(size, index))];
        ByteStream sent = new([]);
        PacketWriter writer = new(sent);
        byte sequence = traffic.FirstSequence;
        foreach (byte[] payload in payloads)
        {
            writer.Begin(sequence);
            writer.WriteBytes(payload);
            Assert.Equal(payload.Length, writer.PacketLength);
            writer.End();
            sequence = writer.NextSequence;
        }

        writer.FlushAsync(async: false).Completed();
        byte[] bytes = [.. sent.Written];
        Assert.True(Framed(payloads, traffic.FirstSequence).AsSpan().SequenceEqual(bytes), "The frames are not those of the protocol.");

        PacketReader reader = new(new ByteStream(bytes, traffic.PieceSizes)) { ExpectedSequence = traffic.FirstSequence };
        foreach (byte[] payload in payloads)
        {
            // Between packets there may be a pause, in which the pool would give memory back.
            reader.TrimExcess();
            if (!reader.TryRead()) reader.ReadAsync(traffic.Async).Completed();
            Assert.True(payload.AsSpan().SequenceEqual(reader.Payload), $"A packet of {payload.Length} bytes came out as another one.");
        }

        Assert.Equal(sequence, reader.ExpectedSequence);
        Assert.False(reader.HasBufferedBytes);
        Assert.False(reader.TryRead());
        Assert.Throws<EndOfStreamException>(() => reader.ReadAsync(async: false).Completed());
    }

    private static byte[] Payload(int size, int index)
    {
        byte[] payload = new byte[size];
        new Random(index).NextBytes(payload);

        // An error's first byte would make the number 0 legal where 1 is due.
        if (size > 0) payload[0] = 1;
        return payload;
    }

    /// <summary>The protocol's own description: frames of 16 MB - 1, and a shorter one, perhaps empty, behind them.</summary>
    private static byte[] Framed(byte[][] payloads, byte sequence)
    {
        using MemoryStream stream = new();
        foreach (byte[] payload in payloads)
        {
            int at = 0;
            int size;
            do
            {
                size = Math.Min(Frame, payload.Length - at);
                stream.Write([(byte)size, (byte)(size >> 8), (byte)(size >> 16), sequence++]);
                stream.Write(payload, at, size);
                at += size;
            }
            while (size == Frame);
        }

        return stream.ToArray();
    }

    private static byte[] Written(Action<PacketWriter> write)
    {
        ByteStream stream = new([]);
        PacketWriter writer = new(stream);
        writer.Begin();
        write(writer);
        writer.End();
        writer.FlushAsync(async: false).Completed();
        return [.. stream.Written.Skip(4)];
    }

    private sealed record Traffic(int[] Sizes, byte FirstSequence, int[] PieceSizes, bool Async)
    {
        public override string ToString() =>
            $"packets of {string.Join(", ", Sizes)} bytes from number {FirstSequence}, in pieces of {string.Join(", ", PieceSizes)}, async {Async}";
    }
}
