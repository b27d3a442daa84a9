using FooBar.Web.Posts;
using Microsoft.AspNetCore.Http;

namespace FooBar.Web.Tests.Posts;

public sealed class PostDraftTests
{
    [Fact]
    public void Read_BrowsersLineBreaks_BecomeLineFeeds()
    {
        FormCollection form = new(new() { ["title"] = "T", ["author"] = "A", ["body"] = "one\r\ntwo\rthree\n" });
        Assert.Equal(new PostDraft("T", "A", "one\ntwo\nthree\n"), PostDraft.Read(form));
    }

    [Fact]
    public void Read_MissingFields_AreEmpty() => Assert.Equal(PostDraft.Empty, PostDraft.Read(new FormCollection([])));
}
