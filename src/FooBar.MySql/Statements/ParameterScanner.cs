namespace FooBar.MySql.Statements;

/// <summary>
/// Finds the <c>@name</c> parameters of a statement, and steps over everything in which an <c>@</c> means something else: strings,
/// quoted identifiers, comments, system variables (<c>@@name</c>), quoted user variables (<c>@`name`</c>, <c>@'name'</c>) and the host
/// part of an account (<c>'user'@localhost</c>).
/// </summary>
/// <remarks>
/// A bare <c>@name</c> is always a parameter, never a user variable: taking a forgotten parameter for a variable would run the statement
/// with NULL in its place. An executable comment (<c>/*! … */</c>) is stepped over as a comment.
/// </remarks>
internal struct ParameterScanner(string text, bool noBackslashEscapes)
{
    private int _position = 0;

    /// <summary>Where the parameter that was found begins: at its <c>@</c>.</summary>
    public int Start { get; private set; }

    /// <summary>Length of the parameter that was found, with its <c>@</c>.</summary>
    public int Length { get; private set; }

    /// <exception cref="ArgumentException">The text has a positional placeholder, <c>?</c>.</exception>
    public bool MoveNext()
    {
        while (_position < text.Length)
        {
            int at = _position;
            char current = text[at];
            char next = at + 1 < text.Length ? text[at + 1] : '\0';
            switch (current)
            {
                case '\'' or '"':
                    _position = AfterQuoted(at, current, !noBackslashEscapes);
                    SkipHostOfAccount();
                    break;
                case '`':
                    _position = AfterQuoted(at, current, backslashEscapes: false);
                    SkipHostOfAccount();
                    break;
                case '#':
                    _position = AfterLine(at);
                    break;
                case '-' when next == '-' && (at + 2 >= text.Length || text[at + 2] <= ' '):
                    _position = AfterLine(at);
                    break;
                case '/' when next == '*':
                    int end = text.IndexOf("*/", at + 2, StringComparison.Ordinal);
                    _position = end < 0 ? text.Length : end + 2;
                    break;
                case '?':
                    throw new ArgumentException($"The statement has a positional placeholder '?' at character {at}; parameters are written @name.");
                case '@' when next == '@':
                    _position = AfterName(at + 2);
                    break;
                case '@' when IsNamePart(next):
                    _position = AfterName(at + 1);
                    Start = at;
                    Length = _position - at;
                    return true;
                default:
                    _position = at + 1;
                    break;
            }
        }

        return false;
    }

    private static bool IsNamePart(char character) =>
        char.IsAsciiLetterOrDigit(character) || character is '_' or '$' || character >= '\u0080';

    private readonly int AfterName(int position)
    {
        while (position < text.Length && IsNamePart(text[position])) position++;
        return position;
    }

    private readonly int AfterLine(int position)
    {
        int end = text.IndexOf('\n', position);
        return end < 0 ? text.Length : end + 1;
    }

    /// <summary>A doubled quote inside reads as the end of one string and the begin of the next, which comes to the same.</summary>
    private readonly int AfterQuoted(int position, char quote, bool backslashEscapes)
    {
        for (position++; position < text.Length; position++)
        {
            if (text[position] == quote) return position + 1;
            if (backslashEscapes && text[position] == '\\') position++;
        }

        return text.Length;
    }

    private void SkipHostOfAccount()
    {
        if (_position + 1 < text.Length && text[_position] == '@' && text[_position + 1] != '@') _position = AfterName(_position + 1);
    }
}
