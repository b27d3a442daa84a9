using System.Net;
using FooBar.LoadBalancer.Cache;
using FooBar.LoadBalancer.Edge;
using FooBar.LoadBalancer.Limits;
using FooBar.LoadBalancer.Routing;
using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Forwarder;

namespace FooBar.LoadBalancer.Configuration;

/// <summary>One generation of the configuration, and what follows from it alone. Never changed once it is published; safe to share.</summary>
/// <param name="generation">1 for the one that the process started with, one more with each reload that was taken over.</param>
/// <param name="options">Options that passed <see cref="GatewayOptionsValidator"/>.</param>
internal sealed class GatewaySettings(int generation, GatewayOptions options)
{
    /// <summary>Its number.</summary>
    public int Generation { get; } = generation;

    /// <summary>What was written. Nobody may change it.</summary>
    public GatewayOptions Options { get; } = options;

    /// <summary>The hosts that are served.</summary>
    public ServedHosts Hosts { get; } = new(options.Hosts, options.CanonicalHost);

    /// <summary>Addresses to which the limits for each client do not apply.</summary>
    public AddressList Allow { get; } = new(options.Limits.Allow);

    /// <summary>Addresses that are not served.</summary>
    public AddressList Deny { get; } = new(options.Limits.Deny);

    /// <summary>
    /// How YARP forwards. HTTP/1.1 exactly: HTTP/2 to a backend would put every request of a client on one connection, and would forward gRPC
    /// without body limits.
    /// </summary>
    public ForwarderRequestConfig Forwarder { get; } = new()
    {
        ActivityTimeout = options.Forwarding.ActivityTimeout,
        Version = HttpVersion.Version11,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    /// <summary>How YARP forwards gRPC, which needs HTTP/2.</summary>
    public ForwarderRequestConfig GrpcForwarder { get; } = new()
    {
        ActivityTimeout = options.Forwarding.ActivityTimeout,
        Version = HttpVersion.Version20,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    /// <summary>What is special about some paths.</summary>
    public RouteTable Routes { get; } = new(options);

    /// <summary>The headers that an answer gets unless its backend has set them.</summary>
    public KeyValuePair<string, StringValues>[] SecurityHeaders { get; } =
        [.. options.SecurityHeaders.Where(header => header.Value.Length > 0).Select(header => KeyValuePair.Create(header.Key, new StringValues(header.Value)))];

    /// <summary>The requests that pass the cache by.</summary>
    public CacheBypass CacheBypass { get; } = new(options.Cache);

    /// <summary>The port that redirects point at.</summary>
    public int RedirectPort { get; } = options.PublicHttpsPort != 0 ? options.PublicHttpsPort : options.HttpsPort;
}
