using Microsoft.Extensions.Primitives;

namespace FooBar.Web.Posts;

/// <summary>What a visitor typed into the form, before and after the rules of the board were applied to it.</summary>
internal sealed record PostDraft(string Title, string Author, string Body)
{
    public static readonly PostDraft Empty = new("", "", "");

    /// <summary>Takes the fields as they came; a field that is missing is empty. Line breaks become line feeds: browsers send CR LF.</summary>
    public static PostDraft Read(IFormCollection form) =>
        new(Text(form["title"]), Text(form["author"]), Text(form["body"]));

    /// <summary>Without the white space around each field, which is what is checked and stored.</summary>
    public PostDraft Trimmed() => new(Title.Trim(), Author.Trim(), Body.Trim());

    private static string Text(StringValues value) =>
        value.ToString().Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
}
