using FooBar.Web.Posts;

namespace FooBar.Web.Tests.Posts;

public sealed class ExcerptTests
{
    [Fact]
    public void Of_ShortBody_IsTheBodyOnOneLine() => Assert.Equal("One two three.", Excerpt.Of("One\n\ntwo \t three.\n"));

    [Fact]
    public void Of_List_HasPointsBetweenItsItems() => Assert.Equal("Bring: · a mug · a well-read book", Excerpt.Of("Bring:\n- a mug\n- a well-read book"));

    [Fact]
    public void Of_BodyOfExactlyTheLength_IsNotCut()
    {
        string body = new('x', Excerpt.MaxLength);
        Assert.Equal(body, Excerpt.Of(body));
    }

    [Fact]
    public void Of_LongBody_EndsAfterAWholeWord()
    {
        string excerpt = Excerpt.Of(string.Concat(Enumerable.Repeat("wordy, ", 100)));
        Assert.EndsWith("wordy…", excerpt, StringComparison.Ordinal);
        Assert.InRange(excerpt.Length, Excerpt.MaxLength * 2 / 3, Excerpt.MaxLength);
    }

    [Fact]
    public void Of_OneEndlessWord_IsCutAtTheLength()
    {
        string excerpt = Excerpt.Of(new string('x', 1000));
        Assert.Equal(new string('x', Excerpt.MaxLength - 1) + "…", excerpt);
    }

    [Fact]
    public void Of_CutThroughAnEmoji_NoHalfOfItRemains()
    {
        string excerpt = Excerpt.Of(new string('x', Excerpt.MaxLength - 2) + string.Concat(Enumerable.Repeat("🦊", 200)));
        Assert.Equal(new string('x', Excerpt.MaxLength - 2) + "…", excerpt);
    }

    [Fact]
    public void Of_SourceThatTheDatabaseCut_ShowsThatThereIsMore() =>
        // Collapsed, the rest of it is short: only the length of the source tells that it was cut.
        Assert.Equal("Short…", Excerpt.Of("Short" + new string(' ', Excerpt.SourceLength - 5)));
}
