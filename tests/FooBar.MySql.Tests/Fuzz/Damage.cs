using FooBar.MySql.Protocol;

namespace FooBar.MySql.Tests.Fuzz;

/// <summary>What a client may make of a damaged reply.</summary>
internal enum Verdict
{
    /// <summary>It cannot but notice: an exception of the driver.</summary>
    MustFail,

    /// <summary>The bytes that it needs are all there: what is right, or an exception of the driver.</summary>
    RightOrFail,

    /// <summary>The damage can look like another answer: any values, what the getters say of values, or an exception of the driver.</summary>
    Anything,
}

/// <summary>One way to spoil a reply. All are pure: the same random numbers give the same bytes.</summary>
internal sealed record Damage(string Name, byte[] Bytes, Verdict Verdict)
{
    /// <summary>
    /// It has one answer more than was asked for, in front of others that are still due: the last of them comes when nobody waits for it any
    /// more, perhaps not before the next command was sent.
    /// </summary>
    public bool ShiftsAnswers { get; private init; }

    private delegate Damage Spoiling(Reply reply, IReadOnlyList<Reply> conversation, Random random);

    private static readonly Spoiling[] Kinds =
    [
        (reply, _, random) => Cut(reply, random.Next(reply.ToBytes().Length)),
        FlipBits, FlipBits, Overwrite, Overwrite, Garbage, WrongLength, WrongNumber, Drop, Twice, Swap, OtherPacket, Shorten, Lengthen,
        AbsurdLength, AbsurdLength, Append, AnotherReply, AnotherReply, Oversized,
    ];

    /// <summary>Spoils a reply of a conversation in some way.</summary>
    public static Damage Of(Reply reply, IReadOnlyList<Reply> conversation, Random random) =>
        Kinds[random.Next(Kinds.Length)](reply, conversation, random);

    /// <summary>The reply's first bytes, with nothing behind them.</summary>
    public static Damage Cut(Reply reply, int length) => new($"cut behind byte {length}", reply.ToBytes()[..length], Verdict.MustFail);

    private static Damage FlipBits(Reply reply, IReadOnlyList<Reply> conversation, Random random)
    {
        byte[] bytes = reply.ToBytes();
        for (int flips = random.Next(1, 4); flips > 0; flips--) bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
        return new("bits flipped", bytes, Verdict.Anything);
    }

    private static Damage Overwrite(Reply reply, IReadOnlyList<Reply> conversation, Random random)
    {
        byte[] bytes = reply.ToBytes();
        int at = random.Next(bytes.Length);
        random.NextBytes(bytes.AsSpan(at, random.Next(1, Math.Min(bytes.Length - at, 16) + 1)));
        return new($"overwritten at byte {at}", bytes, Verdict.Anything);
    }

    private static Damage Garbage(Reply reply, IReadOnlyList<Reply> conversation, Random random)
    {
        byte[] bytes = new byte[random.Next(1, 200)];
        random.NextBytes(bytes);
        return new("garbage", bytes, Verdict.Anything);
    }

    /// <summary>A header that announces something else than what follows.</summary>
    private static Damage WrongLength(Reply reply, IReadOnlyList<Reply> conversation, Random random)
    {
        byte[][] frames = reply.ToFrames();
        byte[] header = frames[random.Next(frames.Length)];
        int length = header[0] | (header[1] << 8) | (header[2] << 16);
        int other = random.Next(4) switch
        {
            0 => PacketReader.MaxFramePayload,
            1 => Math.Max(length - random.Next(1, 10), 0),
            2 => length + random.Next(1, 10),
            _ => random.Next(PacketReader.MaxFramePayload),
        };
        header[0] = (byte)other;
        header[1] = (byte)(other >> 8);
        header[2] = (byte)(other >> 16);
        return new($"{other} bytes announced for {length}", Reply.Joined(frames), Verdict.Anything);
    }

    private static Damage WrongNumber(Reply reply, IReadOnlyList<Reply> conversation, Random random)
    {
        byte[][] frames = reply.ToFrames();
        byte[] frame = frames[random.Next(frames.Length)];
        byte number = frame[3];
        frame[3] += (byte)random.Next(1, 256);

        // An error with the number 0 is how a server ends a session, and counts as one.
        bool isFarewell = frame[3] == 0 && frame[4] == ErrorPacket.Header;
        return new($"packet {number} numbered {frame[3]}", Reply.Joined(frames), isFarewell ? Verdict.RightOrFail : Verdict.MustFail);
    }

    private static Damage Drop(Reply reply, IReadOnlyList<Reply> conversation, Random random)
    {
        byte[][] frames = reply.ToFrames();
        int at = random.Next(frames.Length);
        return new($"packet {at} of {frames.Length} dropped", Reply.Joined([.. frames.Where((_, index) => index != at)]), Verdict.MustFail);
    }

    private static Damage Twice(Reply reply, IReadOnlyList<Reply> conversation, Random random)
    {
        byte[][] frames = reply.ToFrames();
        int at = random.Next(frames.Length);
        return new(
            $"packet {at} of {frames.Length} twice",
            Reply.Joined([.. frames.SelectMany((frame, index) => index == at ? new[] { frame, frame } : [frame])]),
            at == frames.Length - 1 ? BehindThe(reply) : Verdict.MustFail)
        {
            ShiftsAnswers = at == frames.Length - 1 && reply.IsPipelined,
        };
    }

    private static Damage Swap(Reply reply, IReadOnlyList<Reply> conversation, Random random)
    {
        byte[][] frames = reply.ToFrames();
        if (frames.Length == 1) return WrongNumber(reply, conversation, random);

        int at = random.Next(frames.Length - 1);
        (frames[at], frames[at + 1]) = (frames[at + 1], frames[at]);
        return new($"packets {at} and {at + 1} swapped", Reply.Joined(frames), Verdict.MustFail);
    }

    /// <summary>A packet of random content where another is due; its number is right.</summary>
    private static Damage OtherPacket(Reply reply, IReadOnlyList<Reply> conversation, Random random)
    {
        byte[] payload = new byte[random.Next(0, 60)];
        random.NextBytes(payload);
        if (payload.Length > 0 && random.Next(2) == 0) payload[0] = random.GetItems<byte>([0x00, 0x01, 0xFB, 0xFE, 0xFF], 1)[0];
        return Replaced(reply, random.Next(reply.Packets.Length), payload, "random");
    }

    private static Damage Shorten(Reply reply, IReadOnlyList<Reply> conversation, Random random)
    {
        int at = random.Next(reply.Packets.Length);
        byte[] payload = reply.Packets[at];
        return Replaced(reply, at, payload[..random.Next(payload.Length)], "shortened");
    }

    private static Damage Lengthen(Reply reply, IReadOnlyList<Reply> conversation, Random random)
    {
        int at = random.Next(reply.Packets.Length);
        byte[] more = new byte[random.Next(1, 40)];
        if (random.Next(2) == 0) random.NextBytes(more);
        return Replaced(reply, at, [.. reply.Packets[at], .. more], "lengthened");
    }

    /// <summary>A length within a packet that no packet can have, where there may have been one.</summary>
    private static Damage AbsurdLength(Reply reply, IReadOnlyList<Reply> conversation, Random random)
    {
        byte[][] lengths =
        [
            [0xFC, 0xFF, 0xFF], [0xFD, 0xFF, 0xFF, 0xFF], [0xFE, 0xFF, 0xFF, 0xFF, 0x7F, 0, 0, 0, 0],
            [0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0], [0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0xFE, 0, 0, 0, 0x80, 0, 0, 0, 0], [0xFA], [0xFB],
        ];
        int at = random.Next(reply.Packets.Length);
        byte[] payload = reply.Packets[at];
        int place = random.Next(payload.Length);
        byte[] length = lengths[random.Next(lengths.Length)];
        return Replaced(reply, at, [.. payload[..place], .. length, .. payload[(place + 1)..]], $"an absurd length at byte {place}");
    }

    private static Damage Append(Reply reply, IReadOnlyList<Reply> conversation, Random random)
    {
        Reply more = random.Next(2) == 0
            ? conversation[random.Next(conversation.Count)]
            : new Reply((byte)random.Next(3), [[0, 0, 0, 2, 0, 0, 0]]);
        return new($"{more.Packets.Length} packets of another reply behind it", [.. reply.ToBytes(), .. more.ToBytes()], BehindThe(reply))
        {
            ShiftsAnswers = reply.IsPipelined,
        };
    }

    private static Damage AnotherReply(Reply reply, IReadOnlyList<Reply> conversation, Random random)
    {
        Reply other = conversation[random.Next(conversation.Count)] with { FirstSequence = reply.FirstSequence };
        return new("another reply", other.ToBytes(), Verdict.Anything);
    }

    /// <summary>Frames that make one packet of gigabytes, of which only the first bytes come.</summary>
    private static Damage Oversized(Reply reply, IReadOnlyList<Reply> conversation, Random random)
    {
        byte[] bytes = new byte[random.Next(4, 100_000)];
        random.NextBytes(bytes);
        bytes.AsSpan(0, 3).Fill(0xFF);
        bytes[3] = reply.FirstSequence;
        return new("16 MB announced", bytes, Verdict.MustFail);
    }

    private static Damage Replaced(Reply reply, int at, byte[] payload, string how)
    {
        byte[][] packets = [.. reply.Packets];
        packets[at] = payload;
        return new($"packet {at} of {packets.Length} {how}", (reply with { Packets = packets }).ToBytes(), Verdict.Anything);
    }

    private static Verdict BehindThe(Reply reply) => reply.IsPipelined ? Verdict.Anything : Verdict.RightOrFail;
}
