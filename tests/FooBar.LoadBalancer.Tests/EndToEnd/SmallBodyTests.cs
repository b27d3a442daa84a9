using System.Globalization;
using System.Net.Security;
using System.Text;
using System.Text.Json;
using FooBar.LoadBalancer.Tests.Http2;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;
using Microsoft.AspNetCore.Http;

namespace FooBar.LoadBalancer.Tests.EndToEnd;

/// <summary>A small body is waited for at the edge: until it is whole, no backend hears of its request.</summary>
public sealed class SmallBodyTests : IAsyncDisposable
{
    private const int Small = 64 * 1024;

    private readonly TestCertificates _certificates = new();
    private TestBackend? _backend;
    private TestGateway? _gateway;

    private static CancellationToken Token => Eventually.Limit;

    private TestGateway Gateway => _gateway!;

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await _backend!.DisposeAsync();
        _certificates.Dispose();
    }

    [Theory]
    [InlineData(2)]
    [InlineData(Small)]
    public async Task SmallBody_ThatIsStillOnItsWay_KeepsNoBackend(int length)
    {
        await StartAsync();
        await using TlsClient client = await BeginAsync(length);
        await Eventually.TrueAsync(() => Gateway.Occupancy.Requests == 1, () => "the request has not begun");

        using HttpClient visitor = Gateway.Client();
        Assert.Equal("0", await visitor.GetStringAsync("/", Token));
        await Eventually.TrueAsync(() => Gateway.Pool.All.Single().InFlight == 0, () => "a place is kept");
        Assert.Equal(1, _backend!.Requests);

        await client.Stream.WriteAsync(new byte[length - (length / 2)], Token);
        Assert.EndsWith(length.ToString(CultureInfo.InvariantCulture), await AnswerAsync(client), StringComparison.Ordinal);
        Assert.Equal(2, _backend.Requests);
    }

    /// <summary>One that is not small, or whose length is not known, goes on as it comes.</summary>
    [Theory]
    [InlineData("Content-Length: 65537")]
    [InlineData("Transfer-Encoding: chunked")]
    public async Task OtherBody_GoesOnAsItComes(string framing)
    {
        await StartAsync();
        await using TlsClient client = await BeginAsync(framing, "1\r\na\r\n");

        await Eventually.TrueAsync(() => _backend!.Requests == 1, () => "the backend has not heard of it");
        Assert.Equal(1, Gateway.Pool.All.Single().InFlight);
    }

    /// <summary>The server sees the end of the connection, or of the body: whichever it sees first is what the log says.</summary>
    [Fact]
    public async Task SmallBody_ThatEndsTooSoon_GoesNowhere()
    {
        await StartAsync();
        await using (await BeginAsync(1000))
            await Eventually.TrueAsync(() => Gateway.Occupancy.Requests == 1, () => "the request has not begun");

        JsonElement entry = await Gateway.AccessLogAsync("/post");
        Assert.Contains(entry.GetProperty("end").GetString(), (string[])["refused", "client-aborted-request"]);
        Assert.Equal(0, entry.GetProperty("tries").GetInt32());
        Assert.Equal(0, _backend!.Requests);
        await Gateway.IdleAsync();
    }

    /// <summary>Over HTTP/2 there is no doubt who has ended it; what a client gives up is counted against it.</summary>
    [Fact]
    public async Task SmallBody_ThatIsGivenUp_IsTheClientsDoing()
    {
        const int Count = 40;
        await StartAsync();
        await using RawHttp2Client client = await RawHttp2Client.ConnectAsync(Gateway.HttpsPort, _certificates.Authority);
        for (int stream = 1; stream < 2 * Count; stream += 2)
        {
            await client.SendAsync(new Http2Frames().Post(stream, "/post", ("content-length", "1000")).Add(FrameType.Data, 0, stream, new byte[500]));
            await Eventually.TrueAsync(() => Gateway.Occupancy.Requests == 1, () => "the request has not begun");
            await client.SendAsync(new Http2Frames().ResetStream(stream));
            await Eventually.TrueAsync(() => Gateway.Occupancy.Requests == 0, () => "the request has not ended");
        }

        await Eventually.TrueAsync(() => Ends().Length == Count, () => $"{Ends().Length} lines");
        Assert.All(Ends(), end => Assert.Equal("client-aborted-request", end));
        Assert.Equal(0, _backend!.Requests);

        string?[] Ends() => [.. Gateway.AccessLogLines.Select(line => JsonSerializer.Deserialize<JsonElement>(line))
            .Where(line => line.GetProperty("log").GetString() == "access").Select(line => line.GetProperty("end").GetString())];
    }

    /// <summary>Nothing to wait for, though the stream is open.</summary>
    [Fact]
    public async Task Body_OfNoLength_IsWhole()
    {
        await StartAsync();
        await using RawHttp2Client client = await RawHttp2Client.ConnectAsync(Gateway.HttpsPort, _certificates.Authority);

        await client.SendAsync(new Http2Frames().Post(1, "/post", ("content-length", "0")).Add(FrameType.Data, Http2Frames.EndStream, 1, []));

        await Eventually.TrueAsync(() => client.Ended == 1, () => "no answer");
        Assert.Equal(1, _backend!.Requests);
    }

    [Fact]
    public async Task Client_IsToldToGoOn_BeforeABackendIsAsked()
    {
        await StartAsync();
        await using TlsClient client = await BeginAsync("Content-Length: 4\r\nExpect: 100-continue", "");
        byte[] told = new byte["HTTP/1.1 100 Continue\r\n\r\n".Length];
        await client.Stream.ReadExactlyAsync(told, Token);
        Assert.Equal(("HTTP/1.1 100 Continue\r\n\r\n", 0), (Encoding.ASCII.GetString(told), _backend!.Requests));

        await client.Stream.WriteAsync("1234"u8.ToArray(), Token);

        Assert.EndsWith("4", await AnswerAsync(client), StringComparison.Ordinal);
    }

    private async Task StartAsync()
    {
        _backend = await TestBackend.StartAsync("web-1", _certificates.Issue("127.0.0.1"));
        _backend.Handler = async context =>
        {
            using MemoryStream body = new();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            string length = body.Length.ToString(CultureInfo.InvariantCulture);
            context.Response.ContentLength = length.Length;
            await context.Response.WriteAsync(length, context.RequestAborted);
        };
        _gateway = await TestGateway.StartAsync(_certificates, [_backend]);
        await Gateway.AvailableAsync("web-1");
    }

    private Task<TlsClient> BeginAsync(int length) =>
        BeginAsync(string.Create(CultureInfo.InvariantCulture, $"Content-Length: {length}"), new string('a', length / 2));

    private async Task<TlsClient> BeginAsync(string head, string body)
    {
        SslClientAuthenticationOptions options = TestGateway.Trusting(_certificates.Authority);
        options.TargetHost = "localhost";
        TlsClient client = await TlsClient.ConnectAsync(Gateway.HttpsPort, options, Token);
        await client.Stream.WriteAsync(Encoding.ASCII.GetBytes($"POST /post HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{head}\r\n\r\n{body}"), Token);
        return client;
    }

    private static async Task<string> AnswerAsync(TlsClient client)
    {
        using StreamReader answer = new(client.Stream, leaveOpen: true);
        return await answer.ReadToEndAsync(Token);
    }
}
