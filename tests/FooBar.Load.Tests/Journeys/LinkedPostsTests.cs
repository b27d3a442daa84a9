using FooBar.Load.Journeys;
using FooBar.Testing;

namespace FooBar.Load.Tests.Journeys;

public sealed class LinkedPostsTests
{
    private readonly FakeTime _time = new();

    [Fact]
    public void Links_AreUsedWhenTheyHaveSettled()
    {
        LinkedPosts posts = new(_time);
        Assert.True(posts.IsStale);
        Assert.Null(posts.Choose());

        posts.Offer(["/posts/1"]);
        Assert.False(posts.IsStale);
        Assert.Equal("/posts/1", posts.Choose());

        // Looked at too early: what it shows is not taken.
        _time.Advance(LinkedPosts.Settling - TimeSpan.FromTicks(1));
        Assert.False(posts.IsStale);
        posts.Offer(["/posts/9"]);

        _time.Advance(TimeSpan.FromTicks(1));
        Assert.True(posts.IsStale);
        posts.Offer(["/posts/2"]);
        Assert.Equal("/posts/1", posts.Choose());

        _time.Advance(LinkedPosts.Settling);
        posts.Offer(["/posts/3"]);
        Assert.Equal("/posts/2", posts.Choose());
    }
}
