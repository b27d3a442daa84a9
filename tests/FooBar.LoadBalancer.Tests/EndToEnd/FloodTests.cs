using System.Net;
using System.Net.Sockets;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;

namespace FooBar.LoadBalancer.Tests.EndToEnd;

/// <summary>One address that asks for all that it can get, while another is served.</summary>
public sealed class FloodTests : IAsyncDisposable
{
    private const int PerSecond = 50;
    private const int Burst = 100;

    private static readonly IPAddress Attacker = IPAddress.Parse("127.0.0.2");

    private readonly TestCertificates _certificates = new();
    private TestBackend? _backend;
    private GatewayProcess? _gateway;

    private static CancellationToken Token => Eventually.Limit;

    private GatewayProcess Gateway => _gateway!;

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await _backend!.DisposeAsync();
        _certificates.Dispose();
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Requests_FromOneAddress_ReachTheBackendAtItsRate_AndAnotherAddressIsServed(string version)
    {
        await StartAsync($"Limits:RequestsPerClient={PerSecond}", $"Limits:RequestBurst={Burst}");
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        long start = TimeProvider.System.GetTimestamp();
        Task<(int Served, int Refused, int Cut)>[] flood = [.. Enumerable.Range(0, 8).Select(_ => FloodAsync(Version.Parse(version), stop.Token))];

        using HttpClient visitor = Gateway.Client();
        for (int i = 0; i < 100; i++)
            Assert.Equal("hello", await visitor.GetStringAsync("/", Token));
        await stop.CancelAsync();
        (int Served, int Refused, int Cut)[] results = await Task.WhenAll(flood);

        // What the bucket held, and what has flowed into it since.
        double most = Burst + (PerSecond * TimeProvider.System.GetElapsedTime(start).TotalSeconds) + 1;
        int served = results.Sum(result => result.Served);
        Assert.InRange(served, 1, most);
        Assert.InRange(results.Sum(result => result.Refused), 1, most);
        Assert.InRange(_backend!.Requests - 100, 1, most);
        EvidenceLine.Print(
            $"flood of requests from one address, HTTP/{version}",
            $"{served} served, {results.Sum(result => result.Refused)} answered 429, {results.Sum(result => result.Cut)} times cut; another address: 100 of 100 served");
    }

    [Fact]
    public async Task Connections_FromOneAddress_AreAsManyAsOneMayHave_AndAnotherAddressIsServed()
    {
        const int Most = 20;
        await StartAsync($"Limits:ConnectionsPerClient={Most}");
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task[] flood = [.. Enumerable.Range(0, 8).Select(_ => ConnectAsync(stop.Token))];

        for (int i = 0; i < 50; i++)
        {
            // A new connection each time: it is taken, whatever is refused beside it.
            using HttpClient visitor = Gateway.Client();
            Assert.Equal("hello", await visitor.GetStringAsync("/", Token));
            string metrics = await Gateway.ScrapeAsync();
            int connections = int.Parse(metrics.Split('\n').Single(line => line.StartsWith("gateway_connections ", StringComparison.Ordinal)).Split(' ')[1], null);

            // Those of the visitor that are not closed yet count, too.
            Assert.InRange(connections, 0, Most + 50);
        }

        await stop.CancelAsync();
        await Task.WhenAll(flood);
        Assert.Contains("gateway_shed_total{reason=\"connections_per_client\"}", await Gateway.ScrapeAsync(), StringComparison.Ordinal);
        Assert.Equal(50, _backend!.Requests);
    }

    private async Task StartAsync(params IEnumerable<string> settings)
    {
        _backend = await TestBackend.StartAsync("web-1", _certificates.Issue("127.0.0.1"));
        _gateway = await GatewayProcess.StartAsync(_certificates, _backend.Url, [.. settings, "Limits:Allow:0=127.0.0.1"]);
    }

    /// <summary>Asks as fast as it is answered, on a new connection whenever it is cut.</summary>
    private async Task<(int Served, int Refused, int Cut)> FloodAsync(Version version, CancellationToken stop)
    {
        (int served, int refused, int cut) = (0, 0, 0);
        using HttpClient client = Gateway.Client(Attacker, version);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using HttpResponseMessage answer = await client.GetAsync("/", CancellationToken.None);
                _ = answer.StatusCode switch
                {
                    HttpStatusCode.OK => served++,
                    HttpStatusCode.TooManyRequests => refused++,
                    _ => throw new InvalidOperationException($"Status {(int)answer.StatusCode}"),
                };
            }
            catch (Exception exception) when (exception is HttpRequestException or SocketException)
            {
                // The client's library asks for the address of a connection that it has just made, and lets out what that throws when it is cut already.
                cut++;
            }
        }

        return (served, refused, cut);
    }

    /// <summary>Opens connections, and keeps those that are not closed by the other side.</summary>
    private async Task ConnectAsync(CancellationToken stop)
    {
        List<Socket> sockets = [];
        while (!stop.IsCancellationRequested && sockets.Count < 1000)
        {
            Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            sockets.Add(socket);
            try
            {
                socket.Bind(new IPEndPoint(Attacker, 0));
                await socket.ConnectAsync(IPAddress.Loopback, Gateway.Port, CancellationToken.None);
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset)
            {
                // One too many.
            }
        }

        sockets.ForEach(socket => socket.Dispose());
    }
}
