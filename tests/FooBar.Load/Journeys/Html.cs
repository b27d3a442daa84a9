using System.Net;

namespace FooBar.Load.Journeys;

/// <summary>
/// Reads the little that a journey needs out of the site's pages, by searching: a parser that builds the document costs more than the
/// request, and the generator shares two cores with the site. It knows how this site writes its tags, not all of HTML.
/// </summary>
internal static class Html
{
    /// <summary>The text of the first heading; null when there is none.</summary>
    public static string? Heading(string page)
    {
        if (Between(page, "<h1>", "</h1>") is not { } heading)
        {
            return null;
        }

        // The site wraps what visitors wrote in <bdi>, nothing else.
        return WebUtility.HtmlDecode(heading.Replace("<bdi>", string.Empty, StringComparison.Ordinal).Replace("</bdi>", string.Empty, StringComparison.Ordinal)).Trim();
    }

    /// <summary>The addresses of the posts that a page links to, in its order.</summary>
    public static IReadOnlyList<string> PostLinks(string page)
    {
        const string start = "href=\"/posts/";
        List<string> links = [];
        for (int at = page.IndexOf(start, StringComparison.Ordinal); at >= 0; at = page.IndexOf(start, at + start.Length, StringComparison.Ordinal))
        {
            ReadOnlySpan<char> number = page.AsSpan(at + start.Length);
            int end = number.IndexOf('"');
            if (end > 0 && !number[..end].ContainsAnyExceptInRange('0', '9'))
            {
                links.Add($"/posts/{number[..end]}");
            }
        }

        return links;
    }

    /// <summary>The hidden fields of the form that posts a notice, decoded; null when the page has no such form.</summary>
    public static IReadOnlyDictionary<string, string>? HiddenFields(string page)
    {
        if (Between(page, "action=\"/posts/new", "</form>") is not { } form)
        {
            return null;
        }

        const string start = "<input type=\"hidden\" ";
        Dictionary<string, string> fields = [];
        for (int at = form.IndexOf(start, StringComparison.Ordinal); at >= 0; at = form.IndexOf(start, at + start.Length, StringComparison.Ordinal))
        {
            string tag = form[at..Math.Max(at, form.IndexOf('>', at))];
            if (Between(tag, "name=\"", "\"") is { } name && Between(tag, "value=\"", "\"") is { } value)
            {
                fields[WebUtility.HtmlDecode(name)] = WebUtility.HtmlDecode(value);
            }
        }

        return fields;
    }

    private static string? Between(string text, string start, string end)
    {
        int from = text.IndexOf(start, StringComparison.Ordinal);
        int to = from < 0 ? -1 : text.IndexOf(end, from + start.Length, StringComparison.Ordinal);
        return to < 0 ? null : text[(from + start.Length)..to];
    }
}
