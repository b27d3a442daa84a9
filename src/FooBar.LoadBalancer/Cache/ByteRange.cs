using Microsoft.Extensions.Primitives;

namespace FooBar.LoadBalancer.Cache;

/// <summary>One part of a body (RFC 9110, 14).</summary>
/// <param name="From">Its first byte.</param>
/// <param name="Count">How many there are; 0 if the body has none of what was asked for (416).</param>
internal readonly record struct ByteRange(long From, long Count)
{
    private const string Unit = "bytes=";

    /// <summary>
    /// The part that a Range field asks for. Null where the whole is the answer: another unit, something malformed, or several parts, which a
    /// server may decline and which multiply what is sent (RFC 9110, 14.2).
    /// </summary>
    /// <param name="field">The field.</param>
    /// <param name="length">The body's length.</param>
    public static ByteRange? Of(StringValues field, long length)
    {
        if (field.Count != 1 || field[0] is not { } text || !text.StartsWith(Unit, StringComparison.OrdinalIgnoreCase))
            return null;

        ReadOnlySpan<char> range = text.AsSpan(Unit.Length).Trim(" \t");
        int dash = range.IndexOf('-');
        if (dash < 0 || range.Contains(','))
            return null;

        ReadOnlySpan<char> first = range[..dash];
        ReadOnlySpan<char> last = range[(dash + 1)..];
        if (first.IsEmpty)
            return Position(last) is { } suffix ? new ByteRange(Math.Max(0, length - suffix), Math.Min(suffix, length)) : null;
        if (Position(first) is not { } from || (!last.IsEmpty && Position(last) is null))
            return null;

        long to = last.IsEmpty ? length - 1 : Math.Min(Position(last)!.Value, length - 1);
        if (!last.IsEmpty && Position(last) < from)
            return null;
        return from < length ? new ByteRange(from, to - from + 1) : new ByteRange(0, 0);
    }

    /// <summary>Digits alone; a number beyond every body counts as the end.</summary>
    private static long? Position(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || text.ContainsAnyExceptInRange('0', '9'))
            return null;
        return long.TryParse(text, null, out long position) ? position : long.MaxValue;
    }
}
