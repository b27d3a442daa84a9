using System.Diagnostics.Metrics;
using System.Net;
using FooBar.LoadBalancer.Balancing;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Edge;
using FooBar.LoadBalancer.Health;
using FooBar.LoadBalancer.Metrics;
using FooBar.LoadBalancer.Tracing;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace FooBar.LoadBalancer.Tests.Support;

/// <summary>Parts without a network.</summary>
internal static class Fakes
{
    private static readonly ServiceProvider Services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    /// <summary>Backends web-1, web-2, … whose health nobody knows.</summary>
    public static Backend[] Backends(int count, Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>>? answer = null) =>
    [
        .. Enumerable.Range(1, count).Select(number => new Backend(
            $"web-{number}",
            new Uri($"https://127.0.0.1:{7000 + number}"),
            new HttpMessageInvoker(new Answering(answer ?? ((_, _) => Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK))))))),
    ];

    /// <summary>A pool whose backends are all up.</summary>
    public static BackendPool Pool(Backend[] backends)
    {
        BackendPool pool = new(backends);
        foreach (Backend backend in backends)
            pool.Report(backend, new BackendHealth(new HealthState(BackendStatus.Up), null, null));
        return pool;
    }

    /// <summary>A balancer over a pool.</summary>
    public static Balancer Balancer(BackendPool pool, ILoadBalancingPolicy? policy = null, QueueOptions? queue = null, TimeProvider? time = null) => new(
        pool,
        policy ?? new LeastConnections(),
        new CurrentSettings(new GatewayOptions { Queue = queue ?? new QueueOptions() }),
        new QueueMetrics(Services.GetRequiredService<IMeterFactory>()),
        time ?? TimeProvider.System);

    private const string RequestId = "0123456789abcdef0123456789abcdef";

    /// <summary>A request as the pipeline sees it.</summary>
    public static DefaultHttpContext Request(string url, string method = "GET")
    {
        Uri uri = new(url);
        DefaultHttpContext context = new();
        context.Request.Method = method;
        context.Request.Scheme = uri.Scheme;
        context.Request.Host = HostString.FromUriComponent(uri);
        context.Request.Path = PathString.FromUriComponent(uri);
        context.Request.QueryString = QueryString.FromUriComponent(uri);
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = uri.PathAndQuery;
        context.Features.Set(new GatewayRequest(RequestId, "192.0.2.1", Settings(), TraceContext.Begin(context.Request.Headers, RequestId, 0)));
        return context;
    }

    /// <summary>Settings at their defaults.</summary>
    public static GatewaySettings Settings(GatewayOptions? options = null) => new(1, options ?? new GatewayOptions());

    private sealed class Answering(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            answer(request, cancellationToken);
    }
}
