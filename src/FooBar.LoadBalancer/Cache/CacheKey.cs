using Microsoft.AspNetCore.Http.Features;

namespace FooBar.LoadBalancer.Cache;

/// <summary>
/// What an answer is stored under: scheme, host and target exactly as they are forwarded. Nothing else of a request is in it; what else an answer
/// depends on, it must name in Vary.
/// </summary>
/// <param name="scheme">The scheme.</param>
/// <param name="host">The Host field, with its port; without capital letters (<see cref="CacheBypass"/>).</param>
/// <param name="target">Path and query, encoded as they came.</param>
internal readonly struct CacheKey(string scheme, string host, string target) : IEquatable<CacheKey>
{
    // A miss needs it four times, and it has to look at every letter.
    private readonly int _hash = HashCode.Combine(target, host);

    /// <summary>The scheme.</summary>
    public string Scheme { get; } = scheme;

    /// <summary>The host.</summary>
    public string Host { get; } = host;

    /// <summary>Path and query.</summary>
    public string Target { get; } = target;

    /// <summary>Bytes of memory.</summary>
    public long Size => (4 * 8) + MemorySize.Of(Host) + MemorySize.Of(Target);

    /// <summary>The key of a request. One in another spelling is never read or stored under it, but may change what is.</summary>
    public static CacheKey Of(HttpContext context)
    {
        HttpRequest request = context.Request;
        string target = TargetOf(context);
        return new CacheKey(
            request.Scheme,
            request.Host.Value?.ToLowerInvariant() ?? "",
            target is ['/', ..] ? target : request.Path.ToUriComponent() + request.QueryString.ToUriComponent());
    }

    /// <summary>The request's target, encoded as it came.</summary>
    public static string TargetOf(HttpContext context) => context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;

    /// <summary>
    /// The key of an address that an answer names, if it is of the same origin as this one: nobody may speak about what another origin has
    /// (RFC 9111, 4.4).
    /// </summary>
    public CacheKey? Resolve(string? reference)
    {
        if (!Uri.TryCreate($"{Scheme}://{Host}{Target}", UriKind.Absolute, out Uri? here)
            || !Uri.TryCreate(here, reference, out Uri? there)
            || !there.GetLeftPart(UriPartial.Authority).Equals(here.GetLeftPart(UriPartial.Authority), StringComparison.OrdinalIgnoreCase))
            return null;
        return new CacheKey(Scheme, Host, there.PathAndQuery);
    }

    /// <inheritdoc />
    public bool Equals(CacheKey other) =>
        _hash == other._hash
        && string.Equals(Target, other.Target, StringComparison.Ordinal)
        && string.Equals(Host, other.Host, StringComparison.Ordinal)
        && string.Equals(Scheme, other.Scheme, StringComparison.Ordinal);

    /// <inheritdoc />
    public override bool Equals(object? obj) => obj is CacheKey other && Equals(other);

    /// <inheritdoc />
    public override int GetHashCode() => _hash;
}
