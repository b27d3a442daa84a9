using FooBar.LoadBalancer.Cache;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace FooBar.LoadBalancer.Tests.Cache;

public sealed class VaryFieldsTests
{
    [Theory]
    [InlineData("*", true)]
    [InlineData("Foo, *", true)]
    [InlineData(", *", true)]
    [InlineData("*,*", true)]
    [InlineData("Foo", false)]
    [InlineData("Foo*", false)]
    [InlineData("", false)]
    public void Star_AnywhereInTheList_IsAnything(string vary, bool expected) => Assert.Equal(expected, VaryFields.IsAny(vary));

    [Fact]
    public void Star_OnALineOfItsOwn_IsAnything() => Assert.True(VaryFields.IsAny(new StringValues(["", "*"])));

    [Theory]
    [InlineData("Foo", "Foo: 1", "Foo: 1", true)]
    [InlineData("Foo", "Foo: 1", "Foo: 2", false)]
    [InlineData("Foo", "Foo: 1", "", false)]
    [InlineData("Foo", "", "Foo: 1", false)]
    [InlineData("Foo", "", "Foo:", false)]
    [InlineData("Foo", "", "", true)]
    [InlineData("Foo", "Foo: a", "Foo: A", false)]
    [InlineData("fOO", "Foo: 1", "foo: 1", true)]
    [InlineData("Foo, Bar", "Foo: 1|Bar: 2", "Bar: 2|Foo: 1|Other: 3", true)]
    [InlineData("Foo, Bar", "Foo: 1|Bar: 2", "Foo: 1", false)]
    [InlineData("Foo,,Foo", "Foo: 1", "Foo: 1", true)]
    [InlineData("Foo", "Foo: 1, 2", "Foo: 1|Foo: 2", true)]
    [InlineData("Foo", "Foo: 1,2", "Foo: 1, 2", false)]
    [InlineData("Accept-Encoding", "Accept-Encoding: gzip, br;q=0.5", "Accept-Encoding:  GZIP,br; q=0.5", true)]
    [InlineData("Accept-Encoding", "Accept-Encoding: gzip, br", "Accept-Encoding: gzip", false)]
    [InlineData("Accept-Language", "Accept-Language: en, de", "Accept-Language: eN , De", true)]
    [InlineData("Accept-Language", "Accept-Language: en, de", "Accept-Language: de, en", false)]
    public void Request_MatchesWhenEveryNamedFieldMeansTheSame(string vary, string stored, string asked, bool expected)
    {
        VaryFields fields = VaryFields.Of(vary, Headers(stored));

        Assert.Equal(expected, fields.Match(Headers(asked)));
        Assert.Equal(expected, fields.SameAs(VaryFields.Of(vary, Headers(asked))));
        Assert.Equal(expected, fields.HashOf(Headers(stored)) == fields.HashOf(Headers(asked)));
    }

    [Fact]
    public void Order_OfTheNames_DoesNotMatter() =>
        Assert.True(VaryFields.Of("Foo, Bar", Headers("Foo: 1")).SameAs(VaryFields.Of("bar,foo", Headers("Foo: 1"))));

    private static HeaderDictionary Headers(string lines)
    {
        HeaderDictionary headers = [];
        foreach (string line in lines.Split('|', StringSplitOptions.RemoveEmptyEntries))
            headers.Append(line.Split(':')[0], line.Split(':', 2)[1].TrimStart(' '));
        if (lines.EndsWith(':'))
            headers[lines[..^1]] = "";
        return headers;
    }
}
