using System.Globalization;

namespace FooBar.Web.Posts;

/// <summary>How long ago something was, in words that a reader takes in at a glance.</summary>
internal static class Age
{
    /// <summary>From "just now" to "yesterday" and "12 days ago"; a plain date once it is more than four weeks.</summary>
    public static string Of(DateTimeOffset then, DateTimeOffset now)
    {
        TimeSpan age = now - then;
        return age switch
        {
            // The clocks of two hosts differ a little: what seems to come from the future was written just now.
            { TotalMinutes: < 1 } => "just now",
            { TotalMinutes: < 2 } => "a minute ago",
            { TotalHours: < 1 } => Invariant($"{(int)age.TotalMinutes} minutes ago"),
            { TotalHours: < 2 } => "an hour ago",
            { TotalDays: < 1 } => Invariant($"{(int)age.TotalHours} hours ago"),
            { TotalDays: < 2 } => "yesterday",
            { TotalDays: <= 28 } => Invariant($"{(int)age.TotalDays} days ago"),
            _ => OnDate(then),
        };
    }

    /// <summary>The day alone, as in "3 March 2026" (UTC).</summary>
    public static string OnDate(DateTimeOffset then) => then.UtcDateTime.ToString("d MMMM yyyy", CultureInfo.InvariantCulture);

    /// <summary>The minute, as in "3 March 2026, 14:05 UTC".</summary>
    public static string AtMinute(DateTimeOffset then) =>
        then.UtcDateTime.ToString("d MMMM yyyy, HH:mm 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>What the <c>datetime</c> attribute of a <c>time</c> element takes.</summary>
    public static string Machine(DateTimeOffset then) =>
        then.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
