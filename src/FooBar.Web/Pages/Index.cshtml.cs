using FooBar.Web.Posts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Primitives;

namespace FooBar.Web.Pages;

/// <summary>The front page: the newest notices, and the way to older ones.</summary>
internal sealed class IndexModel(PostStore posts, TimeProvider time) : PageModel
{
    public PostPage Board { get; private set; } = new([], null, null);

    /// <summary>Whether this is the front page itself and not one further back.</summary>
    public bool IsNewest { get; private set; }

    public DateTimeOffset Now { get; } = time.GetUtcNow();

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        if (!TryReadEdge("before", out long? before) || !TryReadEdge("after", out long? after) || (before is not null && after is not null))
            return BadRequest();

        if (after is { } edge)
        {
            Board = await posts.NewerAsync(edge, cancellationToken).ConfigureAwait(false);

            // Too few to fill a page: these are the newest, and the newest page is the front page, under the front page's address.
            if (Board.NewerAfter is null)
                return Redirect("/");
            return Page();
        }

        Board = await posts.OlderAsync(before, cancellationToken).ConfigureAwait(false);
        IsNewest = before is null;
        return Page();
    }

    /// <summary>False when the parameter is there and is not the number of a notice.</summary>
    private bool TryReadEdge(string name, out long? edge)
    {
        edge = null;
        if (!Request.Query.TryGetValue(name, out StringValues text))
            return true;
        bool understood = PostId.TryParse(text, out long id);
        edge = understood ? id : null;
        return understood;
    }
}
