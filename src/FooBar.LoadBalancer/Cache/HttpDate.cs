using System.Globalization;

namespace FooBar.LoadBalancer.Cache;

/// <summary>Dates in header fields (RFC 9110, 5.6.7). Pure functions.</summary>
internal static class HttpDate
{
    private const string Zone = " GMT";
    private const string Fixed = "ddd, dd MMM yyyy HH:mm:ss";
    private const string Rfc850 = "dd-MMM-yyyy HH:mm:ss";
    private const int YearInRfc850 = 7;

    private static readonly string[] AscTime = ["ddd MMM  d HH:mm:ss yyyy", "ddd MMM dd HH:mm:ss yyyy"];

    /// <summary>
    /// Reads one of the three forms that HTTP allows, and nothing that only looks like one: a cache that guesses at a date keeps an answer
    /// longer than its origin meant. Letters may be of either case.
    /// </summary>
    /// <param name="text">The field's value.</param>
    /// <param name="now">The clock, by which a year of two digits is understood.</param>
    public static DateTimeOffset? Parse(ReadOnlySpan<char> text, DateTimeOffset now)
    {
        if (!text.EndsWith(Zone, StringComparison.OrdinalIgnoreCase))
            return Exact(text, AscTime);

        ReadOnlySpan<char> local = text[..^Zone.Length];
        return Exact(local, [Fixed]) ?? ParseRfc850(local, now);
    }

    /// <summary>The form that is sent.</summary>
    public static string Format(DateTimeOffset date) => date.ToString("R", CultureInfo.InvariantCulture);

    /// <summary><c>Sunday, 06-Nov-94 08:49:37</c>; a date that seems more than 50 years ahead is the latest past one with the same digits.</summary>
    private static DateTimeOffset? ParseRfc850(ReadOnlySpan<char> local, DateTimeOffset now)
    {
        int comma = local.IndexOf(", ");
        if (comma < 0 || !Enum.TryParse(local[..comma], ignoreCase: true, out DayOfWeek _))
            return null;

        ReadOnlySpan<char> date = local[(comma + 2)..];
        if (date.Length != Rfc850.Length - 2)
            return null;
        DateTimeOffset? inThisCentury = Exact(string.Concat(date[..YearInRfc850], "20", date[YearInRfc850..]), [Rfc850]);
        return inThisCentury > now.AddYears(50)
            ? Exact(string.Concat(date[..YearInRfc850], "19", date[YearInRfc850..]), [Rfc850])
            : inThisCentury;
    }

    private static DateTimeOffset? Exact(ReadOnlySpan<char> text, string[] formats) =>
        DateTimeOffset.TryParseExact(
            text, formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset date)
            ? date
            : null;
}
