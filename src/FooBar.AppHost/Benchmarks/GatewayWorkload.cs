using System.IO.Enumeration;

namespace FooBar.AppHost.Benchmarks;

/// <summary>How a proxy is asked.</summary>
internal enum GatewayLoad
{
    /// <summary>HTTP/1.1 on kept connections, each without a pause.</summary>
    Http1,

    /// <summary>HTTP/2 on kept connections, several streams on each, without a pause.</summary>
    Http2,

    /// <summary>A new connection with a full handshake for each request.</summary>
    NewConnections,

    /// <summary>A new connection that resumes a session for each request.</summary>
    ResumedConnections,

    /// <summary>Connections that were used once and then do nothing.</summary>
    Idle,

    /// <summary>HTTP/1.1 at a fixed rate, half of what a peer reaches.</summary>
    HalfLoad,

    /// <summary>HTTP/1.1 at a fixed rate that is next to nothing.</summary>
    LightLoad,
}

/// <summary>What the proxies are asked for over and over.</summary>
/// <param name="Name">The name by which it is asked for, and under which it is reported.</param>
/// <param name="Load">How they are asked.</param>
/// <param name="Path">What they are asked for.</param>
internal sealed record GatewayWorkload(string Name, GatewayLoad Load, string Path)
{
    /// <summary>A kilobyte.</summary>
    public const string Small = "/1k";

    /// <summary>A hundred of them.</summary>
    public const string Large = "/100k";

    /// <summary>Takes a body and says so in two bytes.</summary>
    public const string Upload = "/upload";

    /// <summary>A kilobyte that a shared cache may keep for ten minutes.</summary>
    public const string Cacheable = "/cached";

    /// <summary>How the names are made, for a person who has to write one.</summary>
    public static string Grammar => $"One of {string.Join(", ", All.Select(workload => workload.Name))}. A * stands for any part: *-keepalive-1k";

    /// <summary>Every workload, in the order in which they run.</summary>
    public static IReadOnlyList<GatewayWorkload> All { get; } =
    [
        new("h1-keepalive-1k", GatewayLoad.Http1, Small),
        new("h1-keepalive-100k", GatewayLoad.Http1, Large),
        new("h2-keepalive-1k", GatewayLoad.Http2, Small),
        new("h2-keepalive-100k", GatewayLoad.Http2, Large),
        new("h1-plain-out-1k", GatewayLoad.Http1, Small) { IsPlainOut = true },
        new("h2-plain-out-1k", GatewayLoad.Http2, Small) { IsPlainOut = true },
        new("h1-new-connection", GatewayLoad.NewConnections, Small),
        new("h1-new-connection-resumed", GatewayLoad.ResumedConnections, Small),
        new("post-64k", GatewayLoad.Http1, Upload),
        new("cache-hit", GatewayLoad.Http1, Cacheable),
        new("h1-keepalive-1k-half", GatewayLoad.HalfLoad, Small),
        new("light-load-1k", GatewayLoad.LightLoad, Small),
        new("idle-2000", GatewayLoad.Idle, Small),
    ];

    /// <summary>Without TLS to the backends.</summary>
    public bool IsPlainOut { get; private init; }

    /// <summary>Whether the proxies are to keep answers.</summary>
    public bool IsCached => Path == Cacheable;

    /// <summary>The workload with this name.</summary>
    public static GatewayWorkload Named(string name) => All.Single(workload => workload.Name == name);

    /// <summary>The workloads that a name, or a pattern with <c>*</c>, stands for; none when it is wrong.</summary>
    public static IReadOnlyList<GatewayWorkload> Matching(string pattern) =>
        [.. All.Where(workload => FileSystemName.MatchesSimpleExpression(pattern, workload.Name, ignoreCase: false))];
}
