using FooBar.Web.Posts;

namespace FooBar.Web.Tests.Posts;

public sealed class PostIdTests
{
    [Theory]
    [InlineData("1", 1)]
    [InlineData("9223372036854775807", long.MaxValue)]
    public void TryParse_TheOneSpelling_Understood(string text, long id)
    {
        Assert.True(PostId.TryParse(text, out long parsed));
        Assert.Equal(id, parsed);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData("01")]
    [InlineData(" 1")]
    [InlineData("1 ")]
    [InlineData("1.0")]
    [InlineData("1e3")]
    [InlineData("0x1")]
    [InlineData("٣")]
    [InlineData("9223372036854775808")]
    [InlineData("1' OR '1'='1")]
    public void TryParse_AnythingElse_Refused(string? text) => Assert.False(PostId.TryParse(text, out _));
}
