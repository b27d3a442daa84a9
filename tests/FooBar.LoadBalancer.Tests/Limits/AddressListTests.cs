using System.Net;
using FooBar.LoadBalancer.Limits;

namespace FooBar.LoadBalancer.Tests.Limits;

public sealed class AddressListTests
{
    [Theory]
    [InlineData("192.0.2.1", true)]
    [InlineData("192.0.2.2", false)]
    [InlineData("::ffff:192.0.2.1", true)]
    [InlineData("10.0.0.0", true)]
    [InlineData("10.255.255.255", true)]
    [InlineData("11.0.0.0", false)]
    [InlineData("2001:db8:ffff::1", true)]
    [InlineData("2001:db9::", false)]
    [InlineData("::1", true)]
    [InlineData("::2", false)]
    public void Address_IsHeldOrNot(string address, bool expected)
    {
        AddressList list = new(["192.0.2.1", "10.0.0.0/8", "2001:db8::/32", "::1"]);

        Assert.Equal(expected, list.Contains(IPAddress.Parse(address)));
    }

    [Fact]
    public void Everything_IsHeldByTheNetworksOfNoBits()
    {
        AddressList list = new(["0.0.0.0/0", "::/0"]);

        Assert.True(list.Contains(IPAddress.Parse("192.0.2.1")));
        Assert.True(list.Contains(IPAddress.Parse("2001:db8::1")));
    }

    [Theory]
    [InlineData("none")]
    [InlineData("")]
    [InlineData("10.0.0.1/8")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.0/8/8")]
    [InlineData("10.0.0.0-10.0.0.9")]
    [InlineData("10")]
    [InlineData("10.1")]
    [InlineData("010.0.0.1")]
    [InlineData("2001:db8::1/32")]
    [InlineData("2001:db8::/129")]
    [InlineData("www.foobar.com")]
    public void Text_ThatIsNoAddressOrNetwork_IsRefused(string text) => Assert.False(AddressList.TryParse(text, out _));

    [Theory]
    [InlineData("10.0.0.0/8")]
    [InlineData("192.0.2.1/32")]
    [InlineData("2001:DB8:0::/32")]
    [InlineData("::ffff:192.0.2.1")]
    public void Text_ThatIsOne_IsTaken(string text) => Assert.True(AddressList.TryParse(text, out _));
}
