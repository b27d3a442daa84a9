using FooBar.Web.Posts;

namespace FooBar.Web.Tests.Posts;

public sealed class PostPageTests
{
    [Theory]
    // rows, newest first from 100 down | newer exist | older, newer
    [InlineData(0, false, null, null)]
    [InlineData(0, true, null, null)]
    [InlineData(5, false, null, null)]
    [InlineData(20, false, null, null)]
    [InlineData(21, false, 81L, null)]
    [InlineData(21, true, 81L, 100L)]
    [InlineData(3, true, null, 100L)]
    public void TowardsOlder_Rows_LinkOnlyWhatExists(int rows, bool newerExist, long? older, long? newer)
    {
        PostPage page = PostPage.TowardsOlder([.. Enumerable.Range(0, rows).Select(i => Summary(100 - i))], newerExist);
        Assert.Equal((Math.Min(rows, 20), older, newer), (page.Posts.Count, page.OlderBefore, page.NewerAfter));
    }

    [Theory]
    // rows, oldest first from 1 up | older exist | older, newer
    [InlineData(0, true, null, null)]
    [InlineData(20, false, null, null)]
    [InlineData(20, true, 1L, null)]
    [InlineData(21, true, 1L, 20L)]
    [InlineData(21, false, null, 20L)]
    public void TowardsNewer_Rows_TurnedRoundAndLinked(int rows, bool olderExist, long? older, long? newer)
    {
        PostPage page = PostPage.TowardsNewer([.. Enumerable.Range(1, rows).Select(i => Summary(i))], olderExist);
        Assert.Equal((Math.Min(rows, 20), older, newer), (page.Posts.Count, page.OlderBefore, page.NewerAfter));
        Assert.Equal(page.Posts.OrderByDescending(post => post.Id), page.Posts);
    }

    private static PostSummary Summary(long id) => new(id, "Title", "Author", "Excerpt", DateTimeOffset.UnixEpoch);
}
