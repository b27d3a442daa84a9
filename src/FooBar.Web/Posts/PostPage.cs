namespace FooBar.Web.Posts;

/// <summary>
/// One page of the board, newest notice first. <paramref name="OlderBefore"/> is the <c>before</c> of the next older page and
/// <paramref name="NewerAfter"/> the <c>after</c> of the next newer one; null where there is none.
/// </summary>
internal sealed record PostPage(IReadOnlyList<PostSummary> Posts, long? OlderBefore, long? NewerAfter)
{
    /// <summary>Notices on a page.</summary>
    public const int Size = 20;

    /// <summary>
    /// Cuts a page out of rows read towards older notices. One row more than <see cref="Size"/> was asked for; that row only says that
    /// there is an older page.
    /// </summary>
    public static PostPage TowardsOlder(IReadOnlyList<PostSummary> newestFirst, bool newerExist)
    {
        PostSummary[] posts = [.. newestFirst.Take(Size)];
        return new PostPage(
            posts,
            newestFirst.Count > Size ? posts[^1].Id : null,
            newerExist && posts.Length > 0 ? posts[0].Id : null);
    }

    /// <summary>Cuts a page out of rows read towards newer notices, that is oldest first, again with one row more than a page.</summary>
    public static PostPage TowardsNewer(IReadOnlyList<PostSummary> oldestFirst, bool olderExist)
    {
        PostSummary[] posts = [.. oldestFirst.Take(Size).Reverse()];
        return new PostPage(
            posts,
            olderExist && posts.Length > 0 ? posts[^1].Id : null,
            oldestFirst.Count > Size ? posts[0].Id : null);
    }
}
