using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using FooBar.MySql.Protocol;

namespace FooBar.MySql.Tests.Fuzz;

/// <summary>How the server of a conversation lets its client in.</summary>
internal enum LogIn
{
    /// <summary>OK at once, as for an account without a password.</summary>
    AtOnce,

    /// <summary>The proof is found in the cache: more data, then OK.</summary>
    Fast,

    /// <summary>A switch to the same plugin with another nonce, then as <see cref="Fast"/>.</summary>
    Switch,

    /// <summary>The password itself is wanted: for TLS.</summary>
    Full,
}

/// <summary>Packets that answer one packet of the client's.</summary>
/// <param name="FirstSequence">The number of the first.</param>
/// <param name="Packets">Their payloads.</param>
/// <param name="IsPipelined">
/// The client's next command had come by then: what is sent too much behind this reply is an answer to that one, and cannot be told from it.
/// </param>
internal sealed record Reply(byte FirstSequence, byte[][] Packets, bool IsPipelined = false)
{
    public byte[][] ToFrames() => [.. Packets.Select((packet, index) => FakeServer.Frame(FirstSequence + index, packet))];

    public byte[] ToBytes() => Joined(ToFrames());

    /// <summary>One behind the other, copied whole: each reply of a hundred thousand conversations comes through here.</summary>
    public static byte[] Joined(byte[][] parts)
    {
        byte[] bytes = new byte[parts.Sum(part => part.Length)];
        int at = 0;
        foreach (byte[] part in parts)
        {
            part.CopyTo(bytes, at);
            at += part.Length;
        }

        return bytes;
    }
}

/// <summary>
/// One session of a server that does everything right. All that the fuzzing knows about the protocol is here: it goes by the command
/// bytes and by words in the statements, so that it does not care how the driver words, orders or pipelines what it sends.
/// </summary>
internal sealed partial class RightSession(LogIn logIn)
{
    private const ushort InTransaction = 0x0001;
    private const ushort AutoCommit = 0x0002;
    private const ushort MoreResults = 0x0008;
    private const ushort SessionStateChanged = 0x4000;

    private static readonly Dictionary<string, string> Variables = new()
    {
        ["character_set_client"] = "utf8mb4",
        ["character_set_results"] = "utf8mb4",
        ["character_set_connection"] = "utf8mb4",
        ["session_track_gtids"] = "OWN_GTID",
        ["max_allowed_packet"] = "67108864",
        ["autocommit"] = "1",
        ["transaction_isolation"] = "REPEATABLE-READ",
    };

    /// <summary>What can be asked for, by the word that a statement contains, in the text or the binary protocol; all else is echoed.</summary>
    private static readonly (byte[] Name, Func<bool, byte[][]> Packets)[] Answers =
    [
        Named("all_types", isBinary => Rows(
            isBinary, 0, Cell.EveryType, [.. Cell.EveryType.Select(cell => cell.AtItsLeast())], [.. Cell.EveryType.Select(cell => cell.AsNull())])),
        Named("large_rows", isBinary => Rows(
            isBinary, 0, [Cell.Integer(1), Cell.Large, Cell.Characters("behind"), Cell.Integer(2)], [Cell.Integer(3), Cell.Large.AtItsLeast(), Cell.Characters(""), Cell.Integer(4)])),
        Named("many_results", isBinary =>
        [
            .. Rows(isBinary, MoreResults, [Cell.Integer(1), Cell.Characters("a")], [Cell.Integer(2), Cell.Characters("b")]),
            .. Rows(isBinary, MoreResults, [Cell.Characters("second")]),
            Ok(AutoCommit | MoreResults, affected: 2),
            Ok(AutoCommit, affected: 1),
        ]),
        Named("tracked", _ => [Ok(AutoCommit | InTransaction, affected: 3, lastInsertId: 70_000, Change(2, [1, (byte)'1']))]),
        Named("late_error", isBinary => [.. Rows(isBinary, 0, [Cell.Integer(1)], [Cell.Integer(2)])[..^1], Error(1213, "Deadlock found")]),
        Named("deadlock", _ => [Error(1213, "Deadlock found")]),
        Named("START TRANSACTION", _ => [Ok(AutoCommit | InTransaction, changes: Change(5, "T_______"u8))]),
        Named("COMMIT", _ => [Ok(AutoCommit, changes: [.. Change(3, [0, .. Cell.LengthEncoded("3e11fa47-71ca-11e1-9e33-c80aa9429562:1-42"u8)]), .. Change(5, "________"u8)])]),
        Named("USE ", _ => [Ok(AutoCommit, changes: [.. Change(1, Cell.LengthEncoded("other"u8)), .. Change(2, [1, (byte)'1'])])]),
    ];

    private readonly Dictionary<uint, Func<bool, byte[][]>?> _statements = [];
    private uint _lastStatement;
    private int _logInSteps;
    private bool _isLoggedIn;

    public static Reply Greeting(bool withTls) => new(0, [FakeServer.Greeting(withTls)[4..]]);

    /// <summary>The reply to a packet of the client's; null for one that has none.</summary>
    public Reply? Answer(byte sequence, ReadOnlySpan<byte> payload, bool isPipelined)
    {
        if (!_isLoggedIn) return new Reply((byte)(sequence + 1), LetIn());

        byte[][]? packets = (CommandCode)payload[0] switch
        {
            CommandCode.Quit or CommandCode.StatementClose => null,
            CommandCode.Query => Query(payload[1..]),
            CommandCode.StatementPrepare => Prepare(payload[1..]),
            CommandCode.StatementExecute => Execute(payload[1..]),
            CommandCode.ResetConnection => Reset(),
            _ => [Ok(AutoCommit)],
        };
        return packets is null ? null : new Reply(1, packets, isPipelined);
    }

    private byte[][] LetIn()
    {
        byte[] fast = [1, 3];
        byte[][] packets = (logIn, _logInSteps++) switch
        {
            (LogIn.Fast, 0) or (LogIn.Switch, 1) => [fast, Ok(AutoCommit)],
            (LogIn.Switch, 0) => [[0xFE, .. "caching_sha2_password\0ABCDEFGHIJKLMNOPQRST\0"u8]],
            (LogIn.Full, 0) => [[1, 4]],
            _ => [Ok(AutoCommit)],
        };
        _isLoggedIn = packets[^1][0] == OkPacket.Header;
        return packets;
    }

    private static byte[][] Query(ReadOnlySpan<byte> text)
    {
        if (Find(text) is { } answer) return answer(false);
        if (text.IndexOf("@@"u8) < 0) return [Ok(AutoCommit)];

        Cell[] values = [.. Variable().Matches(Encoding.Latin1.GetString(text)).Select(match => Cell.Characters(Variables.GetValueOrDefault(match.Groups[1].Value, "")))];
        return Rows(false, 0, values);
    }

    private byte[][] Prepare(ReadOnlySpan<byte> text)
    {
        if (text.IndexOf("no_syntax"u8) >= 0) return [Error(1064, "You have an error in your SQL syntax")];

        Func<bool, byte[][]>? answer = Find(text);
        _statements[++_lastStatement] = answer;
        byte[][] columns = answer is null ? Echo(0) : answer(true);
        int columnCount = columns[0][0] is OkPacket.Header or ErrorPacket.Header ? 0 : columns[0][0];
        int parameters = text.Count((byte)'?');
        byte[] head = [0, 0, 0, 0, 0, (byte)columnCount, 0, (byte)parameters, 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(1), _lastStatement);
        return [head, .. Enumerable.Repeat(Cell.Characters("").Definition("?"), parameters), .. columns[1..(columnCount + 1)]];
    }

    private byte[][] Execute(ReadOnlySpan<byte> command)
    {
        if (!_statements.TryGetValue(BinaryPrimitives.ReadUInt32LittleEndian(command), out Func<bool, byte[][]>? answer))
        {
            return [Error(1243, "Unknown prepared statement handler")];
        }

        // The values come last, and that of an echo is one INT.
        return answer is null ? Echo(BinaryPrimitives.ReadInt32LittleEndian(command[^4..])) : answer(true);
    }

    private byte[][] Reset()
    {
        _statements.Clear();
        return [Ok(AutoCommit)];
    }

    private static Func<bool, byte[][]>? Find(ReadOnlySpan<byte> text)
    {
        foreach ((byte[] name, Func<bool, byte[][]> packets) in Answers)
        {
            if (text.IndexOf(name) >= 0) return packets;
        }

        return null;
    }

    private static byte[][] Echo(int value) => Rows(true, 0, [Cell.Integer(value)]);

    private static byte[][] Rows(bool isBinary, ushort status, params Cell[][] rows) =>
    [
        [(byte)rows[0].Length],
        .. rows[0].Select((cell, ordinal) => cell.Definition("c" + ordinal.ToString(CultureInfo.InvariantCulture))),
        .. rows.Select(row => isBinary ? Cell.BinaryRow(row) : Cell.TextRow(row)),
        [OkPacket.EndOfRowsHeader, .. Ok((ushort)(AutoCommit | status))[1..]],
    ];

    private static byte[] Ok(int status, byte affected = 0, int lastInsertId = 0, byte[]? changes = null)
    {
        if (changes is not null) status |= SessionStateChanged;
        return
        [
            0, affected, .. lastInsertId == 0 ? (byte[])[0] : [0xFD, (byte)lastInsertId, (byte)(lastInsertId >> 8), (byte)(lastInsertId >> 16)],
            (byte)status, (byte)(status >> 8), 0, 0, .. changes is null ? (byte[])[] : [0, .. Cell.LengthEncoded(changes)],
        ];
    }

    /// <summary>One change of the session's state, as it stands in an OK packet.</summary>
    private static byte[] Change(byte type, ReadOnlySpan<byte> data) => [type, .. Cell.LengthEncoded(data)];

    private static byte[] Error(int number, string message) =>
        [ErrorPacket.Header, (byte)number, (byte)(number >> 8), .. "#40001"u8, .. Encoding.ASCII.GetBytes(message)];

    private static (byte[] Name, Func<bool, byte[][]> Packets) Named(string name, Func<bool, byte[][]> answer)
    {
        byte[][] text = answer(false);
        byte[][] binary = answer(true);
        return (Encoding.ASCII.GetBytes(name), isBinary => isBinary ? binary : text);
    }

    [GeneratedRegex("@@(?:session[.]|global[.])?([a-z0-9_]+)", RegexOptions.IgnoreCase)]
    private static partial Regex Variable();
}
