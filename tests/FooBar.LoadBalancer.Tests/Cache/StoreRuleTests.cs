using FooBar.LoadBalancer.Cache;
using Microsoft.AspNetCore.Http;

namespace FooBar.LoadBalancer.Tests.Cache;

public sealed class StoreRuleTests
{
    private const string Etag = "ETag: \"a\"";

    [Theory]

    // There must be an explicit word.
    [InlineData("max-age=10", null, nameof(Storability.Store))]
    [InlineData("s-maxage=10", null, nameof(Storability.Store))]
    [InlineData("public", null, nameof(Storability.NotThisAnswer))]
    [InlineData("", "Expires: Thu, 18 Aug 2050 02:01:18 GMT", nameof(Storability.Store))]
    [InlineData("", Etag, nameof(Storability.NotThisAnswer))]
    [InlineData("", "Last-Modified: Thu, 18 Aug 2050 02:01:18 GMT", nameof(Storability.NotThisAnswer))]

    // And some use in keeping it.
    [InlineData("max-age=0", null, nameof(Storability.NotThisAnswer))]
    [InlineData("max-age=0", Etag, nameof(Storability.Store))]
    [InlineData("no-cache", null, nameof(Storability.NotThisAnswer))]
    [InlineData("no-cache, max-age=10", null, nameof(Storability.NotThisAnswer))]
    [InlineData("no-cache", Etag, nameof(Storability.Store))]
    [InlineData("max-age=0, stale-while-revalidate=5", null, nameof(Storability.Store))]
    [InlineData("max-age=0, stale-if-error=5", null, nameof(Storability.Store))]

    // What forbids it.
    [InlineData("max-age=10, no-store", null, nameof(Storability.NotThisAnswer))]
    [InlineData("max-age=10, no-store, must-understand", null, nameof(Storability.Store))]
    [InlineData("max-age=10, private", null, nameof(Storability.NotThisAnswer))]
    [InlineData("max-age=10, private=\"x\", public", null, nameof(Storability.NotThisAnswer))]
    [InlineData("max-age=10, public", "Set-Cookie: a=b", nameof(Storability.NotThisAnswer))]
    [InlineData("max-age=10", "Vary: *", nameof(Storability.NotThisAnswer))]
    [InlineData("max-age=10", "Vary: Foo", nameof(Storability.Store))]
    public void AnswerToAStranger(string control, string? field, string expected) =>
        Assert.Equal(expected, Decide(200, control, field, default).ToString());

    [Theory]
    [InlineData("max-age=10", false, true, false, nameof(Storability.NotForThisRequest))]
    [InlineData("max-age=10, public", false, true, false, nameof(Storability.Store))]
    [InlineData("max-age=10, must-revalidate", false, true, false, nameof(Storability.Store))]
    [InlineData("s-maxage=10", false, true, false, nameof(Storability.Store))]
    [InlineData("max-age=10", false, false, true, nameof(Storability.NotForThisRequest))]
    [InlineData("max-age=10, must-revalidate", false, false, true, nameof(Storability.NotForThisRequest))]
    [InlineData("max-age=10, public", false, false, true, nameof(Storability.Store))]
    [InlineData("s-maxage=10", false, false, true, nameof(Storability.Store))]
    [InlineData("s-maxage=10, public", true, false, false, nameof(Storability.NotForThisRequest))]
    [InlineData("no-store", true, true, true, nameof(Storability.NotThisAnswer))]
    public void AnswerToSomebody(string control, bool noStore, bool authorized, bool cookies, string expected) =>
        Assert.Equal(expected, Decide(200, control, null, new StoreTraits(noStore, authorized, cookies)).ToString());

    [Fact]
    public void Statuses_ThatAreStored()
    {
        int[] stored = [.. Enumerable.Range(200, 400).Where(status => Decide(status, "max-age=10", null, default) == Storability.Store)];

        Assert.Equal([200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501], stored);
    }

    private static Storability Decide(int status, string control, string? field, StoreTraits request)
    {
        HeaderDictionary headers = new() { ["Cache-Control"] = control };
        if (field is not null)
            headers[field.Split(": ")[0]] = field.Split(": ", 2)[1];
        CacheControl parsed = CacheControl.Parse(control);
        return StoreRule.Decide(status, headers, parsed, Freshness.Of(headers, parsed, DateTimeOffset.UnixEpoch, TimeSpan.Zero), request);
    }
}
