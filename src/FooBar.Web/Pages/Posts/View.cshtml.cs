using FooBar.Web.Posts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace FooBar.Web.Pages.Posts;

/// <summary>One notice in full.</summary>
internal sealed class ViewModel(PostStore posts, TimeProvider time) : PageModel
{
    /// <summary>Set whenever the page is rendered.</summary>
    public Post Post { get; private set; } = null!;

    public DateTimeOffset Now { get; } = time.GetUtcNow();

    public async Task<IActionResult> OnGetAsync(string id, CancellationToken cancellationToken)
    {
        if (!PostId.TryParse(id, out long number))
            return BadRequest();
        if (await posts.FindAsync(number, cancellationToken).ConfigureAwait(false) is not { } post)
            return NotFound();

        Post = post;
        return Page();
    }
}
