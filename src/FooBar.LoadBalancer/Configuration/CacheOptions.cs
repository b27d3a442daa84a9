using System.Buffers;

namespace FooBar.LoadBalancer.Configuration;

/// <summary>The shared cache: <c>Gateway:Cache</c>.</summary>
internal sealed class CacheOptions
{
    /// <summary>What <see cref="BypassCookies"/> is when nothing is configured: the site's own cookies, and those that ASP.NET Core sets.</summary>
    public static readonly IReadOnlyList<string> DefaultBypassCookies = ["foobar-*", "__Host-foobar-*", ".AspNetCore.*"];

    /// <summary>What <see cref="BypassHeaders"/> is when nothing is configured.</summary>
    public static readonly IReadOnlyList<string> DefaultBypassHeaders = ["Causal-Token"];

    private static readonly SearchValues<char> NotInNames = SearchValues.Create(" \t;,=\"");

    /// <summary>
    /// Memory for stored answers in bytes, their headers and keys included, 0 to 64 GiB. 0: nothing is stored, and nothing is answered from
    /// the cache. Default: 67,108,864 (64 MiB).
    /// </summary>
    public long Bytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>
    /// Largest body that is stored, in bytes, 0 to 1 GiB, and not more than <see cref="Bytes"/>. Larger ones pass. Default: 1,048,576 (1 MiB).
    /// </summary>
    public int EntryBytes { get; set; } = 1024 * 1024;

    /// <summary>
    /// Names of cookies whose requests pass the cache by: they are not answered from it, and their answers are not stored. Case does not
    /// matter; a <c>*</c> at the end stands for anything. Default: <see cref="DefaultBypassCookies"/>.
    /// </summary>
    public IList<string> BypassCookies { get; } = [];

    /// <summary>
    /// Names of request headers that do the same; case does not matter. Default: <see cref="DefaultBypassHeaders"/>.
    /// </summary>
    public IList<string> BypassHeaders { get; } = [];

    /// <summary>Adds what is out of range.</summary>
    internal void Check(OptionErrors errors)
    {
        errors.Range("Cache:Bytes", Bytes, 0, 64L * 1024 * 1024 * 1024);
        errors.Range("Cache:EntryBytes", EntryBytes, 0, 1024 * 1024 * 1024);
        if (Bytes > 0 && EntryBytes > Bytes)
            errors.Add($"Cache:EntryBytes is {EntryBytes} and Gateway:Cache:Bytes is {Bytes}; an answer must fit into the cache");
        CheckNames("BypassCookies", BypassCookies, errors);
        CheckNames("BypassHeaders", BypassHeaders, errors);
    }

    private static void CheckNames(string key, IList<string> names, OptionErrors errors)
    {
        for (int i = 0; i < names.Count; i++)
        {
            if (names[i].Length == 0 || names[i].AsSpan().ContainsAny(NotInNames))
                errors.Add($"Cache:{key}:{i} is \"{names[i]}\"; it must be a name");
        }
    }
}
