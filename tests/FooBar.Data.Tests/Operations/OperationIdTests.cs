namespace FooBar.Data.Tests;

public sealed class OperationIdTests
{
    [Fact]
    public void New_Twice_Differs()
    {
        Assert.NotEqual(OperationId.New(), OperationId.New());
    }

    [Fact]
    public void TryParse_ItsOwnText_IsTheSameId()
    {
        OperationId id = OperationId.New();

        Assert.True(OperationId.TryParse(id.ToString(), out OperationId parsed));
        Assert.Equal(id, parsed);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("{aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa}")]
    [InlineData("00000000-0000-0000-0000-000000000000")]
    public void TryParse_AnythingElse_IsFalse(string? text)
    {
        Assert.False(OperationId.TryParse(text, out _));
    }
}
