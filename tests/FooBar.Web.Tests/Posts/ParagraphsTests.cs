using FooBar.Web.Posts;

namespace FooBar.Web.Tests.Posts;

public sealed class ParagraphsTests
{
    [Theory]
    [InlineData("one", "one")]
    [InlineData("one\ntwo", "one|two")]
    [InlineData("one\n\ntwo", "one / two")]
    [InlineData("\n\none \n \t\n\n\n two\nthree\n", "one /  two|three")]
    [InlineData("", "")]
    public void Of_Text_SplitAtEmptyLines(string text, string expected) =>
        Assert.Equal(expected, string.Join(" / ", Paragraphs.Of(text).Select(lines => string.Join('|', lines))));
}
