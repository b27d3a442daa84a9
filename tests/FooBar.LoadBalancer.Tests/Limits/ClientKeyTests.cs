using System.Net;
using FooBar.LoadBalancer.Limits;

namespace FooBar.LoadBalancer.Tests.Limits;

public sealed class ClientKeyTests
{
    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1", true)]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", true)]
    [InlineData("::ffff:192.0.2.1", "::ffff:192.0.2.2", false)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    [InlineData("::1", "0.0.0.1", false)]
    [InlineData("c000:201::", "192.0.2.1", false)]
    public void TwoAddresses_AreOneClientOrTwo(string one, string other, bool same) =>
        Assert.Equal(same, ClientKey.Of(IPAddress.Parse(one), 64) == ClientKey.Of(IPAddress.Parse(other), 64));

    [Theory]
    [InlineData(64, false)]
    [InlineData(48, true)]
    [InlineData(32, true)]
    public void Prefix_IsConfigured(int bits, bool same) =>
        Assert.Equal(same, ClientKey.Of(IPAddress.Parse("2001:db8:1:2::1"), bits) == ClientKey.Of(IPAddress.Parse("2001:db8:1:3::1"), bits));

    [Fact]
    public void OneNetwork_UnderTwoPrefixes_IsTwoClients() =>
        Assert.NotEqual(ClientKey.Of(IPAddress.Parse("2001:db8::1"), 64), ClientKey.Of(IPAddress.Parse("2001:db8::1"), 48));

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64")]
    public void Text_IsTheAddressOrTheNetwork(string address, string expected) =>
        Assert.Equal(expected, ClientKey.Of(IPAddress.Parse(address), 64).ToString());

    [Fact]
    public void Key_AllocatesNothing()
    {
        IPAddress[] addresses = [IPAddress.Parse("192.0.2.1"), IPAddress.Parse("::ffff:192.0.2.1"), IPAddress.Parse("2001:db8::1")];
        _ = addresses.Select(address => ClientKey.Of(address, 64)).ToArray();

        long before = GC.GetAllocatedBytesForCurrentThread();
        foreach (IPAddress address in addresses)
            _ = ClientKey.Of(address, 64);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
