namespace FooBar.Web.Posts;

/// <summary>Plain text as paragraphs of lines: an empty line ends a paragraph, a single line break stays a line break.</summary>
internal static class Paragraphs
{
    /// <summary>The paragraphs in order, each with at least one line. Expects line feeds only, which is how bodies are stored.</summary>
    public static IEnumerable<IReadOnlyList<string>> Of(string text)
    {
        List<string> lines = [];
        foreach (string line in text.Split('\n'))
        {
            if (!string.IsNullOrWhiteSpace(line))
            {
                lines.Add(line.TrimEnd());
            }
            else if (lines.Count > 0)
            {
                yield return lines;
                lines = [];
            }
        }

        if (lines.Count > 0)
            yield return lines;
    }
}
