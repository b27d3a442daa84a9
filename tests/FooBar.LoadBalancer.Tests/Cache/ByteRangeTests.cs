using FooBar.LoadBalancer.Cache;
using Microsoft.Extensions.Primitives;

namespace FooBar.LoadBalancer.Tests.Cache;

public sealed class ByteRangeTests
{
    [Theory]
    [InlineData("bytes=0-0", 0, 1)]
    [InlineData("bytes=0-1", 0, 2)]
    [InlineData("BYTES=9-9", 9, 1)]
    [InlineData("bytes=1-", 1, 9)]
    [InlineData("bytes=5-99999999999999999999", 5, 5)]
    [InlineData("bytes=-1", 9, 1)]
    [InlineData("bytes=-99", 0, 10)]
    [InlineData("bytes=10-", 0, 0)]
    [InlineData("bytes=99999999999999999999-", 0, 0)]
    [InlineData("bytes=-0", 10, 0)]
    public void Part_OfTenBytes(string field, long from, long count) => Assert.Equal(new ByteRange(from, count), ByteRange.Of(field, 10));

    [Theory]
    [InlineData("bytes=0-1,3-4")]
    [InlineData("bytes=0-1, -1")]
    [InlineData("bytes=")]
    [InlineData("bytes=-")]
    [InlineData("bytes=2-1")]
    [InlineData("bytes=a-1")]
    [InlineData("bytes=0-1x")]
    [InlineData("bytes=+0-1")]
    [InlineData("bytes=0--1")]
    [InlineData("bytes")]
    [InlineData("lines=0-1")]
    [InlineData("")]
    public void AnythingElse_IsAnsweredWhole(string field) => Assert.Null(ByteRange.Of(field, 10));

    [Fact]
    public void SeveralLines_AreAnsweredWhole() => Assert.Null(ByteRange.Of(new StringValues(["bytes=0-1", "bytes=2-3"]), 10));

    [Fact]
    public void EmptyBody_HasNoPart() => Assert.Equal(0, ByteRange.Of("bytes=0-", 0)!.Value.Count);
}
