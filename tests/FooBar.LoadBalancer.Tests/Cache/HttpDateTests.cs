using System.Globalization;
using FooBar.LoadBalancer.Cache;

namespace FooBar.LoadBalancer.Tests.Cache;

public sealed class HttpDateTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("Thu, 18 Aug 2050 02:01:18 GMT", "2050-08-18T02:01:18Z")]
    [InlineData("THU, 18 AUG 2050 02:01:18 gmt", "2050-08-18T02:01:18Z")]
    [InlineData("Sun, 21 Nov 2286 04:46:39 GMT", "2286-11-21T04:46:39Z")]
    [InlineData("Thursday, 18-Aug-50 02:01:18 GMT", "2050-08-18T02:01:18Z")]
    [InlineData("Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37Z")]
    [InlineData("Thu Aug 18 02:01:18 2050", "2050-08-18T02:01:18Z")]
    [InlineData("Mon Aug  8 02:01:18 2050", "2050-08-08T02:01:18Z")]
    public void OneOfTheThreeForms_IsRead(string text, string expected) =>
        Assert.Equal(DateTimeOffset.Parse(expected, CultureInfo.InvariantCulture), HttpDate.Parse(text, Now));

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("foo")]
    [InlineData("Thu, 18 Aug 2050 02:01:18 UTC")]
    [InlineData("Thu, 18 Aug 2050 02:01:18 +0000")]
    [InlineData("Thu, 18 Aug 2050 02:01:18")]
    [InlineData("Thu, 18 Aug 50 02:01:18 GMT")]
    [InlineData("Thu 18 Aug 2050 02:01:18 GMT")]
    [InlineData("Thu, 18  Aug  2050 02:01:18 GMT")]
    [InlineData("Thu, 18-Aug-2050 02:01:18 GMT")]
    [InlineData("Thu, 18 Aug 2050 02.01.18 GMT")]
    [InlineData("Thu, 18 Aug 2050 2:01:18 GMT")]
    [InlineData("Thu, 32 Aug 2050 02:01:18 GMT")]
    [InlineData("Someday, 18-Aug-50 02:01:18 GMT")]
    [InlineData("Thu Aug 8 02:01:18 2050")]
    public void WhatOnlyLooksLikeOne_IsNone(string text) => Assert.Null(HttpDate.Parse(text, Now));

    [Fact]
    public void Formatted_IsReadAgain()
    {
        Assert.Equal("Thu, 01 Jan 2026 00:00:00 GMT", HttpDate.Format(Now));
        Assert.Equal(Now, HttpDate.Parse(HttpDate.Format(Now), Now));
    }
}
