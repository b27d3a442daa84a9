using FooBar.LoadBalancer.Cache;
using Microsoft.AspNetCore.Http;

namespace FooBar.LoadBalancer.Tests.Cache;

public sealed class ReuseRuleTests
{
    [Theory]

    // Age and lifetime.
    [InlineData("max-age=10", 9.9, "", nameof(Reuse.Fresh))]
    [InlineData("max-age=10", 10, "", nameof(Reuse.AfterValidation))]
    [InlineData("max-age=10, no-cache", 0, "", nameof(Reuse.AfterValidation))]
    [InlineData("", 0, "", nameof(Reuse.AfterValidation))]

    // stale-while-revalidate, and who forbids it.
    [InlineData("max-age=10, stale-while-revalidate=5", 14.9, "", nameof(Reuse.WhileRevalidating))]
    [InlineData("max-age=10, stale-while-revalidate=5", 15, "", nameof(Reuse.AfterValidation))]
    [InlineData("s-maxage=10, stale-while-revalidate=5", 14, "", nameof(Reuse.WhileRevalidating))]
    [InlineData("max-age=10, stale-while-revalidate=5, must-revalidate", 14, "", nameof(Reuse.AfterValidation))]
    [InlineData("max-age=10, stale-while-revalidate=5, proxy-revalidate", 14, "", nameof(Reuse.AfterValidation))]
    [InlineData("max-age=10, stale-while-revalidate=5, no-cache", 1, "", nameof(Reuse.AfterValidation))]

    // What a client takes.
    [InlineData("max-age=10", 30, "max-stale=20", nameof(Reuse.Stale))]
    [InlineData("max-age=10", 30.1, "max-stale=20", nameof(Reuse.AfterValidation))]
    [InlineData("max-age=10", 99999, "max-stale", nameof(Reuse.Stale))]
    [InlineData("max-age=10, stale-while-revalidate=5", 14, "max-stale", nameof(Reuse.WhileRevalidating))]
    [InlineData("max-age=10, stale-while-revalidate=5", 16, "max-stale", nameof(Reuse.Stale))]
    [InlineData("s-maxage=10", 30, "max-stale", nameof(Reuse.AfterValidation))]
    [InlineData("max-age=10, must-revalidate", 30, "max-stale", nameof(Reuse.AfterValidation))]

    // What a client wants, and how often.
    [InlineData("max-age=10", 1, "no-cache", nameof(Reuse.ClientWantsNew))]
    [InlineData("max-age=10", 0.9, "no-cache", nameof(Reuse.Fresh))]
    [InlineData("max-age=10", 1, "max-age=0", nameof(Reuse.ClientWantsNew))]
    [InlineData("max-age=10", 5, "max-age=5", nameof(Reuse.Fresh))]
    [InlineData("max-age=10", 5.1, "max-age=5", nameof(Reuse.ClientWantsNew))]
    [InlineData("max-age=10", 5, "min-fresh=5", nameof(Reuse.Fresh))]
    [InlineData("max-age=10", 5.1, "min-fresh=5", nameof(Reuse.ClientWantsNew))]
    [InlineData("max-age=10, stale-while-revalidate=5", 12, "no-cache", nameof(Reuse.ClientWantsNew))]
    [InlineData("max-age=10", 5, "no-store", nameof(Reuse.Fresh))]
    public void StoredAnswer_IsUsedAsBothSidesAllow(string answer, double age, string request, string expected) =>
        Assert.Equal(expected, ReuseRule.Decide(Of(answer), TimeSpan.FromSeconds(age), CacheControl.Parse(request)).ToString());

    [Theory]
    [InlineData("max-age=10, stale-if-error=5", 14.9, true)]
    [InlineData("max-age=10, stale-if-error=5", 15, false)]
    [InlineData("max-age=10", 10, false)]
    [InlineData("s-maxage=10, stale-if-error=5", 14, true)]
    [InlineData("max-age=10, stale-if-error=5, must-revalidate", 14, false)]
    [InlineData("max-age=10, stale-if-error=5, proxy-revalidate", 14, false)]
    [InlineData("max-age=10, stale-if-error=5, no-cache", 1, false)]
    public void Error_IsHiddenAsLongAsTheAnswerSays(string answer, double age, bool expected) =>
        Assert.Equal(expected, ReuseRule.MayHideError(Of(answer), TimeSpan.FromSeconds(age)));

    [Fact]
    public void InitialAge_CountsLikeTimeInTheCache()
    {
        Freshness aged = Of("max-age=10") with { InitialAge = TimeSpan.FromSeconds(9) };

        Assert.Equal(Reuse.Fresh, ReuseRule.Decide(aged, TimeSpan.FromSeconds(0.9), default));
        Assert.Equal(Reuse.AfterValidation, ReuseRule.Decide(aged, TimeSpan.FromSeconds(1), default));
    }

    private static Freshness Of(string control) =>
        Freshness.Of(new HeaderDictionary(), CacheControl.Parse(control), DateTimeOffset.UnixEpoch, TimeSpan.Zero);
}
