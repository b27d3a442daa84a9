using FooBar.LoadBalancer.Admin;
using Microsoft.Extensions.Primitives;

namespace FooBar.LoadBalancer.Tests.Admin;

public sealed class WaitDurationTests
{
    [Theory]
    [InlineData("0s", 0)]
    [InlineData("500ms", 500)]
    [InlineData("30s", 30_000)]
    [InlineData("5m", 300_000)]
    [InlineData("10m", 600_000)]
    [InlineData("600s", 600_000)]
    public void TryRead_OfATime_IsIt(string text, int milliseconds)
    {
        Assert.True(WaitDuration.TryRead(text, out TimeSpan duration));
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), duration);
    }

    [Fact]
    public void TryRead_OfNothing_IsZero()
    {
        Assert.True(WaitDuration.TryRead(StringValues.Empty, out TimeSpan duration));
        Assert.Equal(TimeSpan.Zero, duration);
    }

    [Theory]
    [InlineData("")]
    [InlineData("30")]
    [InlineData("s")]
    [InlineData("ms")]
    [InlineData("-1s")]
    [InlineData("1.5s")]
    [InlineData(" 1s")]
    [InlineData("1 s")]
    [InlineData("1h")]
    [InlineData("601s")]
    [InlineData("11m")]
    [InlineData("4294967296s")]
    [InlineData("1s", "2s")]
    public void TryRead_OfAnythingElse_IsRefused(params string[] values) => Assert.False(WaitDuration.TryRead(values, out _));
}
