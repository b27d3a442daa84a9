using System.Globalization;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;
using Microsoft.AspNetCore.Http;

namespace FooBar.LoadBalancer.Tests.Http2;

/// <summary>
/// One HTTP/2 connection that does its worst, against a gateway of its own process, over TLS and with frames made by hand: it is closed, it leaves
/// nothing behind, and somebody else is served meanwhile. The attacker's address is one to which no limit for each client applies, so what is
/// seen here is what a connection is bounded by alone.
/// </summary>
public sealed class AttackTests(AttackTests.Site site) : IClassFixture<AttackTests.Site>
{
    /// <summary>Turns of 200 frames after which a connection is given up that was not closed: some tens of MB.</summary>
    private const int MostTurns = 2000;

    /// <summary>What a connection may make the gateway hold, in MB. The resident memory of a busy .NET process moves by some MB by itself.</summary>
    private const int MostMemoryMb = 64;

    private static CancellationToken Token => Eventually.Limit;

    public static TheoryData<string> Attacks => [.. Http2Attack.All.Select(attack => attack.Name)];

    [Theory]
    [MemberData(nameof(Attacks))]
    public async Task Attack_OnOneConnection_EndsIt_AndOthersAreServed(string name)
    {
        Http2Attack attack = Http2Attack.All.Single(one => one.Name == name);
        GatewayProcess gateway = site.Gateway;
        using HttpClient other = gateway.Client();
        Assert.Equal("hello", await other.GetStringAsync("/", Token));
        await using RawHttp2Client client = await RawHttp2Client.ConnectAsync(gateway.Port, site.Authority, null, attack.Reads, attack.Settings);
        TimeSpan processor = gateway.ProcessorTime;
        double memory = gateway.ResidentMb;

        int id = 1;
        if (attack.Opening is not null)
        {
            Assert.True(await client.SendAsync(attack.Opening()));
            id = Http2Attack.AfterOpening;
        }

        long sent = 0;
        int turns = 0;
        bool isOpen = true;
        Task<string> meanwhile = other.GetStringAsync("/", Token);
        for (; turns < MostTurns && isOpen; turns++)
        {
            Http2Frames frames = new();
            id = attack.Next(frames, id);
            isOpen = await client.SendAsync(frames);
            sent += frames.Bytes.Length;
        }

        Assert.False(isOpen, $"The connection is open after {turns} turns.");
        Assert.Equal("hello", await meanwhile);
        Assert.Equal("hello", await other.GetStringAsync("/", Token));
        Assert.True(client.GoAway is null or not Http2Error.Internal, $"GOAWAY said {client.GoAway}");
        double grown = gateway.ResidentMb - memory;
        TimeSpan used = gateway.ProcessorTime - processor;
        Assert.True(grown < MostMemoryMb, $"The gateway holds {grown:0.0} MB more than before.");
        await gateway.MetricAsync("gateway_in_flight", 0);
        await gateway.MetricAsync("gateway_backend_in_flight{backend=\"web-1\"}", 0);

        // The other client's connection is the one that stays.
        await gateway.MetricAsync("gateway_connections", 1);
        EvidenceLine.Print($"HTTP/2: {name}", string.Create(
            CultureInfo.InvariantCulture,
            $"closed after {sent / 1024.0:0.0} kB, {used.TotalMilliseconds:0} ms of the gateway's processor time, {grown:0.0} MB more memory, GOAWAY {client.GoAway?.ToString() ?? "none"}"));
    }

    /// <summary>A gateway whose tests run one after the other, in front of a backend that knows a slow page and a large one.</summary>
    public sealed class Site : IAsyncLifetime
    {
        private readonly TestCertificates _certificates = new();
        private readonly byte[] _large = new byte[64 * 1024];
        private TestBackend? _backend;
        private GatewayProcess? _gateway;

        internal GatewayProcess Gateway => _gateway!;

        internal System.Security.Cryptography.X509Certificates.X509Certificate2 Authority => _certificates.Authority;

        public async ValueTask InitializeAsync()
        {
            _backend = await TestBackend.StartAsync("web-1", _certificates.Issue("127.0.0.1"));
            _backend.Handler = AnswerAsync;
            _gateway = await GatewayProcess.StartAsync(_certificates, _backend.Url);
        }

        public async ValueTask DisposeAsync()
        {
            if (_gateway is not null)
                await _gateway.DisposeAsync();
            if (_backend is not null)
                await _backend.DisposeAsync();
            _certificates.Dispose();
        }

        private async Task AnswerAsync(HttpContext context)
        {
            switch (context.Request.Path.Value)
            {
                case Http2Attack.Slow:
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
                    break;
                case Http2Attack.Large:
                    for (int i = 0; i < 64; i++)
                        await context.Response.Body.WriteAsync(_large, context.RequestAborted);
                    break;
                default:
                    await context.Response.WriteAsync("hello");
                    break;
            }
        }
    }
}
