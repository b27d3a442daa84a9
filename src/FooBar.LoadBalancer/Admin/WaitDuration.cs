using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace FooBar.LoadBalancer.Admin;

/// <summary>The time that a caller is willing to wait, as it stands in an address: a whole number and its unit.</summary>
internal static class WaitDuration
{
    /// <summary>A request is no place to wait for longer.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    /// <summary>Reads <c>500ms</c>, <c>30s</c> or <c>5m</c>; nothing is zero. False when it is something else, or longer than <see cref="Longest"/>.</summary>
    public static bool TryRead(StringValues values, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        if (values.Count == 0)
            return true;
        if (values is not [{ } text])
            return false;

        (string number, double milliseconds) = text switch
        {
            [.. var before, 'm', 's'] => (before, 1),
            [.. var before, 's'] => (before, 1000),
            [.. var before, 'm'] => (before, 60_000),
            _ => ("", 0),
        };
        if (!uint.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out uint count))
            return false;
        duration = TimeSpan.FromMilliseconds(count * milliseconds);
        return duration <= Longest;
    }
}
