using System.Text;
using FooBar.MySql.Protocol;
using FooBar.MySql.Transport;

namespace FooBar.MySql.Tests.Protocol;

public sealed class PayloadReaderTests
{
    [Theory]
    [InlineData(0UL, 1)]
    [InlineData(250UL, 1)]
    [InlineData(251UL, 3)]
    [InlineData(65_535UL, 3)]
    [InlineData(65_536UL, 4)]
    [InlineData(16_777_215UL, 4)]
    [InlineData(16_777_216UL, 9)]
    [InlineData(ulong.MaxValue, 9)]
    public void LengthEncodedInteger_WrittenAndRead_IsTheSame(ulong value, int size)
    {
        ByteStream stream = new([]);
        PacketWriter writer = new(stream);
        writer.Begin();
        writer.WriteLengthEncodedInteger(value);
        writer.End();
        writer.FlushAsync(async: false).Completed();
        PayloadReader reader = new(stream.Written.ToArray().AsSpan(4));

        Assert.Equal(size, reader.Remaining);
        Assert.Equal(value, reader.ReadLengthEncodedInteger());
        Assert.Equal(0, reader.Remaining);
    }

    [Theory]
    [InlineData("")]
    [InlineData("FB")]
    [InlineData("FF")]
    [InlineData("FC")]
    [InlineData("FC01")]
    [InlineData("FD0102")]
    [InlineData("FE01020304050607")]
    public void LengthEncodedInteger_CutShort_IsRefused(string hex) =>
        Assert.Throws<ProtocolException>(() => new PayloadReader(Convert.FromHexString(hex)).ReadLengthEncodedInteger());

    [Theory]
    [InlineData("05414243")]
    [InlineData("FEFFFFFFFFFFFFFFFF41")]
    [InlineData("FE0000008000000000")]
    public void LengthEncodedBytes_LongerThanThePacket_AreRefused(string hex) =>
        Assert.Throws<ProtocolException>(() => new PayloadReader(Convert.FromHexString(hex)).ReadLengthEncodedBytes().Length);

    [Fact]
    public void NullTerminated_WithoutItsEnd_IsRefused()
    {
        ProtocolException refused = Assert.Throws<ProtocolException>(() => new PayloadReader("abc"u8).ReadNullTerminated().Length);

        Assert.Equal("a string has no end", refused.Message);
    }

    [Fact]
    public void Take_MoreThanThereIs_SaysWhere()
    {
        ProtocolException refused = Assert.Throws<ProtocolException>(() =>
        {
            PayloadReader reader = new("abc"u8);
            reader.ReadByte();
            reader.ReadUInt32();
        });

        Assert.Equal("a packet of 3 bytes ends where 4 more should follow (at byte 1)", refused.Message);
    }

    [Theory]
    [InlineData(new byte[] { 0x00, 4, 1, (byte)'a', 1, (byte)'b' }, true)]
    [InlineData(new byte[] { 0x02, 2, 1, (byte)'1' }, true)]
    [InlineData(new byte[] { 0x05, 2, 1, (byte)'_' }, false)]
    public void OkPacket_WithSessionChanges_SaysWhetherTheSessionIsAnother(byte[] changes, bool hasChanged)
    {
        OkPacket ok = OkPacket.Parse([0x00, 0, 0, 0x02, 0x40, 0, 0, 0, (byte)changes.Length, .. changes]);

        Assert.Equal(hasChanged, ok.HasChangedSession);
    }

    [Fact]
    public void OkPacket_WithSessionChanges_GivesGtidsAndSchema()
    {
        byte[] schema = [0x01, 5, 4, .. "shop"u8];
        byte[] gtids = [0x03, 8, 0, 6, .. "u:1-42"u8];
        byte[] unknown = [0x7F, 2, 1, 2];
        byte[] changes = [.. schema, .. unknown, .. gtids];

        OkPacket ok = OkPacket.Parse([0x00, 3, 0xFC, 0x10, 0x27, 0x02, 0x40, 0, 0, 0, (byte)changes.Length, .. changes]);

        Assert.Equal(new OkPacket(3, 10_000, ServerStatus.AutoCommit | ServerStatus.SessionStateChanged, "u:1-42", "shop", HasChangedSession: false), ok);
    }

    [Theory]
    [InlineData(1290, "The MySQL server is running with the --super-read-only option so it cannot execute this statement", true)]
    [InlineData(1290, "The MySQL server is running with the --secure-file-priv option so it cannot execute this statement", false)]
    [InlineData(1836, "Running in read-only mode", true)]
    [InlineData(3101, "Plugin instructed the server to rollback the current transaction.", true)]
    [InlineData(1062, "Duplicate entry", false)]
    public void ErrorPacket_OfAServerThatChangedItsRole_IsTransient(int number, string message, bool isTransient)
    {
        byte[] payload = [0xFF, (byte)number, (byte)(number >> 8), .. "#HY000"u8, .. Encoding.ASCII.GetBytes(message)];
        MySqlException error = ErrorPacket.Parse(payload, MySqlFailurePhase.Answered);

        Assert.Equal((number, "HY000", message, isTransient), (error.Number, error.SqlState, error.Message, error.IsTransient));
    }

    [Fact]
    public void ErrorPacket_BeforeTheHandshake_HasNoState()
    {
        MySqlException error = ErrorPacket.Parse([0xFF, 0x10, 0x04, .. Encoding.ASCII.GetBytes("Too many connections")], MySqlFailurePhase.NotSent);

        Assert.Equal((1040, null, "Too many connections"), (error.Number, error.SqlState, error.Message));
        Assert.True(error.IsTransient);
    }
}
