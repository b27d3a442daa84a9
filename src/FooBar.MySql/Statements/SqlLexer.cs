using System.Buffers;

namespace FooBar.MySql.Statements;

/// <summary>What a piece of SQL is, as far as the driver has to know.</summary>
internal enum SqlToken
{
    /// <summary>A key word, an unquoted name or a number.</summary>
    Word,

    /// <summary>A string, or under ANSI_QUOTES a quoted name.</summary>
    String,

    /// <summary>A name in backticks.</summary>
    QuotedName,

    /// <summary>A comment that does nothing, an optimizer hint among them.</summary>
    Comment,

    /// <summary><c>/*! … */</c>, which the server executes.</summary>
    ExecutableComment,

    /// <summary><c>@@name</c>, up to the first point.</summary>
    SystemVariable,

    /// <summary>A quoted user variable: <c>@`name`</c>, <c>@'name'</c>, <c>@"name"</c>.</summary>
    UserVariable,

    /// <summary><c>@name</c>.</summary>
    Parameter,

    /// <summary><c>?</c>.</summary>
    Placeholder,

    /// <summary>The host of an account: <c>@localhost</c> right behind a quote.</summary>
    AccountHost,

    /// <summary>Any other single character.</summary>
    Symbol,
}

/// <summary>
/// Cuts a statement into pieces, so that an <c>@</c> or a word inside a string, a quoted name or a comment is not taken for one outside.
/// White space is stepped over. Never fails: what the server will refuse comes out as some token or other.
/// </summary>
/// <param name="text">The statement.</param>
/// <param name="noBackslashEscapes">Whether a backslash in a string is an ordinary character (NO_BACKSLASH_ESCAPES).</param>
/// <param name="ansiQuotes">Whether double quotes are around a name, in which it is one, too (ANSI_QUOTES).</param>
internal ref struct SqlLexer(ReadOnlySpan<char> text, bool noBackslashEscapes, bool ansiQuotes = false)
{
    private static readonly SearchValues<char> Space = SearchValues.Create(" \t\r\n\f\v");

    private static readonly SearchValues<char> TagParts =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

    private readonly ReadOnlySpan<char> _text = text;
    private int _position;
    private bool _isBehindQuote;

    public SqlToken Kind { get; private set; }

    public int Start { get; private set; }

    public readonly int Length => _position - Start;

    /// <summary>The token has no end: the text is over before.</summary>
    public bool IsUnfinished { get; private set; }

    /// <summary>Some token so far ends elsewhere under ANSI_QUOTES: a double quote stands behind a backslash in it.</summary>
    public bool DependsOnAnsiQuotes { get; private set; }

    public readonly ReadOnlySpan<char> Token => _text[Start.._position];

    public bool MoveNext()
    {
        int skipped = _text[_position..].IndexOfAnyExcept(Space);
        if (skipped < 0) return false;

        bool followsQuote = _isBehindQuote && skipped == 0;
        Start = _position += skipped;
        IsUnfinished = false;
        Kind = Advance(followsQuote);
        _isBehindQuote = Kind is SqlToken.String or SqlToken.QuotedName;
        return true;
    }

    private SqlToken Advance(bool followsQuote)
    {
        char current = _text[Start];
        switch (current)
        {
            case '\'' or '"':
                _position = AfterQuoted(Start, current, !noBackslashEscapes && !(ansiQuotes && current == '"'));
                return SqlToken.String;
            case '$' when TryPassDollarQuoted():
                return SqlToken.String;
            case '`':
                _position = AfterQuoted(Start, current, backslashEscapes: false);
                return SqlToken.QuotedName;
            case '#':
            case '-' when Peek(1) == '-' && Peek(2) <= ' ':
                int line = _text[Start..].IndexOf('\n');
                _position = line < 0 ? _text.Length : Start + line + 1;
                return SqlToken.Comment;
            case '/' when Peek(1) == '*':
                int end = Start + 2 <= _text.Length ? _text[(Start + 2)..].IndexOf("*/", StringComparison.Ordinal) : -1;
                IsUnfinished = end < 0;
                _position = end < 0 ? _text.Length : Start + 2 + end + 2;
                return Peek(2) == '!' ? SqlToken.ExecutableComment : SqlToken.Comment;
            case '?':
                _position++;
                return SqlToken.Placeholder;
            case '@':
                return AdvanceAt(followsQuote);
            default:
                _position = AfterName(Start);
                if (_position > Start) return SqlToken.Word;

                _position++;
                return SqlToken.Symbol;
        }
    }

    private SqlToken AdvanceAt(bool followsQuote)
    {
        char next = Peek(1);
        if (next == '@')
        {
            _position = AfterName(Start + 2);
            return SqlToken.SystemVariable;
        }

        if (followsQuote)
        {
            // What follows the @ of an account may be quoted in its turn, and is then a token of its own.
            _position = AfterName(Start + 1);
            return SqlToken.AccountHost;
        }

        if (next is '`' or '\'' or '"')
        {
            _position = AfterQuoted(Start + 1, next, next != '`' && !noBackslashEscapes);
            return SqlToken.UserVariable;
        }

        _position = AfterName(Start + 1);
        return _position > Start + 1 ? SqlToken.Parameter : SqlToken.Symbol;
    }

    private readonly char Peek(int ahead) => Start + ahead < _text.Length ? _text[Start + ahead] : '\0';

    private readonly int AfterName(int position)
    {
        while (position < _text.Length && IsNamePart(_text[position])) position++;
        return position;
    }

    private static bool IsNamePart(char character) =>
        char.IsAsciiLetterOrDigit(character) || character is '_' or '$' || character >= '\u0080';

    /// <summary>A doubled quote inside reads as the end of one string and the begin of the next, which comes to the same.</summary>
    private int AfterQuoted(int position, char quote, bool backslashEscapes)
    {
        for (position++; position < _text.Length; position++)
        {
            if (_text[position] == quote) return position + 1;
            if (!backslashEscapes || _text[position] != '\\') continue;

            position++;
            DependsOnAnsiQuotes |= quote == '"' && position < _text.Length && _text[position] == '"';
        }

        IsUnfinished = true;
        return _text.Length;
    }

    /// <summary>The body of a routine in another language: <c>$$ … $$</c>, <c>$js$ … $js$</c>.</summary>
    private bool TryPassDollarQuoted()
    {
        ReadOnlySpan<char> rest = _text[Start..];
        int tagEnd = rest[1..].IndexOf('$');
        if (tagEnd < 0 || rest[1..(tagEnd + 1)].ContainsAnyExcept(TagParts)) return false;

        ReadOnlySpan<char> tag = rest[..(tagEnd + 2)];
        int end = rest[tag.Length..].IndexOf(tag, StringComparison.Ordinal);
        if (end < 0) return false;

        _position = Start + tag.Length + end + tag.Length;
        return true;
    }
}
