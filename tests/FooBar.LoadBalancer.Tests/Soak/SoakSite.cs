using System.Globalization;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;
using Microsoft.AspNetCore.Http;

namespace FooBar.LoadBalancer.Tests.Soak;

/// <summary>The gateway in a process of its own, before two backends in this one.</summary>
internal sealed class SoakSite : IAsyncDisposable
{
    /// <summary>The longest body.</summary>
    public const int LongestBody = 64 * 1024;

    private static readonly byte[] _bytes = Bytes();

    private readonly TestCertificates _certificates = new();
    private readonly List<TestBackend> _backends = [];
    private GatewayProcess? _gateway;

    public GatewayProcess Gateway => _gateway!;

    public static async Task<SoakSite> StartAsync()
    {
        SoakSite site = new();
        foreach (string name in (string[])["web-1", "web-2"])
        {
            TestBackend backend = await TestBackend.StartAsync(name, site._certificates.Issue("127.0.0.1"));
            backend.Handler = AnswerAsync;
            site._backends.Add(backend);
        }

        // A backend's silence ends before the visitor's patience, and names itself.
        // The cache is full, and puts out what it has for what comes, from the first minute on. Clients are kept account of, and none is held back.
        site._gateway = await GatewayProcess.StartAsync(
            site._certificates,
            site._backends[0].Url,
            "Backends:1:Name=web-2",
            $"Backends:1:Url={site._backends[1].Url}",
            "Routes:0:Path=/keyed",
            "Routes:0:OperationParameter=op",
            "Forwarding:ActivityTimeout=00:00:10",
            "Cache:Bytes=8388608",
            "Limits:Allow:0=none",
            "Limits:RequestsPerClient=1000000",
            "Limits:RequestBurst=1000000",
            "Limits:ConnectionsPerClient=10000",
            "Limits:NewConnectionsPerClient=10000");
        return site;
    }

    /// <summary>What a body of this length is.</summary>
    public static ReadOnlyMemory<byte> Body(int length) => _bytes.AsMemory(0, length);

    /// <summary>Waits until the gateway has nothing in hand any more.</summary>
    public async Task NothingIsLeftAsync()
    {
        foreach (string series in (string[])["gateway_in_flight", "gateway_connections", "gateway_handshakes", "gateway_queue_length", "gateway_cache_waiting"])
            await Gateway.MetricAsync(series, 0);
        foreach (TestBackend backend in _backends)
            await Gateway.MetricAsync($"gateway_backend_in_flight{{backend=\"{backend.Name}\"}}", 0);
    }

    public async ValueTask DisposeAsync()
    {
        if (_gateway is not null)
            await _gateway.DisposeAsync();
        foreach (TestBackend backend in _backends)
            await backend.DisposeAsync();
        _certificates.Dispose();
    }

    /// <summary>As the path says: stored, or not; of the length that is asked for. A body that is sent must be right.</summary>
    private static async Task AnswerAsync(HttpContext context)
    {
        int length = int.Parse(context.Request.Query["bytes"].ToString(), CultureInfo.InvariantCulture);
        if (HttpMethods.IsPost(context.Request.Method))
        {
            byte[] sent = new byte[length];
            await context.Request.Body.ReadExactlyAsync(sent, context.RequestAborted);
            if (!sent.AsSpan().SequenceEqual(Body(length).Span))
                context.Response.StatusCode = StatusCodes.Status400BadRequest;
        }

        context.Response.Headers.CacheControl = context.Request.Path.StartsWithSegments("/stored", StringComparison.Ordinal) ? "max-age=3600" : "no-store";
        context.Response.ContentLength = length;
        await context.Response.Body.WriteAsync(Body(length), context.RequestAborted);
    }

    private static byte[] Bytes()
    {
        byte[] bytes = new byte[LongestBody];
        new Random(1).NextBytes(bytes);
        return bytes;
    }
}
