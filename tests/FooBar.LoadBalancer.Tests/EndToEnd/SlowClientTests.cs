using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using FooBar.LoadBalancer.Tests.Http2;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;
using Microsoft.AspNetCore.Http;

namespace FooBar.LoadBalancer.Tests.EndToEnd;

/// <summary>Clients that send or read as slowly as they can: they are cut, and somebody who does neither notices nothing.</summary>
public sealed class SlowClientTests : IAsyncDisposable
{
    private const int Attackers = 200;

    private static readonly IPAddress Attacker = IPAddress.Parse("127.0.0.2");
    private static readonly byte[] Chunk = new byte[64 * 1024];

    private readonly TestCertificates _certificates = new();
    private long _written;
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

    /// <summary>Headers that never end: each is one more field, in time to look alive.</summary>
    [Fact]
    public async Task Headers_ThatNeverEnd_AreCutAtTheirTime()
    {
        await AttackAsync("GET / HTTP/1.1\r\nHost: localhost\r\n", "X-a: b\r\n", "408", "Limits:RequestHeadersTimeout=00:00:02");
        await SlowHttpTest.AttackAsync("headers", "-H", "-i", "3", "-x", "24");
    }

    /// <summary>A body that was announced whole and comes byte by byte.</summary>
    [Fact]
    public async Task Body_ThatComesByteByByte_IsCut()
    {
        await AttackAsync("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 8192\r\n\r\n", "a", "408", "Limits:RateGrace=00:00:02");
        await SlowHttpTest.AttackAsync("body", "-B", "-i", "3", "-s", "8192", "-x", "10");
    }

    /// <summary>A thousand ranges of one file, which overlap: the header is within its limits, so it is a request like any other.</summary>
    [Fact]
    public async Task Ranges_ThatOverlap_AreOneRequestLikeAnyOther()
    {
        await StartAsync();
        string ranges = string.Join(',', Enumerable.Range(1, 1000).Select(start => string.Create(CultureInfo.InvariantCulture, $"5-{start}")));
        Stream[] attackers = await ConnectAllAsync();

        await Task.WhenAll(attackers.Select(attacker => attacker.WriteAsync(
            Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nRange: bytes=0-,{ranges}\r\n\r\n"), Token).AsTask()));
        await VisitAsync(20);

        foreach (Stream attacker in attackers)
            Assert.StartsWith("HTTP/1.1 200 ", await ReadToEndAsync(attacker), StringComparison.Ordinal);
        await NothingIsLeftAsync();
        await SlowHttpTest.AttackAsync("range", "-R", "-a", "10", "-b", "3000");
    }

    /// <summary>A large answer that nobody reads.</summary>
    [Fact]
    public async Task Answer_ThatIsNotRead_IsCut()
    {
        await StartAsync("Forwarding:ActivityTimeout=00:00:02");
        Stream[] attackers = await ConnectAllAsync(receiveBuffer: 4096);

        foreach (Stream attacker in attackers)
            await attacker.WriteAsync("GET /1 HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray(), Token);
        await VisitAsync(20);

        await NothingIsLeftAsync();
        foreach (Stream attacker in attackers)
            await attacker.DisposeAsync();
        Assert.Contains("\"end\":\"client-aborted-response\"", string.Join('\n', Gateway.AccessLogLines), StringComparison.Ordinal);
        await SlowHttpTest.AttackAsync("read", "-X", "-n", "5", "-z", "32", "-w", "512", "-y", "1024");
    }

    /// <summary>What one client who does not read makes the gateway and its kernel hold; without a bound on the latter it is 4 MB more.</summary>
    [Fact]
    public async Task Answer_ThatIsNotRead_StaysWithTheBackend()
    {
        await StartAsync();
        Stream attacker = (await ConnectAllAsync(1, receiveBuffer: 4096))[0];
        await attacker.WriteAsync("GET /64 HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray(), Token);

        // It stands still when a second has brought nothing.
        long before = -1;
        while (before != Interlocked.Read(ref _written))
        {
            before = Interlocked.Read(ref _written);
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, Token);
        }

        Assert.InRange(before, 64 * 1024, 8 * 1024 * 1024);
        EvidenceLine.Print("slow read: taken from the backend for one client that does not read", $"{before / 1024} kB");
        await attacker.DisposeAsync();
        await NothingIsLeftAsync();
    }

    /// <summary>A page like most keeps no backend, though nobody reads it.</summary>
    [Fact]
    public async Task Answer_OfAPage_LeavesTheBackendThoughItIsNotRead()
    {
        await StartAsync();
        byte[] page = new byte[256 * 1024];
        ConcurrentDictionary<string, bool> connections = [];
        _backend!.Handler = context =>
        {
            connections[context.Connection.Id] = true;
            return context.Response.Body.WriteAsync(page, context.RequestAborted).AsTask();
        };
        Stream[] readers = await ConnectAllAsync(20, receiveBuffer: 4096);

        for (int asked = 1; asked <= readers.Length; asked++)
        {
            await readers[asked - 1].WriteAsync("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray(), Token);
            await Eventually.TrueAsync(() => Gateway.AccessLogLines.Count == asked, () => $"{Gateway.AccessLogLines.Count} of {asked} answers have left the backend");
        }

        Assert.Single(connections);
        foreach (Stream reader in readers)
            await reader.DisposeAsync();
        await NothingIsLeftAsync();
    }

    /// <summary>
    /// The last answer of a connection that nobody takes, on a connection that took much before, which the server would credit: 96 MB at this rate are six
    /// minutes.
    /// </summary>
    [Fact]
    public async Task Answer_ThatIsTheLastAndNotTaken_IsCutInTheTimeOfItsBuffer()
    {
        await StartAsync("Limits:RateGrace=00:00:02", "Limits:ResponseBytesPerSecond=262144");
        Stream reader = (await ConnectAllAsync(1, receiveBuffer: 64 * 1024))[0];
        await reader.WriteAsync("GET /96 HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray(), Token);
        byte[] taken = new byte[64 * 1024];
        for (long bytes = 0; bytes < 96L * 1024 * 1024;)
            bytes += await reader.ReadAsync(taken, Token);
        byte[] page = new byte[448 * 1024];
        _backend!.Handler = context => context.Response.Body.WriteAsync(page, context.RequestAborted).AsTask();

        await reader.WriteAsync("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8.ToArray(), Token);
        await Eventually.TrueAsync(() => Gateway.AccessLogLines.Count == 2, () => $"{Gateway.AccessLogLines.Count} of 2 answers have left the backend");

        await Eventually.TrueAsync(() => Gateway.Occupancy.Connections == 0, () => $"{Gateway.Occupancy.Connections} connections");

        Assert.InRange((await ReadToEndAsync(reader)).Length, 0, page.Length - 1);
        await reader.DisposeAsync();
    }

    /// <summary>HTTP/2's way to read slowly: windows that stay shut, or that are opened by a hundred bytes now and then.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    public async Task Streams_WhoseWindowsStayShut_AreCut(int increment)
    {
        await StartAsync("Limits:RateGrace=00:00:02", "Forwarding:ActivityTimeout=00:00:03");
        await using RawHttp2Client attacker = await RawHttp2Client.ConnectAsync(Gateway.HttpsPort, _certificates.Authority, Attacker, true, (4, 0));
        Http2Frames frames = new();
        for (int stream = 1; stream < 100; stream += 2)
            frames.Get(stream, "/1");
        await attacker.SendAsync(frames);
        await Eventually.TrueAsync(() => Gateway.Occupancy.Requests == 50, () => $"{Gateway.Occupancy.Requests} in hand");
        await VisitAsync(20);

        while (Gateway.Occupancy.Requests > 0 && !Token.IsCancellationRequested)
        {
            Http2Frames updates = new();
            for (int stream = 1; stream < 100 && increment > 0; stream += 2)
                updates.WindowUpdate(stream, increment);
            await attacker.SendAsync(updates);
            await Task.Delay(TimeSpan.FromSeconds(0.5), TimeProvider.System, Token);
        }

        Assert.Equal(0, Gateway.Occupancy.Requests);
        await Gateway.IdleAsync();
        Assert.InRange(attacker.DataBytes, 0, 50 * 64 * 1024);
    }

    /// <summary>What is slow by its nature is left alone: events that come now and then, and a WebSocket on which nobody speaks.</summary>
    [Fact]
    public async Task EventsAndWebSockets_ThatAreSilentForLong_Pass()
    {
        await StartAsync("Limits:RateGrace=00:00:02", "Limits:RequestHeadersTimeout=00:00:01");
        TaskCompletionSource next = new();
        _backend!.Handler = async context =>
        {
            if (context.WebSockets.IsWebSocketRequest)
            {
                using System.Net.WebSockets.WebSocket socket = await context.WebSockets.AcceptWebSocketAsync();
                byte[] word = new byte[16];
                System.Net.WebSockets.ValueWebSocketReceiveResult received = await socket.ReceiveAsync(word.AsMemory(), context.RequestAborted);
                await socket.SendAsync(word.AsMemory(0, received.Count), received.MessageType, true, context.RequestAborted);
                return;
            }

            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync("data: 1\n\n");
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await next.Task.WaitAsync(context.RequestAborted);
            await context.Response.WriteAsync("data: 2\n\n");
        };
        List<StreamReader> events = [];
        foreach (Version version in (Version[])[HttpVersion.Version11, HttpVersion.Version20])
        {
            HttpClient client = Gateway.Client(version, from: Attacker);
            events.Add(new StreamReader(await client.GetStreamAsync("/events", Token)));
            Assert.Equal("data: 1", await events[^1].ReadLineAsync(Token));
        }

        using System.Net.WebSockets.ClientWebSocket talk = new();
        using HttpMessageInvoker connect = Gateway.Client(from: Attacker);
        await talk.ConnectAsync(new Uri("wss://localhost/talk"), connect, Token);

        // Longer than any of the limits on slow clients, with the second that the server takes to look.
        await Task.Delay(TimeSpan.FromSeconds(5), TimeProvider.System, Token);
        next.SetResult();
        foreach (StreamReader stream in events)
        {
            Assert.Equal("\ndata: 2\n\n", await stream.ReadToEndAsync(Token));
            stream.Dispose();
        }

        await talk.SendAsync("hello"u8.ToArray(), System.Net.WebSockets.WebSocketMessageType.Text, true, Token);
        byte[] answer = new byte[16];
        Assert.Equal(5, (await talk.ReceiveAsync(answer.AsMemory(), Token)).Count);
        await NothingIsLeftAsync();
    }

    private async Task StartAsync(params IEnumerable<string> settings)
    {
        _backend = await TestBackend.StartAsync("web-1", _certificates.Issue("127.0.0.1"));
        _backend.Handler = async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
            if (!int.TryParse(context.Request.Path.Value![1..], out int megabytes))
            {
                await context.Response.WriteAsync("hello");
                return;
            }

            for (int i = 0; i < 16 * megabytes; i++)
            {
                await context.Response.Body.WriteAsync(Chunk, context.RequestAborted);
                context.RequestAborted.ThrowIfCancellationRequested();
                Interlocked.Add(ref _written, Chunk.Length);
            }
        };
        _gateway = await TestGateway.StartAsync(_certificates, [_backend], [.. settings, "Limits:Allow:0=none", "Limits:RequestsPerClient=1000", "Limits:RequestBurst=1000"]);
    }

    /// <summary>Begins a request on each connection, and goes on with it until the server has had enough.</summary>
    private async Task AttackAsync(string begin, string goOn, string status, string setting)
    {
        await StartAsync(setting);
        Stream[] attackers = await ConnectAllAsync();
        foreach (Stream attacker in attackers)
            await attacker.WriteAsync(Encoding.ASCII.GetBytes(begin), Token);
        Task<string>[] ends = [.. attackers.Select(ReadToEndAsync)];

        await VisitAsync(20);
        byte[] more = Encoding.ASCII.GetBytes(goOn);
        while (!Array.TrueForAll(ends, end => end.IsCompleted) && !Token.IsCancellationRequested)
        {
            foreach ((Stream attacker, Task<string> end) in attackers.Zip(ends).Where(pair => !pair.Second.IsCompleted))
                await TryWriteAsync(attacker, more);
            await Task.Delay(TimeSpan.FromSeconds(0.5), TimeProvider.System, Token);
        }

        // Some are told why; whoever was sending at the moment of the end saw a reset instead.
        string[] answers = await Task.WhenAll(ends);
        Assert.All(answers.Where(answer => answer.Length > 0), answer => Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal));
        Assert.Contains(answers, answer => answer.Length > 0);
        await NothingIsLeftAsync();
    }

    private async Task<Stream[]> ConnectAllAsync(int count = Attackers, int? receiveBuffer = null)
    {
        // No more at once than handshakes of one client are taken.
        List<Stream> streams = [];
        foreach (int[] some in Enumerable.Range(0, count).Chunk(32))
            streams.AddRange(await Task.WhenAll(some.Select(_ => ConnectAsync(receiveBuffer))));
        return [.. streams];
    }

    private async Task<Stream> ConnectAsync(int? receiveBuffer)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer is { } bytes)
            socket.ReceiveBufferSize = bytes;
        socket.Bind(new IPEndPoint(Attacker, 0));
        await socket.ConnectAsync(IPAddress.Loopback, Gateway.HttpsPort, Token);
        SslStream tls = new(new NetworkStream(socket, ownsSocket: true));
        SslClientAuthenticationOptions options = TestGateway.Trusting(_certificates.Authority);
        options.TargetHost = "localhost";
        await tls.AuthenticateAsClientAsync(options, Token);
        return tls;
    }

    /// <summary>Somebody else asks, on connections new and old, and gets every answer.</summary>
    private async Task VisitAsync(int times)
    {
        using HttpClient visitor = Gateway.Client();
        for (int i = 0; i < times; i++)
            Assert.Equal("hello", await visitor.GetStringAsync("/", Token));
    }

    /// <summary>The attackers are gone, by the gateway's doing, with what was done for them.</summary>
    private async Task NothingIsLeftAsync()
    {
        await Eventually.TrueAsync(() => Gateway.Occupancy.Requests == 0, () => $"{Gateway.Occupancy.Requests} requests in hand, {Gateway.Occupancy.Connections} connections");
        await Gateway.IdleAsync();
    }

    private static async Task<string> ReadToEndAsync(Stream stream)
    {
        using MemoryStream bytes = new();
        try
        {
            await stream.CopyToAsync(bytes, Token);
        }
        catch (IOException)
        {
            // Cut; what came before counts.
        }

        return Encoding.Latin1.GetString(bytes.ToArray());
    }

    private static async Task TryWriteAsync(Stream stream, byte[] bytes)
    {
        try
        {
            await stream.WriteAsync(bytes, Token);
        }
        catch (IOException)
        {
            // It is closed: the reader sees that too.
        }
    }
}
