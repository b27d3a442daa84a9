namespace FooBar.Web.Posts;

/// <summary>The first words of a notice, on one line.</summary>
internal static class Excerpt
{
    /// <summary>Longest excerpt in UTF-16 units, the ellipsis included.</summary>
    public const int MaxLength = 240;

    /// <summary>
    /// How much of a body the database must hand over so that <see cref="Of"/> can tell a cut text from a whole one. White space is
    /// collapsed, so a little more than <see cref="MaxLength"/>.
    /// </summary>
    public const int SourceLength = 400;

    /// <summary>Collapses white space and cuts after a whole word where there is one in the last third.</summary>
    /// <param name="body">The body, or at least its first <see cref="SourceLength"/> characters.</param>
    public static string Of(string body)
    {
        // On one line a list's dashes would read as if words were missing.
        string points = body.Replace("\n- ", "\n· ", StringComparison.Ordinal);
        string line = string.Join(' ', points.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        if (line.Length <= MaxLength && body.Length < SourceLength)
            return line;

        int end = Math.Min(line.Length, MaxLength - 1);
        int space = line.LastIndexOf(' ', end - 1, end);
        if (space > MaxLength * 2 / 3)
            end = space;
        else if (char.IsHighSurrogate(line[end - 1]))
            end--;
        return line[..end].TrimEnd('.', ',', ';', ':', ' ') + "…";
    }
}
