using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Limits;

namespace FooBar.LoadBalancer.Tests.Limits;

public sealed class DescriptorsTests
{
    [Theory]
    [InlineData(1_000_000, 10_000)]
    [InlineData(12_256, 10_000)]
    [InlineData(12_255, 9_999)]
    [InlineData(4_096, 1_840)]
    [InlineData(1_024, 1)]
    [InlineData(int.MaxValue, 10_000)]
    public void Connections_AreNoMoreThanThereAreDescriptorsFor(int descriptors, int expected) =>
        Assert.Equal(expected, new Descriptors(descriptors).Affordable(new LimitOptions()));

    [Fact]
    public void ThisProcess_HasALimit() => Assert.InRange(Descriptors.OfThisProcess().Most, 64, int.MaxValue);
}
