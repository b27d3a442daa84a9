using System.Net;
using FooBar.LoadBalancer.Cache;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Edge.Strictness;
using FooBar.LoadBalancer.Forwarding;
using FooBar.LoadBalancer.Limits;
using FooBar.LoadBalancer.Routing;
using FooBar.LoadBalancer.Tracing;
using Microsoft.AspNetCore.Http.Features;

namespace FooBar.LoadBalancer.Edge;

/// <summary>What the gateway knows about one request while it handles it. One request's steps run one after the other: no locks.</summary>
internal sealed class GatewayRequest(string id, string clientAddress, GatewaySettings settings, TraceContext trace)
{
    /// <summary>The header that carries <see cref="Id"/> to the backend and back to the client.</summary>
    public const string IdHeader = "X-Request-Id";

    /// <summary>32 hexadecimal digits, unique, ascending with time; made here, never taken from the client.</summary>
    public string Id { get; } = id;

    /// <summary>The IP address that the connection came from.</summary>
    public string ClientAddress { get; } = clientAddress;

    /// <summary>The settings that it is handled by, from its beginning to its end.</summary>
    public GatewaySettings Settings { get; } = settings;

    /// <summary>The trace that it is a part of.</summary>
    public TraceContext Trace { get; } = trace;

    /// <summary>What holds for its path. The guard sets it.</summary>
    public RouteRules? Route { get; set; }

    /// <summary>The name of the backend that was tried last; null if none was.</summary>
    public string? Backend { get; set; }

    /// <summary>How many times the request was sent to a backend.</summary>
    public int Tries { get; set; }

    /// <summary>How long it waited for backends to be free; null if none was asked for.</summary>
    public TimeSpan? Queued { get; set; }

    /// <summary>From the beginning of its last try to a connection; null if there was none, or nobody measured it.</summary>
    public TimeSpan? Connected { get; set; }

    /// <summary>From the beginning of its last try to the head of the answer; null if none came, or nobody measured it.</summary>
    public TimeSpan? FirstByte { get; set; }

    /// <summary>How it ended.</summary>
    public Outcome Outcome { get; set; }

    /// <summary>What the cache did for it.</summary>
    public CacheResult Cache { get; set; }

    /// <summary>The Cache-Status field of its answer; null if the cache has nothing to say.</summary>
    public string? CacheStatus { get; set; }

    /// <summary>Why it was refused; null if it was not.</summary>
    public Refusal? Refusal { get; private set; }

    /// <summary>The server's own words for it; null unless the server could not read the request.</summary>
    public string? Detail { get; private set; }

    /// <summary>Notes that it is refused.</summary>
    /// <param name="refusal">Why.</param>
    /// <param name="detail">The server's own words, where it was the server.</param>
    public void Refuse(Refusal refusal, string? detail = null)
    {
        Outcome = Outcome.Refused;
        Refusal = refusal;
        Detail = detail;
    }

    /// <summary>The limit that it met and was refused for; null if it met none.</summary>
    public ShedReason? Shed { get; set; }

    /// <summary>That the limits have let it in. <see cref="RequestLimits"/> alone writes it.</summary>
    public Admission Admission { get; set; }

    /// <summary>The request that <paramref name="context"/> handles.</summary>
    public static GatewayRequest Of(HttpContext context) => context.Features.GetRequiredFeature<GatewayRequest>();

    /// <summary>Starts the record of <paramref name="context"/>'s request.</summary>
    public static GatewayRequest Begin(HttpContext context, DateTimeOffset now, GatewaySettings settings)
    {
        string id = RequestIds.Next(now);
        TraceContext trace = TraceContext.Begin(context.Request.Headers, id, settings.Options.Tracing.SampleRatio);
        GatewayRequest request = new(id, AddressOf(context.Connection), settings, trace);
        context.Features.Set(request);
        context.TraceIdentifier = request.Id;
        return request;
    }

    private static string AddressOf(ConnectionInfo connection)
    {
        IPAddress? address = connection.RemoteIpAddress;

        // A socket that serves both families shows an IPv4 client as ::ffff:192.0.2.1, which no allow-list or limit expects.
        if (address is { IsIPv4MappedToIPv6: true })
            address = address.MapToIPv4();
        return address?.ToString() ?? "unknown";
    }
}
