using System.Globalization;
using System.Net;
using FooBar.LoadBalancer.Tests.Strictness.Http2;
using FooBar.LoadBalancer.Tests.Strictness.Wire;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;

namespace FooBar.LoadBalancer.Tests.Strictness.Answers;

/// <summary>
/// Backends that break off, lie and go on: the client is told, or sees that the answer is not whole, and no byte of an answer reaches another
/// request's client.
/// </summary>
public sealed class HostileAnswerTests
{
    private const string Path = "/hostile";

    private static CancellationToken Token => Eventually.Limit;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task EveryAnswer_IsWholeOrSeenToBeBroken(bool http2) => PlayAsync(HostileAnswers.All, http2);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task EverySilence_EndsWithTheTimeFor(bool http2) => PlayAsync(HostileAnswers.Silent, http2, "Forwarding:ActivityTimeout=00:00:00.5");

    /// <summary>Half of the answers have something behind them; whoever asks meanwhile gets an answer of its own, or a failure.</summary>
    [Fact]
    public async Task NoAnswer_ReachesAnotherRequestsClient()
    {
        using TestCertificates certificates = new();
        await using RawBackend backend = RawBackend.Start(certificates.Issue("127.0.0.1"));
        await using TestGateway gateway = await TestGateway.StartAsync(certificates, [("web-1", backend.Url)], "Health:Interval=00:01:00");
        int number = 0;
        backend.Handler = (request, exchange) =>
        {
            int turn = Interlocked.Increment(ref number);
            return turn % 2 == 0
                ? exchange.WriteAsync(RawBackend.Answer(request))
                : exchange.WriteAsync($"{RawBackend.Answer(request)}HTTP/1.1 200 OK\r\nX-Answer-To: stray {turn}\r\nContent-Length: 5\r\n\r\nstray");
        };

        await Task.WhenAll(Enumerable.Range(0, 8).Select(async worker =>
        {
            await using RawClient client = await RawClient.ConnectAsync(gateway.HttpsPort, certificates.Authority, "localhost", http2: false, Token);
            for (int i = 0; i < 50; i++)
            {
                string target = string.Create(CultureInfo.InvariantCulture, $"/{worker}/{i}");
                await client.SendAsync($"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n", Token);
                WireAnswer? answer = await client.ReadAsync(toHead: false, Token);
                Assert.Equal((200, $"GET {target}", $"GET {target}"), (answer!.Status, answer["X-Answer-To"], answer.Text));
            }
        }));

        Assert.Empty(backend.Faults);
    }

    /// <summary>What stands behind an answer's chunks reaches a client whose protocol has a place for it, but for what only a head may say.</summary>
    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task Trailers_OfAnAnswer_ReachTheirClient(string method)
    {
        using TestCertificates certificates = new();
        await using RawBackend backend = RawBackend.Start(certificates.Issue("127.0.0.1"));
        await using TestGateway gateway = await TestGateway.StartAsync(certificates, [("web-1", backend.Url)], "Health:Interval=00:01:00");
        backend.Handler = (request, exchange) => exchange.WriteAsync(request.IsHealthCheck
            ? RawBackend.Answer(request)
            : "HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: abc\r\nSet-Cookie: a=b\r\nContent-Length: 50\r\n\r\n");
        using HttpClient client = gateway.Client(HttpVersion.Version20);
        using HttpRequestMessage request = new(new HttpMethod(method), "/") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Content = method == "POST" ? new StringContent("hello") : null;

        using HttpResponseMessage response = await client.SendAsync(request, Token);

        Assert.Equal("hello", await response.Content.ReadAsStringAsync(Token));
        Assert.Equal("X-Sum", response.Headers.Trailer.ToString());
        Assert.Equal([("x-sum", "abc")], response.TrailingHeaders.Select(trailer => (trailer.Key, trailer.Value.Single())));
    }

    private static async Task PlayAsync(IReadOnlyList<HostileAnswer> answers, bool http2, params string[] settings)
    {
        using TestCertificates certificates = new();
        await using RawBackend backend = RawBackend.Start(certificates.Issue("127.0.0.1"));
        await using TestGateway gateway = await TestGateway.StartAsync(certificates, [("web-1", backend.Url)], ["Health:Interval=00:01:00", .. settings]);
        AccessLogIndex log = new(gateway);
        List<string> failures = [];
        foreach (HostileAnswer play in answers)
        {
            int logged = gateway.Log.Length;
            bool mine(SeenRequest request) => request.Line.EndsWith(Path, StringComparison.Ordinal);
            backend.Handler = (request, exchange) => mine(request) && !play.IsEarly ? play.Play(request, exchange) : exchange.WriteAsync(RawBackend.Answer(request));
            backend.OnHead = (request, exchange) => mine(request) && play.IsEarly ? play.Play(request, exchange) : Task.CompletedTask;
            try
            {
                WireAnswer? answer = http2
                    ? await AskHttp2Async(gateway, certificates, play)
                    : await AskHttp1Async(gateway, certificates, play);
                await CheckAsync(play, answer, log);
                await CheckOthersAsync(gateway, certificates);
            }
            catch (Exception exception) when (exception is WireException or OperationCanceledException or Xunit.Sdk.XunitException)
            {
                failures.Add($"{play.Name}: {exception.Message}\n{gateway.Log[logged..]}");
            }
        }

        Assert.True(failures.Count == 0, $"{failures.Count} of {answers.Count}:\n{string.Join("\n", failures)}");
    }

    /// <summary>The answer; null if it is visibly not whole.</summary>
    private static async Task<WireAnswer?> AskHttp1Async(TestGateway gateway, TestCertificates certificates, HostileAnswer play)
    {
        await using RawClient client = await RawClient.ConnectAsync(gateway.HttpsPort, certificates.Authority, "localhost", http2: false, Token);

        // What goes on as it comes: a small body would be waited for.
        string length = play.Method != "POST" ? "" : play.IsEarly ? "Content-Length: 100000\r\n" : "Content-Length: 5\r\n";
        await client.SendAsync($"{play.Method} {Path} HTTP/1.1\r\nHost: localhost\r\n{length}\r\n{(length.Length > 0 && !play.IsEarly ? "hello" : "")}", Token);
        try
        {
            return await client.ReadAsync(play.Method == "HEAD", Token);
        }
        catch (WireException exception) when (exception.Message.StartsWith("ends within", StringComparison.Ordinal))
        {
            return null;
        }
    }

    private static async Task<WireAnswer?> AskHttp2Async(TestGateway gateway, TestCertificates certificates, HostileAnswer play)
    {
        await using Http2Client client = await Http2Client.ConnectAsync(gateway.HttpsPort, certificates.Authority, "localhost", Token);
        (string, string)[] fields = Http2Case.Usual(play.Method, Path);
        Frame[] frames = play.Method != "POST"
            ? [Http2Case.Head(1, endStream: true, fields)]
            : play.IsEarly
                ? [Http2Case.Head(1, endStream: false, fields)]
                : [Http2Case.Head(1, endStream: false, fields), Http2Case.Data("hello", endStream: true)];
        await client.SendAsync(frames, Token);
        StreamEnd end = await client.ReadAsync(1, Token);
        Ledger.Require(end.GoAway is null && (end.Answer is not null || end.Reset is not null), $"the stream ended as {end}");
        return end.Answer;
    }

    private static async Task CheckAsync(HostileAnswer play, WireAnswer? answer, AccessLogIndex log)
    {
        string seen = answer is null ? "broken" : $"{answer.Status} '{WireReader.Visible(answer.Text)}'";
        Ledger.Require(
            play.Seen switch
            {
                Seen.Whole => answer?.Status == play.Status && answer.Text == play.Body,
                Seen.BadGateway => answer?.Status == 502,
                Seen.Broken => answer is null or { Status: 502 },
                Seen.TimedOut => answer?.Status == 504,
                Seen.Stalled => answer is null or { Status: 504 },
                _ => false,
            },
            $"the client sees {seen}");
        if (answer is null)
            return;

        string id = answer["X-Request-Id"] ?? throw new WireException("an answer without an id");
        string end = AccessLogIndex.Text(await log.LineAsync(id), "end");
        bool fits = end == "completed" ? play.Seen == Seen.Whole : end.StartsWith("backend-", StringComparison.Ordinal) && play.Seen != Seen.Whole;
        Ledger.Require(fits, $"the log says '{end}'");
        foreach (string name in play.Without.Where(name => play.Seen == Seen.Whole && WireReader.Values(answer.Headers, name).Length > 0))
            throw new WireException($"{name} reached the client");
    }

    /// <summary>What others ask next is answered for itself.</summary>
    private static async Task CheckOthersAsync(TestGateway gateway, TestCertificates certificates)
    {
        await using RawClient client = await RawClient.ConnectAsync(gateway.HttpsPort, certificates.Authority, "localhost", http2: false, Token);
        for (int i = 0; i < 3; i++)
        {
            string target = $"/other/{Guid.NewGuid():N}";
            await client.SendAsync($"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n", Token);
            WireAnswer? answer = await client.ReadAsync(toHead: false, Token);
            Ledger.Require(answer?.Text == $"GET {target}", $"another request is answered with {answer?.Status} '{answer?.Text}'");
        }
    }
}
