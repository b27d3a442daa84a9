using System.Text;

namespace FooBar.MySql.Observability;

/// <summary>
/// A statement's text without what may be confidential: every literal becomes <c>?</c>, comments go, white space is one blank. Parameters,
/// names and variables stay. Where MySQL's reading depends on its settings the stricter one is taken: <c>"…"</c> is a literal.
/// </summary>
internal static class StatementSanitizer
{
    /// <summary>Characters that are kept; a longer text is cut and ends in an ellipsis.</summary>
    public const int LongestText = 2_048;

    public static string Sanitize(string text, bool noBackslashEscapes)
    {
        StringBuilder kept = new(Math.Min(text.Length, LongestText));
        bool blankDue = false;
        int position = 0;
        while (position < text.Length)
        {
            int at = position;
            if (SkipBlank(text, ref position))
            {
                blankDue = kept.Length > 0;
                continue;
            }

            if (kept.Length >= LongestText) return kept.Append('…', 1).ToString();

            if (blankDue) kept.Append(' ');
            blankDue = false;
            char first = text[at];
            switch (first)
            {
                case '\'' or '"':
                    position = AfterQuoted(text, at, !noBackslashEscapes);
                    kept.Append('?');
                    break;
                case '`':
                    position = AfterQuoted(text, at, backslashEscapes: false);
                    Keep(kept, text.AsSpan(at, position - at));
                    break;
                case >= '0' and <= '9':
                    position = AfterNumber(text, at);
                    kept.Append('?');
                    break;
                case var _ when IsNamePart(first):
                    position = AfterName(text, at);
                    ReadOnlySpan<char> word = text.AsSpan(at, position - at);
                    Keep(kept, IsTruthValue(word) ? "?" : word);
                    break;
                case '@':
                    position = AfterName(text, AfterAt(text, at));
                    Keep(kept, text.AsSpan(at, position - at));
                    break;
                default:
                    position = at + 1;
                    kept.Append(first);
                    break;
            }
        }

        return kept.ToString();
    }

    private static void Keep(StringBuilder kept, ReadOnlySpan<char> part) =>
        kept.Append(part[..Math.Min(part.Length, LongestText - kept.Length)]);

    private static bool IsTruthValue(ReadOnlySpan<char> word) =>
        word.Equals("TRUE", StringComparison.OrdinalIgnoreCase) || word.Equals("FALSE", StringComparison.OrdinalIgnoreCase);

    /// <summary>Steps over white space and comments, if any begin here.</summary>
    private static bool SkipBlank(string text, ref int position)
    {
        int at = position;
        char first = text[at];
        char second = at + 1 < text.Length ? text[at + 1] : '\0';
        if (char.IsWhiteSpace(first)) position++;
        else if (first == '#' || (first == '-' && second == '-' && (at + 2 >= text.Length || text[at + 2] <= ' '))) position = After(text, "\n", at);
        else if (first == '/' && second == '*') position = After(text, "*/", at + 2);
        return position > at;
    }

    private static int After(string text, string end, int position)
    {
        int found = text.IndexOf(end, position, StringComparison.Ordinal);
        return found < 0 ? text.Length : found + end.Length;
    }

    private static int AfterQuoted(string text, int position, bool backslashEscapes)
    {
        char quote = text[position];
        for (position++; position < text.Length; position++)
        {
            if (backslashEscapes && text[position] == '\\')
            {
                position++;
            }
            else if (text[position] == quote)
            {
                // Doubled it stands for itself.
                if (position + 1 >= text.Length || text[position + 1] != quote) return position + 1;

                position++;
            }
        }

        return text.Length;
    }

    /// <summary>Also 0xFF, 1.5 and 1e-3.</summary>
    private static int AfterNumber(string text, int position)
    {
        for (; position < text.Length; position++)
        {
            char current = text[position];
            bool isSign = current is '+' or '-' && text[position - 1] is 'e' or 'E';
            if (!IsNamePart(current) && current != '.' && !isSign) break;
        }

        return position;
    }

    private static int AfterAt(string text, int position)
    {
        while (position < text.Length && text[position] == '@') position++;
        return position;
    }

    private static int AfterName(string text, int position)
    {
        while (position < text.Length && IsNamePart(text[position])) position++;
        return position;
    }

    private static bool IsNamePart(char character) =>
        char.IsAsciiLetterOrDigit(character) || character is '_' or '$' || character >= '\u0080';
}
