using FooBar.LoadBalancer.Cache;
using Microsoft.Extensions.Primitives;

namespace FooBar.LoadBalancer.Tests.Cache;

public sealed class CacheControlTests
{
    [Theory]
    [InlineData("max-age=3600", 3600L)]
    [InlineData("MaX-aGe=3600", 3600L)]
    [InlineData("max-age=\"3600\"", 3600L)]
    [InlineData("max-age=003600", 3600L)]
    [InlineData("foobar, max-age=3600", 3600L)]
    [InlineData(" , ,max-age=3600 ,", 3600L)]
    [InlineData("max-age=99999999999999999999999", 2147483647L)]
    [InlineData("max-age=1800, max-age=1", 1800L)]
    [InlineData("extension=\"max-age=3600\", max-age=1", 1L)]
    [InlineData("extension=\"a\\\", max-age=3600\", max-age=1", 1L)]
    [InlineData("extension=\"never closed, max-age=3600", null)]
    [InlineData("max-age=-3600", 0L)]
    [InlineData("max-age='3600'", 0L)]
    [InlineData("max-age=3600.0", 0L)]
    [InlineData("max-age=3600a", 0L)]
    [InlineData("max-age=a3600", 0L)]
    [InlineData("max-age= 3600", 0L)]
    [InlineData("max-age =3600", 0L)]
    [InlineData("max-age", 0L)]
    [InlineData("max-agee=3600", null)]
    [InlineData("", null)]
    public void MaxAge_IsReadOrCountsAsOver(string line, long? expected) => Assert.Equal(expected, CacheControl.Parse(line).MaxAge);

    [Fact]
    public void EveryDirective_IsFound()
    {
        CacheControl control = CacheControl.Parse(new StringValues(
        [
            "no-store, no-cache=\"a, b\", private=\"c\", public, must-revalidate",
            "proxy-revalidate,must-understand,only-if-cached, s-maxage=1, stale-while-revalidate=2, stale-if-error=3, max-stale=4, min-fresh=5",
        ]));

        Assert.True(control is { NoStore: true, NoCache: true, Private: true, Public: true, MustRevalidate: true });
        Assert.True(control is { ProxyRevalidate: true, MustUnderstand: true, OnlyIfCached: true });
        Assert.Equal((1, 2, 3, 4, 5), (control.SharedMaxAge, control.StaleWhileRevalidate, control.StaleIfError, control.MaxStale, control.MinFresh));
    }

    [Fact]
    public void Nothing_SaysNothing()
    {
        CacheControl control = CacheControl.Parse("immutable, x=no-store, y=\"private\", no-stores, 'public'");

        Assert.False(control.NoStore || control.NoCache || control.Private || control.Public || control.MustRevalidate || control.OnlyIfCached);
        Assert.Equal((null, null, null, null), (control.MaxAge, control.SharedMaxAge, control.MaxStale, control.MinFresh));
    }

    [Fact]
    public void MaxStale_WithoutATime_IsForAnyTime() => Assert.Equal(CacheControl.Longest, CacheControl.Parse("max-stale").MaxStale);
}
