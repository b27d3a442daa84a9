using FooBar.Web.Seeding;

namespace FooBar.Web.Tests.Seeding;

public sealed class SeedRandomTests
{
    [Fact]
    public void Next_PublishedSeed_PublishedSequence()
    {
        // SplitMix64 with seed 1234567: the reference output starts with 6457827717110365317, 3203168211198807973.
        SeedRandom random = new(1234567);
        Assert.Equal((int)(6457827717110365317UL >> 34), random.Next(1 << 30));
        Assert.Equal((int)(3203168211198807973UL >> 34), random.Next(1 << 30));
    }

    [Fact]
    public void Next_Bound_EveryValueAndNoOther()
    {
        SeedRandom random = new(1);
        int[] counts = new int[7];
        for (int i = 0; i < 7_000; i++)
            counts[random.Next(7)]++;
        Assert.All(counts, count => Assert.InRange(count, 850, 1_150));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(3, 3)]
    [InlineData(9, 5)]
    public void PickSome_Count_DifferentItemsInTheirOrder(int asked, int given)
    {
        int[] some = [.. new SeedRandom(7).PickSome<int>([1, 2, 3, 4, 5], asked)];
        Assert.Equal(given, some.Length);
        Assert.Equal(some.Distinct().Order(), some);
    }
}
