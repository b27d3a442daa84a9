using FooBar.LoadBalancer.Cache;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace FooBar.LoadBalancer.Tests.Cache;

public sealed class FreshnessTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("s-maxage=1, max-age=2", "Thu, 01 Jan 2026 13:00:00 GMT", 1L)]
    [InlineData("max-age=2", "Thu, 01 Jan 2026 13:00:00 GMT", 2L)]
    [InlineData("max-age=0, s-maxage=9", "0", 9L)]
    [InlineData(null, "Thu, 01 Jan 2026 12:00:30 GMT", 60L)]
    [InlineData(null, "Thu, 01 Jan 2026 11:00:00 GMT", 0L)]
    [InlineData(null, "0", 0L)]
    [InlineData("public", null, null)]
    [InlineData(null, null, null)]
    public void Lifetime_ComesFromTheStrongestWord(string? control, string? expires, long? expected)
    {
        HeaderDictionary headers = new() { ["Cache-Control"] = control, ["Expires"] = expires, ["Date"] = "Thu, 01 Jan 2026 11:59:30 GMT" };

        Assert.Equal(expected, Of(headers).LifetimeSeconds);
    }

    [Theory]
    [InlineData("Date", "foo")]
    [InlineData("X", "")]
    public void Expires_WithoutADateToCountFrom_CountsFromTheArrival(string name, string value)
    {
        HeaderDictionary headers = new() { ["Expires"] = "Thu, 01 Jan 2026 12:00:30 GMT", [name] = value };

        Assert.Equal(30, Of(headers).LifetimeSeconds);
    }

    [Fact]
    public void Expires_Twice_IsOver()
    {
        StringValues twice = new(["Thu, 01 Jan 2026 13:00:00 GMT", "Thu, 01 Jan 2026 13:00:00 GMT"]);

        Assert.Equal(0, Of(new HeaderDictionary { ["Expires"] = twice }).LifetimeSeconds);
    }

    [Theory]
    [InlineData(new[] { "30" }, 30.5)]
    [InlineData(new[] { "0, 7200" }, 0.5)]
    [InlineData(new[] { "7200, 0" }, 7200.5)]
    [InlineData(new[] { "7200", "0" }, 7200.5)]
    [InlineData(new[] { "abc" }, 0.5)]
    [InlineData(new[] { "-7200" }, 0.5)]
    [InlineData(new[] { "7200.0" }, 0.5)]
    [InlineData(new[] { "2147483649" }, 2147483647.5)]
    [InlineData(new string[0], 0.5)]
    public void InitialAge_IsWhatTheAnswerSaysAndTheTimeItTook(string[] age, double expectedSeconds)
    {
        HeaderDictionary headers = new() { ["Age"] = new StringValues(age), ["Date"] = "Thu, 01 Jan 2026 11:00:00 GMT" };

        Assert.Equal(TimeSpan.FromSeconds(expectedSeconds), Of(headers).InitialAge);
    }

    [Theory]
    [InlineData("max-age=1", false, false, false)]
    [InlineData("s-maxage=1", false, false, true)]
    [InlineData("must-revalidate", false, true, true)]
    [InlineData("proxy-revalidate", false, true, true)]
    [InlineData("no-cache", true, false, false)]
    public void Restrictions_AreTakenOver(string control, bool always, bool never, bool notByDefault)
    {
        Freshness freshness = Of(new HeaderDictionary { ["Cache-Control"] = control });

        Assert.Equal((always, never, notByDefault), (freshness.AlwaysValidate, freshness.NeverStale, freshness.NotStaleByDefault));
    }

    private static Freshness Of(HeaderDictionary headers) =>
        Freshness.Of(headers, CacheControl.Parse(headers["Cache-Control"]), Now, TimeSpan.FromSeconds(0.5));
}
