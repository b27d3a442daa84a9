using System.Globalization;

namespace FooBar.LoadBalancer.Cache;

/// <summary>The values of the Cache-Status field (RFC 9211): what the cache did with a request, for whoever looks at the answer.</summary>
internal static class CacheStatus
{
    /// <summary>The field's name.</summary>
    public const string Field = "Cache-Status";

    public const string Bypass = "foobar; fwd=bypass";
    public const string Miss = "foobar; fwd=uri-miss";
    public const string VaryMiss = "foobar; fwd=vary-miss";
    public const string Stale = "foobar; fwd=stale";
    public const string Request = "foobar; fwd=request";

    /// <summary>The client wanted nothing but a stored answer, and there was none.</summary>
    public const string OnlyIfCached = "foobar; detail=only-if-cached";

    private const string Stored = "; stored";
    private const string Collapsed = "; collapsed";

    /// <summary>An answer out of the cache; less than zero seconds are left of one that is stale.</summary>
    public static string Hit(long secondsLeft) => string.Create(CultureInfo.InvariantCulture, $"foobar; hit; ttl={secondsLeft}");

    /// <summary>The same words, and that the answer is being stored.</summary>
    public static string WithStored(string forwarded) => forwarded switch
    {
        Miss => Miss + Stored,
        VaryMiss => VaryMiss + Stored,
        Stale => Stale + Stored,
        Request => Request + Stored,
        _ => forwarded + Stored,
    };

    /// <summary>The same words, and that another request's answer was waited for.</summary>
    public static string WithCollapsed(string forwarded) => forwarded switch
    {
        Miss => Miss + Collapsed,
        VaryMiss => VaryMiss + Collapsed,
        Stale => Stale + Collapsed,
        Request => Request + Collapsed,
        _ => forwarded + Collapsed,
    };

    /// <summary>The same words, and what the backend said to it.</summary>
    public static string WithForwardStatus(string forwarded, int status) =>
        string.Create(CultureInfo.InvariantCulture, $"{forwarded}; fwd-status={status}");
}
