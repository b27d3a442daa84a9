using FooBar.LoadBalancer.Tests.Strictness.Wire;

namespace FooBar.LoadBalancer.Tests.Strictness.Answers;

/// <summary>Answers of a backend that is broken, or somebody else's.</summary>
internal static class HostileAnswers
{
    private const string Ok = "HTTP/1.1 200 OK\r\n";
    private const string Hello = "Content-Length: 5\r\n\r\nhello";
    private const string Chunked = $"{Ok}Transfer-Encoding: chunked\r\n\r\n";

    /// <summary>The answer to a request that nobody made. A client that sees it has been given another's.</summary>
    private const string Stray = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Answer-To: stray\r\n\r\nstray";

    public static IReadOnlyList<HostileAnswer> All { get; } =
    [
        // None.
        new("ends the connection without a word", (_, to) => to.CloseAsync(), Seen.BadGateway),
        new("is cut without a word", (_, to) => Cut(to, ""), Seen.BadGateway),
        new("resets the connection", (_, to) => Reset(to, ""), Seen.BadGateway),
        new("resets the connection of a POST", (_, to) => Reset(to, ""), Seen.BadGateway) { Method = "POST" },
        new("ends within the status line", (_, to) => Closes(to, "HTTP/1.1 20"), Seen.BadGateway),
        new("ends within the head", (_, to) => Closes(to, $"{Ok}Content-Le"), Seen.BadGateway),
        new("ends after the head's last header", (_, to) => Closes(to, $"{Ok}Content-Length: 5\r\n"), Seen.BadGateway),
        new("resets within the head", (_, to) => Reset(to, $"{Ok}Content-Le"), Seen.BadGateway),

        // Status lines.
        .. Bad(
            "status line: ", "",
            "hello", "\r\n\r\nhello", "HTTP/0.9 200 OK\r\n" + Hello, "HTTP/1.2 200 OK\r\n" + Hello, "HTTP/2 200 OK\r\n" + Hello, "HTTP/2.0 200 OK\r\n" + Hello, "ICY 200 OK\r\n" + Hello,
            "http/1.1 200 OK\r\n" + Hello, "HTTP/1.1 20 OK\r\n" + Hello, "HTTP/1.1 2000 OK\r\n" + Hello, "HTTP/1.1 2x0 OK\r\n" + Hello, "HTTP/1.1 -20 OK\r\n" + Hello,
            "HTTP/1.1 000 OK\r\n" + Hello, "HTTP/1.1 099 OK\r\n" + Hello, "HTTP/1.1 600 OK\r\n" + Hello, "HTTP/1.1 999 OK\r\n" + Hello, "HTTP/1.1  200 OK\r\n" + Hello,
            "HTTP/1.1\t200 OK\r\n" + Hello, "HTTP/1.1 200OK\r\n" + Hello, "HTTP/1.1 200 O\0K\r\n" + Hello, "HTTP/1.1 200 OK\n" + Hello, " HTTP/1.1 200 OK\r\n" + Hello,
            "\x16\x03\x01\x02\0", "SSH-2.0-OpenSSH_9.2\r\n\r\n", "220 ready\r\n\r\n", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),

        // Headers.
        .. Bad(
            "header: ", Ok,
            "X-A: b\n" + Hello, "X-A: b\rX-C: d\r\n" + Hello, "X-A: b\0\r\n" + Hello, "X-A: b\x01\r\n" + Hello, "X-A: b\x7f\r\n" + Hello, "X-A: b\r\n c\r\n" + Hello, "X-A: b\r\n\tc\r\n" + Hello,
            " X-A: b\r\n" + Hello, "X A: b\r\n" + Hello, "X-A : b\r\n" + Hello, ": b\r\n" + Hello, "X-A\r\n" + Hello, "X-\xe4: b\r\n" + Hello, "X\0A: b\r\n" + Hello, "X(A): b\r\n" + Hello),
        new("header: lines that end with a line feed alone", (_, to) => Says(to, "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello"), Seen.BadGateway),
        new("header: one of a megabyte", (_, to) => Says(to, $"{Ok}X-A: {new string('a', 1024 * 1024)}\r\n{Hello}"), Seen.BadGateway),
        new("header: one without an end", (_, to) => Closes(to, $"{Ok}X-A: {new string('a', 1024 * 1024)}"), Seen.BadGateway),
        new("header: a thousand", (_, to) => Says(to, $"{Ok}{string.Concat(Enumerable.Repeat("X-A: b\r\n", 1000))}{Hello}"), Seen.BadGateway),

        // Lengths.
        .. Bad(
            "length: ", "",
            Ok + "\r\nhello", Ok + "Connection: close\r\n\r\nhello", "HTTP/1.0 200 OK\r\n\r\nhello", Ok + "Transfer-Encoding: chunked\r\n" + Hello, Ok + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            Ok + "Content-Length: 5\r\n" + Hello, Ok + "Content-Length: 0\r\n" + Hello, Ok + "Content-Length: 5, 5\r\n\r\nhello", Ok + "Content-Length: +5\r\n\r\nhello",
            Ok + "Content-Length: -5\r\n\r\nhello", Ok + "Content-Length: 0x5\r\n\r\nhello", Ok + "Content-Length:\r\n\r\nhello", Ok + "Content-Length: 5 5\r\n\r\nhello",
            Ok + "Content-Length: 99999999999999999999\r\n\r\nhello", Ok + "Transfer-Encoding: gzip\r\n\r\nhello", Ok + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            Ok + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", Ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            Ok + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", Ok + "Transfer-Encoding:\r\n\r\n0\r\n\r\n"),

        // Bodies that are not what was said.
        new("body: less than said", (_, to) => Closes(to, $"{Ok}Content-Length: 10\r\n\r\nhello"), Seen.BadGateway),
        new("body: less than said, and cut", (_, to) => Cut(to, $"{Ok}Content-Length: 10\r\n\r\nhello"), Seen.BadGateway),
        new("body: less than said, and reset", (_, to) => Reset(to, $"{Ok}Content-Length: 10\r\n\r\nhello"), Seen.BadGateway),
        new("body: less than said, of a large one", (_, to) => Closes(to, $"{Ok}Content-Length: 200000\r\n\r\n{new string('a', 100_000)}"), Seen.Broken),
        new("body: the longest length there is", (_, to) => Closes(to, $"{Ok}Content-Length: 999999999999999999\r\n\r\nhello"), Seen.Broken),
        new("body: more than said", (_, to) => Says(to, $"{Ok}Content-Length: 5\r\n\r\nhello, world"), Seen.Whole),
        new("body: another answer behind it", (_, to) => Says(to, $"{Ok}{Hello}{Stray}"), Seen.Whole),
        new("body: another answer behind it, later", async (_, to) =>
        {
            await to.WriteAsync($"{Ok}{Hello}");
            await to.WriteAsync(Stray);
        }, Seen.Whole),
        new("body: another answer behind the chunks", (_, to) => Says(to, $"{Chunked}5\r\nhello\r\n0\r\n\r\n{Stray}"), Seen.Whole),
        new("body: some to HEAD", (_, to) => Says(to, $"{Ok}{Hello}{Stray}"), Seen.Whole) { Method = "HEAD", Body = "" },
        new("body: some with 204", (_, to) => Says(to, $"HTTP/1.1 204 No Content\r\n{Hello}{Stray}"), Seen.Whole) { Status = 204, Body = "" },
        new("body: chunks with 204", (_, to) => Says(to, $"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n{Stray}"), Seen.Whole) { Status = 204, Body = "" },
        new("body: some with 304", (_, to) => Says(to, $"HTTP/1.1 304 Not Modified\r\n{Hello}{Stray}"), Seen.Whole) { Status = 304, Body = "" },
        new("body: some with 205", (_, to) => Says(to, $"HTTP/1.1 205 Reset Content\r\n{Hello}"), Seen.BadGateway),

        // Chunks.
        .. Broken(
            "chunks: ",
            "5\r\nhello\r\n", "5\r\nhel", "5\r\nhello\r\n0\r\n", "5\r\nhello\r\n0", "5", "", "g\r\nhello\r\n0\r\n\r\n", "5\r\nhelloXX0\r\n\r\n", "5\nhello\n0\n\n", "-5\r\nhello\r\n0\r\n\r\n",
            "0x5\r\nhello\r\n0\r\n\r\n", " 5\r\nhello\r\n0\r\n\r\n", "FFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n", "5;a\nb\r\nhello\r\n0\r\n\r\n", "5\r\nhello\r\n0\r\nX : y\r\n\r\n", "5\r\nhello\r\n0\r\nX: y\n\r\n",
            "5\r\nhello\r\n0\r\nX: y\r\n z\r\n\r\n", "6\r\nhello\r\n0\r\n\r\n", "4\r\nhello\r\n0\r\n\r\n"),
        new("chunks: a trailer without an end", (_, to) => Closes(to, $"{Chunked}5\r\nhello\r\n0\r\nX: {new string('a', 1024 * 1024)}"), Seen.Broken),
        new("chunks: an extension without an end", (_, to) => Closes(to, $"{Chunked}5;{new string('a', 1024 * 1024)}"), Seen.Broken),
        new("chunks: in order, with an extension and trailers", (_, to) => Says(to, $"{Chunked}5;a=b\r\nhello\r\n0\r\nX-A: b\r\nContent-Length: 50\r\nSet-Cookie: a=b\r\n\r\n"), Seen.Whole)
            { Without = ["Set-Cookie"] },

        // Informational answers.
        new("1xx: 100 that nobody asked for", (_, to) => Says(to, $"HTTP/1.1 100 Continue\r\n\r\n{Ok}{Hello}"), Seen.Whole),
        new("1xx: 103 before the answer", (_, to) => Says(to, $"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n{Ok}{Hello}"), Seen.Whole) { Without = ["Link"] },
        new("1xx: a flood", (_, to) => Says(to, $"{string.Concat(Enumerable.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 10_000))}{Ok}{Hello}"), Seen.BadGateway),
        new("1xx: then nothing", (_, to) => Closes(to, "HTTP/1.1 103 Early Hints\r\n\r\n"), Seen.BadGateway),
        new("1xx: 101 that nobody asked for", (_, to) => Says(to, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"), Seen.BadGateway),
        new("1xx: 199 with a length", (_, to) => Closes(to, $"HTTP/1.1 199 X\r\n{Hello}"), Seen.BadGateway),

        // Headers of the connection.
        new("hop: what Connection names", (_, to) => Says(to, $"{Ok}Connection: X-A, keep-alive\r\nX-A: b\r\nKeep-Alive: timeout=5\r\nProxy-Authenticate: x\r\nUpgrade: h2c\r\n{Hello}"), Seen.Whole)
            { Without = ["X-A", "Keep-Alive", "Proxy-Authenticate", "Upgrade"] },
        new("hop: another request's id", (_, to) => Says(to, $"{Ok}X-Request-Id: stray\r\n{Hello}"), Seen.Whole),
        new("answers HTTP/1.0", (_, to) => Says(to, $"HTTP/1.0 200 OK\r\n{Hello}"), Seen.Whole),

        // Before the request is there.
        new("early: refuses an upload that has not come", (_, to) => Says(to, $"HTTP/1.1 403 Forbidden\r\n{Hello}"), Seen.Whole) { Method = "POST", Status = 403, IsEarly = true },
        new("early: refuses it and ends the connection", (_, to) => Closes(to, $"HTTP/1.1 403 Forbidden\r\nConnection: close\r\n{Hello}"), Seen.Whole) { Method = "POST", Status = 403, IsEarly = true },
        new("early: ends the connection without a word", (_, to) => to.CloseAsync(), Seen.BadGateway) { Method = "POST", IsEarly = true },
        new("early: resets the connection", (_, to) => Reset(to, ""), Seen.BadGateway) { Method = "POST", IsEarly = true },
    ];

    /// <summary>Those that only a time-out ends.</summary>
    public static IReadOnlyList<HostileAnswer> Silent { get; } =
    [
        new("never answers", (_, _) => Task.CompletedTask, Seen.TimedOut),
        new("never answers a POST", (_, _) => Task.CompletedTask, Seen.TimedOut) { Method = "POST" },
        new("stops within the head", (_, to) => Says(to, $"{Ok}Content-Le"), Seen.TimedOut),
        new("stops after a 1xx", (_, to) => Says(to, "HTTP/1.1 103 Early Hints\r\n\r\n"), Seen.TimedOut),
        new("stops within a small body", (_, to) => Says(to, $"{Ok}Content-Length: 10\r\n\r\nhello"), Seen.TimedOut),
        new("stops within a large body", (_, to) => Says(to, $"{Ok}Content-Length: 200000\r\n\r\n{new string('a', 100_000)}"), Seen.Stalled),
        new("stops within the chunks", (_, to) => Says(to, $"{Chunked}5\r\nhello\r\n"), Seen.Stalled),
        new("stops before the last line", (_, to) => Says(to, $"{Chunked}5\r\nhello\r\n0\r\n"), Seen.Stalled),
        new("trickles a head without an end", (_, to) => TrickleAsync(to, $"{Ok}X-A: ", "a"), Seen.TimedOut),
        new("trickles 1xx without an end", (_, to) => TrickleAsync(to, "", "HTTP/1.1 103 Early Hints\r\n\r\n"), Seen.TimedOut),
    ];

    private static IEnumerable<HostileAnswer> Bad(string kind, string before, params string[] answers) => answers.Select(answer => new HostileAnswer(
        kind + WireReader.Visible(answer.Length > 60 ? answer[..60] + answer.Length : answer), (_, to) => Closes(to, before + answer), Seen.BadGateway));

    private static IEnumerable<HostileAnswer> Broken(string kind, params string[] bodies) => bodies.Select(body => new HostileAnswer(
        kind + WireReader.Visible(body), (_, to) => Closes(to, Chunked + body), Seen.Broken));

    private static Task Says(RawExchange to, string bytes) => to.WriteAsync(bytes);

    private static async Task Closes(RawExchange to, string bytes)
    {
        await to.WriteAsync(bytes);
        await to.CloseAsync();
    }

    private static async Task Cut(RawExchange to, string bytes)
    {
        await to.WriteAsync(bytes);
        to.Cut();
    }

    private static async Task Reset(RawExchange to, string bytes)
    {
        await to.WriteAsync(bytes);
        to.Reset();
    }

    /// <summary>A piece every 50 ms, as long as the gateway listens.</summary>
    private static async Task TrickleAsync(RawExchange to, string begin, string piece)
    {
        await to.WriteAsync(begin);
        while (true)
        {
            await to.WriteAsync(piece);
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, to.Stop);
        }
    }
}
