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

    [Fact]
    public void Restore_WhateverComes_NeverFailsAndSaysWhatIsWrong()
    {
        const string text = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa:1-5";
        string longest = text + string.Concat(Enumerable.Range(4, 1000).Select(i => $":{2 * i}"));

        Assert.Equal(default, CausalToken.Restore(null));
        Assert.Equal(default, CausalToken.Restore(""));
        Assert.Equal(CausalToken.Parse(text), CausalToken.Restore(text));
        Assert.Equal(TokenDefect.Corrupt, CausalToken.Restore("garbage").Defect);
        Assert.Equal(TokenDefect.Corrupt, CausalToken.Restore(text + "\0").Defect);
        Assert.Equal(TokenDefect.Oversized, CausalToken.Restore(longest).Defect);
        Assert.Equal(TokenDefect.Oversized, CausalToken.Restore(new string('x', 10_000_000)).Defect);
        Assert.False(CausalToken.Restore("garbage").IsEmpty);
        Assert.Equal(TokenDefect.Forged, CausalToken.Forged.Defect);
    }

    [Fact]
    public void ToString_TooLongToCarry_AsksThePrimary()
    {
        CausalToken token = CausalToken.Parse("aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa" + string.Concat(Enumerable.Range(1, 1000).Select(i => $":{2 * i}")));

        Assert.Equal("primary", token.ToString());
        Assert.Equal(TokenDefect.Lost, CausalToken.Restore("primary").Defect);
        Assert.Equal("primary", CausalToken.Forged.ToString());
        Assert.Equal(CausalToken.Forged, token.Union(CausalToken.Forged));
    }
}
