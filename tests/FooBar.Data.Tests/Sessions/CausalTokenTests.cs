namespace FooBar.Data.Tests;

public sealed class CausalTokenTests
{
    private const string A = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa";

    [Fact]
    public void Default_IsEmpty_AndSoIsItsText()
    {
        Assert.True(default(CausalToken).IsEmpty);
        Assert.Equal("", default(CausalToken).ToString());
        Assert.Equal(default, CausalToken.Parse(""));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("garbage")]
    [InlineData("aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa:1'; DROP TABLE post")]
    public void TryParse_Garbage_IsFalseAndEmpty(string? text)
    {
        Assert.False(CausalToken.TryParse(text, out CausalToken token));
        Assert.True(token.IsEmpty);
    }

    [Fact]
    public void Parse_ItsOwnText_IsTheSameToken()
    {
        CausalToken token = CausalToken.Parse($"{A}:3-4:9");

        Assert.Equal(token, CausalToken.Parse(token.ToString()));
        Assert.True(token == CausalToken.Parse($"{A}:9:4:3"));
        Assert.True(token != CausalToken.Parse($"{A}:9:4"));
    }

    [Fact]
    public void Union_OfTwo_DemandsBoth()
    {
        Assert.Equal($"{A}:1-2", CausalToken.Parse($"{A}:1").Union(CausalToken.Parse($"{A}:2")).ToString());
    }
}
