using System.Text;
using FooBar.LoadBalancer.Upstream;

namespace FooBar.LoadBalancer.Tests.Upstream;

public sealed class ResponseHeadParserTests
{
    public static TheoryData<string, string> Accepted => new()
    {
        // head → status, length, chunked, keeps the connection
        { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "200 5 False True" },
        { "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", "200 0 False True" },
        { "HTTP/1.1 200\r\nContent-Length: 5\r\n\r\n", "200 5 False True" },
        { "HTTP/1.1 200 OK\r\ncontent-LENGTH:5\r\n\r\n", "200 5 False True" },
        { "HTTP/1.1 200 OK\r\nContent-Length: \t 5 \t\r\n\r\n", "200 5 False True" },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "200  True True" },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\nConnection: close\r\n\r\n", "200  True False" },
        { "HTTP/1.1 200 OK\r\nConnection: keep-alive, CLOSE\r\nContent-Length: 1\r\n\r\n", "200 1 False False" },
        { "HTTP/1.1 200 OK\r\nConnection: x, y\r\nContent-Length: 1\r\n\r\n", "200 1 False True" },
        { "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n", "200 1 False False" },
        { "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\n", "200 1 False True" },
        { "HTTP/1.1 204 No Content\r\n\r\n", "204  False True" },
        { "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n", "205 0 False True" },
        { "HTTP/1.1 304 Not Modified\r\nContent-Length: 77\r\n\r\n", "304 77 False True" },
        { "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", "103  False True" },
        { "HTTP/1.1 599 \xE4\r\nContent-Length: 999999999999999999\r\n\r\n", "599 999999999999999999 False True" },
    };

    [Theory]
    [MemberData(nameof(Accepted))]
    public void Head_ThatIsInOrder_IsRead(string head, string expected)
    {
        ResponseHead read = Parse(head);

        Assert.Equal(expected, FormattableString.Invariant($"{read.Status} {read.ContentLength} {read.IsChunked} {read.KeepsAlive}"));
    }

    public static TheoryData<string> Refused =>
    [
        // Its status line.
        "200 OK\r\nContent-Length: 5\r\n\r\n",
        "HTTP/2.0 200 OK\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.2 200 OK\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1  200 OK\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 20 OK\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 2000 OK\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 +20 OK\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 099 OK\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 600 OK\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 200 O\0K\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1\t200 OK\r\nContent-Length: 5\r\n\r\n",
        "\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",

        // Its lines.
        "HTTP/1.1 200 OK\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\nX: y\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\rz\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n z\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\0z\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\x7Fz\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX y\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n: y\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\n",
        "HTTP/1.1 200 OK\r\n Content-Length: 5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX\xE4: y\r\n\r\n",

        // Its body's end.
        "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
        "HTTP/1.0 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5 5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0x5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 9999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, identity\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 205 Reset Content\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 205 Reset Content\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n" + string.Concat(Enumerable.Repeat("X: y\r\n", 200)) + "\r\n",
    ];

    [Theory]
    [MemberData(nameof(Refused))]
    public void Head_ThatCouldBeReadInTwoWays_IsRefused(string head) => Assert.Throws<UpstreamProtocolException>(() => Parse(head));

    [Fact]
    public void Head_OfAnAnswerToHead_NeedsNoLength() => Assert.Equal(200, Parse("HTTP/1.1 200 OK\r\n\r\n", isHead: true).Status);

    [Fact]
    public void Fields_ComeInTheirOrder_WithEachByteAsOneCharacter()
    {
        ResponseHead head = Parse("HTTP/1.1 200 OK\r\nset-cookie: a=\xE4\r\nX-Own: \r\nSet-Cookie:b\r\nContent-Length: 0\r\n\r\n");

        Assert.Equal([new("Set-Cookie", "a=\xE4"), new("X-Own", ""), new("Set-Cookie", "b"), new("Content-Length", "0")], head.Fields);
    }

    [Fact]
    public void CommonNames_AreNotMadeAnew() => Assert.All(
        FieldNames.Common, name => Assert.Same(name, FieldNames.Of(Encoding.ASCII.GetBytes(name.ToLowerInvariant()))));

    public static TheoryData<string, long> Sizes => new() { { "0", 0 }, { "5", 5 }, { "fF", 255 }, { "00a", 10 }, { "7fffffffffffff", 0x7fffffffffffff }, { "5;a=b", 5 }, { "5 ;a", 5 }, { "5\t", 5 } };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void ChunkSize_IsRead(string line, long expected) => Assert.Equal(expected, ChunkSize.Parse(Encoding.Latin1.GetBytes(line)));

    [Theory]
    [InlineData("")]
    [InlineData(" 5")]
    [InlineData("0x5")]
    [InlineData("-5")]
    [InlineData("5g")]
    [InlineData(";a")]
    [InlineData("1234567890abcdef")]
    [InlineData("5;a\rb")]
    [InlineData("5\r")]
    [InlineData("5,6")]
    public void ChunkSize_ThatIsNone_IsRefused(string line) => Assert.Throws<UpstreamProtocolException>(() => ChunkSize.Parse(Encoding.Latin1.GetBytes(line)));

    private static ResponseHead Parse(string head, bool isHead = false) => ResponseHeadParser.Parse(Encoding.Latin1.GetBytes(head), isHead);
}
