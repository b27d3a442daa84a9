using FooBar.LoadBalancer.Cache;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace FooBar.LoadBalancer.Tests.Cache;

public sealed class ConditionsTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("\"a\"", "\"a\"", true)]
    [InlineData("\"a\"", "\"b\"", false)]
    [InlineData("\"a\"", "W/\"a\"", true)]
    [InlineData("W/\"a\"", "\"a\"", true)]
    [InlineData("\"a\"", "\"x\", \"a\", \"y\"", true)]
    [InlineData("\"a\"", "\"x\",\"y\" , W/\"a\"", true)]
    [InlineData("\"a,b\"", "\"x\", \"a,b\"", true)]
    [InlineData("\"a\"", "\"x,\"a\"\"", false)]
    [InlineData("\"a\"", "*", true)]
    [InlineData(null, "*", true)]
    [InlineData(null, "\"a\"", false)]
    [InlineData("\"a\"", "a", false)]
    [InlineData("\"a\"", "", false)]
    public void Tag_ThatTheClientHas_IsNotModified(string? stored, string asked, bool expected) =>
        Assert.Equal(expected, Conditions.SayNotModified(new HeaderDictionary { ["If-None-Match"] = asked }, Stored(stored, null), Now));

    [Theory]
    [InlineData("Thu, 01 Jan 2026 10:00:00 GMT", "Thu, 01 Jan 2026 10:00:00 GMT", true)]
    [InlineData("Thu, 01 Jan 2026 10:00:00 GMT", "Thu, 01 Jan 2026 10:00:01 GMT", true)]
    [InlineData("Thu, 01 Jan 2026 10:00:00 GMT", "Thursday, 01-Jan-26 10:00:00 GMT", true)]
    [InlineData("Thu, 01 Jan 2026 10:00:00 GMT", "Thu, 01 Jan 2026 09:59:59 GMT", false)]
    [InlineData("Thu, 01 Jan 2026 10:00:00 GMT", "yesterday", false)]
    [InlineData(null, "Thu, 01 Jan 2026 11:59:00 GMT", true)]
    [InlineData(null, "Thu, 01 Jan 2026 11:00:00 GMT", false)]
    public void Date_ThatTheClientHas_IsNotModified(string? stored, string asked, bool expected) =>
        Assert.Equal(expected, Conditions.SayNotModified(new HeaderDictionary { ["If-Modified-Since"] = asked }, Stored(null, stored), Now));

    [Fact]
    public void Tag_GoesBeforeDate()
    {
        HeaderDictionary asked = new() { ["If-None-Match"] = "\"other\"", ["If-Modified-Since"] = "Thu, 01 Jan 2026 11:59:59 GMT" };

        Assert.False(Conditions.SayNotModified(asked, Stored("\"a\"", "Thu, 01 Jan 2026 10:00:00 GMT"), Now));
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("\"a\"", true)]
    [InlineData("\"b\"", false)]
    [InlineData("W/\"a\"", false)]
    [InlineData("Thu, 01 Jan 2026 10:00:00 GMT", true)]
    [InlineData("Thu, 01 Jan 2026 10:00:01 GMT", false)]
    public void Range_ContinuesOnlyWhatIsTheSame(string? condition, bool expected)
    {
        HeaderDictionary asked = new() { ["If-Range"] = condition };

        Assert.Equal(expected, Conditions.MayBeContinued(asked, Stored("\"a\"", "Thu, 01 Jan 2026 10:00:00 GMT")));
    }

    [Fact]
    public void Range_OfAnAnswerThatMayHaveChangedInItsSecond_IsNotContinued()
    {
        HeaderDictionary asked = new() { ["If-Range"] = "Thu, 01 Jan 2026 11:30:00 GMT" };

        Assert.False(Conditions.MayBeContinued(asked, Stored(null, "Thu, 01 Jan 2026 11:30:00 GMT")));
    }

    [Fact]
    public void Range_WithAWeakTag_IsNotContinuedByTheSameWeakTag() =>
        Assert.False(Conditions.MayBeContinued(new HeaderDictionary { ["If-Range"] = "W/\"a\"" }, Stored("W/\"a\"", null)));

    private static StoredResponse Stored(string? etag, string? lastModified)
    {
        List<KeyValuePair<string, StringValues>> headers = [new("Date", "Thu, 01 Jan 2026 11:30:00 GMT")];
        if (etag is not null)
            headers.Add(new("ETag", etag));
        if (lastModified is not null)
            headers.Add(new("Last-Modified", lastModified));
        return new StoredResponse(200, [.. headers], StoredBody.Empty, new StoredResponse.Receipt(Now, 0, default, false, VaryFields.None));
    }
}
