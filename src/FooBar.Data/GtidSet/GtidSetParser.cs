using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace FooBar.Data;

/// <summary>
/// Reads <c>uuid[:tag]:n[-m]…[:tag:n[-m]…]…[,uuid…]</c>. Stricter than the server where the server shrugs (an empty entry, a UUID
/// without a number, a run that ends before it starts): a token that says nothing is more likely damaged than meant.
/// </summary>
internal ref struct GtidSetParser
{
    /// <summary>The server's largest transaction number.</summary>
    private const long LargestNumber = long.MaxValue - 1;

    private const int LongestTag = 32;

    private readonly ReadOnlySpan<char> _text;
    private readonly GtidSetBuilder _set = new();
    private int _at;

    private GtidSetParser(ReadOnlySpan<char> text) => _text = text;

    /// <param name="text">The text to read.</param>
    /// <param name="set">The set, or null when the text is not one.</param>
    /// <param name="position">Where reading ended.</param>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out GtidSet? set, out int position)
    {
        GtidSetParser parser = new(text);
        bool understood = parser.Read();
        position = parser._at;
        set = understood ? parser._set.Build() : null;
        return understood;
    }

    private bool Read()
    {
        SkipSpace();
        if (_at == _text.Length)
            return true;
        do
        {
            if (!ReadUuid())
                return false;
        }
        while (Take(','));
        return _at == _text.Length;
    }

    private bool ReadUuid()
    {
        SkipSpace();
        const int uuidLength = 36;
        if (_text.Length - _at < uuidLength || !Guid.TryParseExact(_text.Slice(_at, uuidLength), "D", out Guid uuid))
            return false;
        _at += uuidLength;
        string tag = "";
        bool number = false;
        while (Take(':'))
        {
            SkipSpace();
            if (ReadTag() is { } next)
            {
                // A tag that no number follows names nothing.
                if (!number && tag.Length > 0)
                    return false;
                (tag, number) = (next, false);
            }
            else if (ReadInterval() is { } interval)
            {
                _set.Add(uuid, tag, interval);
                number = true;
            }
            else
                return false;
        }

        return number;
    }

    private string? ReadTag()
    {
        int end = _at;
        while (end < _text.Length && (char.IsAsciiLetterOrDigit(_text[end]) || _text[end] == '_'))
            end++;
        ReadOnlySpan<char> word = _text[_at..end];
        if (word.Length is 0 or > LongestTag || char.IsAsciiDigit(word[0]))
            return null;
        _at = end;
        return word.ToString().ToLowerInvariant();
    }

    private GtidInterval? ReadInterval()
    {
        if (ReadNumber() is not { } first)
            return null;
        if (!Take('-'))
            return new(first, first);
        SkipSpace();
        return ReadNumber() is { } last && last >= first ? new(first, last) : null;
    }

    private long? ReadNumber()
    {
        int end = _at;
        while (end < _text.Length && char.IsAsciiDigit(_text[end]))
            end++;
        if (!long.TryParse(_text[_at..end], NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            || number is < 1 or > LargestNumber)
            return null;
        _at = end;
        return number;
    }

    private bool Take(char separator)
    {
        SkipSpace();
        if (_at == _text.Length || _text[_at] != separator)
            return false;
        _at++;
        return true;
    }

    private void SkipSpace()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
            _at++;
    }
}
