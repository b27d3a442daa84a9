using System.Globalization;
using System.Text;

namespace FooBar.Web.Posts;

/// <summary>A field that was refused, by the name it has in the form, and what to do about it.</summary>
internal sealed record FieldError(string Field, string Message);

/// <summary>The bounds of one field of the form. Lengths are UTF-16 units, the unit of the browser's <c>maxlength</c>.</summary>
internal sealed record FieldRule(string Field, string Label, int MinLength, int MaxLength, bool ManyLines);

/// <summary>What a notice must be to go on the board.</summary>
internal static class PostRules
{
    public static readonly FieldRule Title = new("title", "Title", 3, 120, ManyLines: false);
    public static readonly FieldRule Author = new("author", "Your name", 2, 60, ManyLines: false);
    public static readonly FieldRule Body = new("body", "Notice", 10, 10_000, ManyLines: true);

    /// <summary>Checks a trimmed draft; one error a field at most, in the order of the form; empty when the notice is fine.</summary>
    public static IReadOnlyList<FieldError> Check(PostDraft draft)
    {
        ReadOnlySpan<(FieldRule, string)> fields = [(Title, draft.Title), (Author, draft.Author), (Body, draft.Body)];
        List<FieldError> errors = [];
        foreach ((FieldRule rule, string value) in fields)
        {
            if (Check(rule, value) is { } message)
                errors.Add(new FieldError(rule.Field, message));
        }

        return errors;
    }

    private static string? Check(FieldRule rule, string value)
    {
        if (value.Length == 0)
            return $"{rule.Label} is missing.";
        if (value.Length < rule.MinLength)
            return Invariant($"{rule.Label} is too short: at least {rule.MinLength} characters, please.");
        if (value.Length > rule.MaxLength)
            return Invariant($"{rule.Label} is too long: {rule.MaxLength:N0} characters at most, this one has {value.Length:N0}.");

        bool visible = false;
        foreach (Rune rune in value.EnumerateRunes())
        {
            if (IsRefused(rune, rule.ManyLines))
                return Invariant($"{rule.Label} has a character in it that cannot be shown (U+{rune.Value:X4}); remove it and send it again.");
            visible |= IsVisible(rune);
        }

        return visible ? null : $"{rule.Label} shows nothing: write some words, please.";
    }

    /// <summary>
    /// Control characters, and the invisible ones that turn the direction of the text around them: with those a name could be made to
    /// read as part of the site.
    /// </summary>
    private static bool IsRefused(Rune rune, bool manyLines) => rune.Value switch
    {
        '\n' or '\t' => !manyLines,
        >= 0x202A and <= 0x202E or >= 0x2066 and <= 0x2069 or 0x2028 or 0x2029 => true,
        _ => Rune.IsControl(rune),
    };

    private static bool IsVisible(Rune rune) =>
        !Rune.IsWhiteSpace(rune)
        && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Format or UnicodeCategory.Control or UnicodeCategory.NonSpacingMark);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
