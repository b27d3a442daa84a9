using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using FooBar.LoadBalancer.Tests.Http2;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;

namespace FooBar.LoadBalancer.Tests.EndToEnd;

/// <summary>What new visitors see while the gateway stops, and while the next one takes over its sockets.</summary>
public sealed class RestartTests : IDisposable
{
    private const string Ready = "READY=1\nSTATUS=Serving";

    private readonly TestCertificates _certificates = new();

    private static CancellationToken Token => Eventually.Limit;

    public void Dispose() => _certificates.Dispose();

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Stop_WithAConnectionThatIsOnlyOpen_AnswersItsFirstRequest(string version)
    {
        await using Stopping stopping = await Stopping.StartAsync(_certificates, "00:00:20");
        await using Visitor visitor = await stopping.ConnectAsync();
        using HttpClient client = new(new SocketsHttpHandler
        {
            SslOptions = TestGateway.Trusting(_certificates.Authority),
            ConnectCallback = (_, _) => ValueTask.FromResult(visitor.Connection),
        })
        {
            DefaultRequestVersion = Version.Parse(version),
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        await stopping.TerminateAsync();

        using HttpResponseMessage response = await client.GetAsync(new Uri($"https://localhost:{stopping.Port}/"), Token);

        Assert.Equal("hello", await response.Content.ReadAsStringAsync(Token));
        Assert.Equal(version == "1.1" ? true : null, response.Headers.ConnectionClose);
        Assert.Equal(0, await stopping.EndAsync());
    }

    [Fact]
    public async Task Stop_WithAConnectionBehindItsHandshake_AnswersItsFirstRequestAndClosesIt()
    {
        await using Stopping stopping = await Stopping.StartAsync(_certificates, "00:00:20");
        await using Visitor visitor = await stopping.ConnectAsync();
        await visitor.HandshakeAsync(Token);
        await stopping.TerminateAsync();

        string answer = await visitor.GetAsync(Token);

        Assert.StartsWith("HTTP/1.1 200 OK\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: close\r\n", answer, StringComparison.Ordinal);
        Assert.Equal(0, await visitor.ReadAsync(Token));
        Assert.Equal(0, await stopping.EndAsync());
    }

    [Fact]
    public async Task Stop_WithAConnectionThatNeverAsks_ClosesItWhenTheGraceIsOver()
    {
        await using Stopping stopping = await Stopping.StartAsync(_certificates, "00:00:00.5");
        await using Visitor visitor = await stopping.ConnectAsync();
        await visitor.HandshakeAsync(Token);
        await stopping.TerminateAsync();

        Assert.Equal(0, await visitor.ReadAsync(Token));
        Assert.Equal(0, await stopping.EndAsync());
    }

    /// <summary>Another that may not wait shows that the stop has come to the connections.</summary>
    [Fact]
    public async Task Stop_WithAKeptConnection_AnswersItsNextRequestAndClosesIt()
    {
        await using Stopping stopping = await Stopping.StartAsync(_certificates, "00:00:00", "00:00:20");
        await using Visitor kept = await stopping.ConnectAsync();
        await kept.HandshakeAsync(Token);
        Assert.DoesNotContain("Connection: close", await kept.GetAsync(Token), StringComparison.Ordinal);
        await using Visitor silent = await stopping.ConnectAsync();
        await stopping.TerminateAsync(silent);

        string answer = await kept.GetAsync(Token);

        Assert.StartsWith("HTTP/1.1 200 OK\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: close\r\n", answer, StringComparison.Ordinal);
        Assert.Equal(0, await kept.ReadAsync(Token));
        Assert.Equal(0, await stopping.EndAsync());
    }

    /// <summary>Without the file it would have no time at all, which is what the connection that has never asked gets.</summary>
    [Fact]
    public async Task Stop_WhileAnotherServes_LeavesAKeptConnectionTheTimeOfAHandover()
    {
        DirectoryInfo handover = Directory.CreateTempSubdirectory("foobar-handover-");
        try
        {
            await using Stopping stopping = await Stopping.StartAsync(_certificates, "00:00:00", handover: handover.FullName);
            await using Visitor kept = await stopping.ConnectAsync();
            await kept.HandshakeAsync(Token);
            await kept.GetAsync(Token);
            await using Visitor silent = await stopping.ConnectAsync();
            await stopping.TerminateAsync(silent);

            string answer = await kept.GetAsync(Token);

            Assert.Contains("\r\nConnection: close\r\n", answer, StringComparison.Ordinal);
            Assert.Equal(0, await kept.ReadAsync(Token));
            Assert.Equal(0, await stopping.EndAsync());
        }
        finally
        {
            handover.Delete();
        }
    }

    /// <summary>
    /// Visitors come at a steady rate, whatever becomes of those before them, each on a connection of its own and with one request. In the
    /// meantime the gateway is stopped and, when it has ended, started again, twice; its sockets stay.
    /// </summary>
    [Fact]
    public async Task Restart_UnderNewConnections_FailsAndRefusesNobody()
    {
        bool thorough = Environment.GetEnvironmentVariable("FOOBAR_TEST_THOROUGH") == "1";
        (int perSecond, int seconds) = thorough ? (200, 10) : (50, 4);
        await using TestBackend backend = await TestBackend.StartAsync("web-1", _certificates.Issue("127.0.0.1"));
        Dictionary<string, string> environment = ServiceEnvironment.For(_certificates, backend.Url);
        using ServiceManager systemd = new();
        environment["NOTIFY_SOCKET"] = systemd.Address;

        // All who came during a restart are served at once, and the visitors and the backend share the machine: it may take what it takes.
        environment["Gateway__Drain__FirstRequest"] = environment["Gateway__Drain__Timeout"] = "00:01:00";
        environment["Gateway__Forwarding__ConnectTimeout"] = environment["Gateway__Forwarding__ActivityTimeout"] = "00:01:00";
        environment["Gateway__Limits__TlsHandshakeTimeout"] = environment["Gateway__Limits__RequestHeadersTimeout"] = "00:01:00";
        environment["Gateway__Retries__Deadline"] = "00:02:00";
        await using SocketHolder sockets = await SocketHolder.ListenAsync(["https", "http"], environment, "dotnet", ServiceEnvironment.Program);
        int gateway = await sockets.StartAsync();
        Assert.Equal(Ready, await systemd.NextAsync());

        Visits visits = new(sockets.Ports[0], _certificates);
        Task load = visits.ComeAsync(perSecond, perSecond * seconds);
        for (int restart = 1; restart <= 2; restart++)
        {
            await visits.BegunAsync(perSecond * seconds * restart / 3);
            await Signals.TerminateAsync(gateway);
            Assert.Equal(0, await sockets.EndAsync(gateway));
            gateway = await sockets.StartAsync();
            Assert.Equal(Ready, await systemd.NextButAsync("STOPPING=1\nSTATUS=Stopping: finishing what is in hand"));
        }

        await load;

        TestContext.Current.TestOutputHelper?.WriteLine(visits.Summary);
        Assert.True(visits.Failures.IsEmpty, $"{visits.Summary}\n{string.Join('\n', visits.Failures.Take(20))}\n{sockets.Log}");
        Assert.Equal(perSecond * seconds, visits.Answered);
    }

    /// <summary>
    /// Two processes have the same sockets. The next one serves before the other stops: nobody waits, and nobody is refused. The admin port is one
    /// of the sockets, and answers all the time.
    /// </summary>
    [Fact]
    public async Task Handover_ToAnotherOnTheSameSockets_FailsAndRefusesNobody()
    {
        bool thorough = Environment.GetEnvironmentVariable("FOOBAR_TEST_THOROUGH") == "1";
        (int perSecond, int seconds) = thorough ? (200, 10) : (50, 4);
        await using TestBackend backend = await TestBackend.StartAsync("web-1", _certificates.Issue("127.0.0.1"));
        Dictionary<string, string> environment = ServiceEnvironment.For(_certificates, backend.Url);
        using ServiceManager systemd = new();
        environment["NOTIFY_SOCKET"] = systemd.Address;
        environment["Gateway__Drain__FirstRequest"] = environment["Gateway__Drain__Timeout"] = "00:01:00";
        environment["Gateway__Forwarding__ConnectTimeout"] = environment["Gateway__Forwarding__ActivityTimeout"] = "00:01:00";
        environment["Gateway__Limits__TlsHandshakeTimeout"] = environment["Gateway__Limits__RequestHeadersTimeout"] = "00:01:00";
        await using SocketHolder sockets = await SocketHolder.ListenAsync(["https", "http", "admin"], environment, "dotnet", ServiceEnvironment.Program);
        int serving = await sockets.StartAsync();
        Assert.Equal(Ready, await systemd.NextAsync());
        using HttpClient admin = new() { BaseAddress = new Uri($"http://127.0.0.1:{sockets.Ports[2]}") };
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task<int> scrapes = ScrapeAsync(admin, stop.Token);

        Visits visits = new(sockets.Ports[0], _certificates);
        Task load = visits.ComeAsync(perSecond, perSecond * seconds);
        for (int handover = 1; handover <= 2; handover++)
        {
            await visits.BegunAsync(perSecond * seconds * handover / 3);
            int next = await sockets.StartAsync();
            Assert.Equal(Ready, await systemd.NextAsync());
            await Signals.TerminateAsync(serving);
            Assert.Equal(0, await sockets.EndAsync(serving));
            Assert.Equal("STOPPING=1\nSTATUS=Stopping: finishing what is in hand", await systemd.NextAsync());
            serving = next;
        }

        await load;
        await stop.CancelAsync();

        TestContext.Current.TestOutputHelper?.WriteLine(visits.Summary);
        Assert.True(visits.Failures.IsEmpty, $"{visits.Summary}\n{string.Join('\n', visits.Failures.Take(20))}\n{sockets.Log}");
        Assert.Equal(perSecond * seconds, visits.Answered);
        Assert.True(await scrapes > 0);
    }

    /// <summary>Who closes the connection when it has read GOAWAY is not waited for any longer.</summary>
    [Fact]
    public async Task Stop_WithAConnectionOfHttp2_IsOverWhenTheClientHasClosedIt()
    {
        await using Stopping stopping = await Stopping.StartAsync(_certificates, "00:00:00", "00:01:00");
        await using (RawHttp2Client client = await stopping.AskByHttp2Async())
        {
            await stopping.SignalAsync();
            await Eventually.TrueAsync(() => client.GoAway == Http2Error.None, () => $"{client.Received(FrameType.GoAway)} of GOAWAY");
            Assert.False(client.Closed.IsCompleted);
        }

        Assert.Equal(0, await stopping.EndAsync());
    }

    /// <summary>Closed with GOAWAY in the same moment, it would take requests with it that the client has not sent yet.</summary>
    [Fact]
    public async Task Stop_WithAConnectionOfHttp2ThatStays_ClosesItWhenTheTimeIsOver()
    {
        await using Stopping stopping = await Stopping.StartAsync(_certificates, "00:00:00", "00:00:01");
        await using RawHttp2Client client = await stopping.AskByHttp2Async();
        long start = TimeProvider.System.GetTimestamp();
        await stopping.SignalAsync();

        await client.Closed.WaitAsync(Token);

        Assert.True(TimeProvider.System.GetElapsedTime(start) >= TimeSpan.FromSeconds(1), "The connection was closed at once.");
        Assert.Equal(Http2Error.None, client.GoAway);
        Assert.Equal(0, await stopping.EndAsync());
    }

    /// <summary>
    /// Clients of HTTP/2 ask over and over on connections that they keep, while the gateway is stopped and started again on the same sockets: GOAWAY tells
    /// them what was not taken, and the connection is theirs to close.
    /// </summary>
    [Fact]
    public async Task Restart_UnderKeptConnectionsOfHttp2_FailsNobody()
    {
        int restarts = Environment.GetEnvironmentVariable("FOOBAR_TEST_THOROUGH") == "1" ? 6 : 2;
        const int Clients = 100;
        const int AtOnce = 4;
        await using Stopping stopping = await Stopping.StartAsync(_certificates, "00:00:20", "00:00:05");
        CancellationToken limit = restarts > 2 ? TestContext.Current.CancellationToken : Token;
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(limit);
        int answered = 0;
        Task[] clients = [.. Enumerable.Range(1, Clients).Select(number => AskAsync(new IPAddress([127, 0, 1, (byte)number])))];
        for (int restart = 1; restart <= restarts; restart++)
        {
            int before = Volatile.Read(ref answered);
            await Eventually.TrueAsync(() => Volatile.Read(ref answered) > before + 2000 || clients.Any(client => client.IsCompleted), () => $"{answered} answers");
            Assert.Equal(0, await stopping.RestartAsync());
        }

        await stop.CancelAsync();
        await Task.WhenAll(clients);
        TestContext.Current.TestOutputHelper?.WriteLine($"{answered} requests of {Clients} clients through {restarts} restarts");

        async Task AskAsync(IPAddress from)
        {
            using HttpClient client = new(new SocketsHttpHandler
            {
                SslOptions = TestGateway.Trusting(_certificates.Authority),
                ConnectCallback = (to, cancel) => ConnectFromAsync(from, to.DnsEndPoint.Port, cancel),
            })
            {
                DefaultRequestVersion = HttpVersion.Version20,
                DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
            await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Task.Run(async () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    using HttpResponseMessage response = await client.GetAsync(new Uri($"https://localhost:{stopping.Port}/"), limit);
                    response.EnsureSuccessStatusCode();
                    Interlocked.Increment(ref answered);
                }
            })));
        }
    }

    private static async ValueTask<Stream> ConnectFromAsync(IPAddress from, int port, CancellationToken cancel)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Bind(new IPEndPoint(from, 0));
            await socket.ConnectAsync(IPAddress.Loopback, port, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Asks over and over whether it lives, each time on a connection of its own; an answer that is missing is a failure.</summary>
    private static async Task<int> ScrapeAsync(HttpClient admin, CancellationToken stop)
    {
        int answered = 0;
        while (!stop.IsCancellationRequested)
        {
            using HttpRequestMessage request = new(HttpMethod.Get, "/health/live") { Headers = { ConnectionClose = true } };
            try
            {
                using HttpResponseMessage response = await admin.SendAsync(request, stop);
                response.EnsureSuccessStatusCode();
                answered++;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // The test has seen enough.
            }
        }

        return answered;
    }

    /// <summary>A gateway that is about to be stopped, with one backend.</summary>
    private sealed class Stopping(TestBackend backend, SocketHolder sockets, TestCertificates certificates, int gateway) : IAsyncDisposable
    {
        public int Port => sockets.Ports[0];

        public static async Task<Stopping> StartAsync(TestCertificates certificates, string grace, string kept = "00:00:00", string? handover = null)
        {
            TestBackend backend = await TestBackend.StartAsync("web-1", certificates.Issue("127.0.0.1"));
            Dictionary<string, string> environment = ServiceEnvironment.For(certificates, backend.Url);
            environment["Gateway__Drain__FirstRequest"] = grace;
            environment["Gateway__Drain__NextRequest"] = kept;

            // Longer than a test has: what ends, does so by itself.
            environment["Gateway__Drain__Timeout"] = "00:01:00";
            if (handover is not null)
                environment["Gateway__Drain__HandoverPath"] = handover;
            SocketHolder sockets = await SocketHolder.ListenAsync(["https", "http"], environment, "dotnet", ServiceEnvironment.Program);
            return new Stopping(backend, sockets, certificates, await sockets.StartAsync());
        }

        /// <summary>Opens a connection that the gateway has accepted: it does so in their order, and has served one that came later.</summary>
        public async Task<Visitor> ConnectAsync()
        {
            Visitor visitor = await Visitor.ConnectAsync(Port, certificates.Authority, Token);
            await using Visitor later = await Visitor.ConnectAsync(Port, certificates.Authority, Token);
            await later.HandshakeAsync(Token);
            await later.GetAsync(Token);
            return visitor;
        }

        /// <summary>Ends when the stop has reached the connections: an idle one that has had its request is closed.</summary>
        public async Task TerminateAsync()
        {
            await using Visitor idle = await Visitor.ConnectAsync(Port, certificates.Authority, Token);
            await idle.HandshakeAsync(Token);
            await idle.GetAsync(Token);
            await Signals.TerminateAsync(gateway);
            Assert.Equal(0, await idle.ReadAsync(Token));
        }

        /// <summary>Ends when the stop has reached a connection that has never asked and gets no time for it.</summary>
        public async Task TerminateAsync(Visitor silent)
        {
            await Signals.TerminateAsync(gateway);
            Assert.Equal(0, await silent.Connection.ReadAsync(new byte[1], Token));
        }

        /// <summary>A connection of HTTP/2 that has had an answer.</summary>
        public async Task<RawHttp2Client> AskByHttp2Async()
        {
            RawHttp2Client client = await RawHttp2Client.ConnectAsync(Port, certificates.Authority);
            await client.SendAsync(new Http2Frames().Get(1));
            await Eventually.TrueAsync(() => client.Ended == 1, () => $"{client.Ended} answers");
            return client;
        }

        public Task SignalAsync() => Signals.TerminateAsync(gateway);

        public Task<int> EndAsync() => sockets.EndAsync(gateway);

        /// <summary>Stops it, and starts the next one on its sockets when it has ended.</summary>
        public async Task<int> RestartAsync()
        {
            await Signals.TerminateAsync(gateway);
            int status = await EndAsync();
            gateway = await sockets.StartAsync();
            return status;
        }

        public async ValueTask DisposeAsync()
        {
            await sockets.DisposeAsync();
            await backend.DisposeAsync();
        }
    }

    /// <summary>An open loop of visitors.</summary>
    private sealed class Visits(int port, TestCertificates certificates)
    {
        private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

        private readonly ConcurrentQueue<string> _failures = new();
        private readonly ConcurrentQueue<TimeSpan> _durations = new();
        private int _begun;

        public ConcurrentQueue<string> Failures => _failures;

        public int Answered => _durations.Count;

        public string Summary => $"{_begun} visitors, {_failures.Count} failed, {Answered} answered, the slowest in {_durations.DefaultIfEmpty().Max().TotalSeconds:0.00} s";

        public async Task ComeAsync(int perSecond, int count)
        {
            using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(5), TimeProvider.System);
            long start = Stopwatch.GetTimestamp();
            List<Task> visits = [];
            while (visits.Count < count)
            {
                await timer.WaitForNextTickAsync();

                // All that are due, so that a late tick does not lower the rate.
                for (double due = TimeProvider.System.GetElapsedTime(start).TotalSeconds * perSecond; visits.Count < Math.Min(due, count);)
                {
                    visits.Add(Task.Run(VisitAsync));
                    Interlocked.Increment(ref _begun);
                }
            }

            await Task.WhenAll(visits);
        }

        public Task BegunAsync(int count) => Eventually.TrueAsync(() => Volatile.Read(ref _begun) >= count, () => $"only {_begun} of {count} visitors came");

        private async Task VisitAsync()
        {
            long start = Stopwatch.GetTimestamp();
            string step = "connect";
            try
            {
                using CancellationTokenSource limit = new(Deadline, TimeProvider.System);
                await using Visitor visitor = await Visitor.ConnectAsync(port, certificates.Authority, limit.Token);
                step = "handshake";
                await visitor.HandshakeAsync(limit.Token);
                step = "request";
                string answer = await visitor.GetAsync(limit.Token);
                if (!answer.StartsWith("HTTP/1.1 200 OK\r\n", StringComparison.Ordinal))
                    throw new IOException(answer);
                _durations.Enqueue(Stopwatch.GetElapsedTime(start));
            }
            catch (Exception exception)
            {
                _failures.Enqueue($"{step}: {exception.GetType().Name} {exception.Message} {exception.InnerException?.Message}");
            }
        }
    }
}
