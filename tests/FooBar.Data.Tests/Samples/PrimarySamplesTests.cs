namespace FooBar.Data.Tests;

public sealed class PrimarySamplesTests
{
    private const string A = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa";

    [Fact]
    public void OldestSince_ABound_IsTheFirstSampleThatIsNewEnough()
    {
        PrimarySamples samples = new();
        Assert.Null(samples.OldestSince(0));
        foreach (long at in (long[])[10, 20, 30])
            Assert.True(samples.Add(new(at, Set(at))));

        Assert.Equal(10, samples.OldestSince(5)?.TakenAt);
        Assert.Equal(20, samples.OldestSince(11)?.TakenAt);
        Assert.Equal(20, samples.OldestSince(20)?.TakenAt);
        Assert.Equal(30, samples.OldestSince(30)?.TakenAt);
        Assert.Null(samples.OldestSince(31));
    }

    [Fact]
    public void NewestIn_ASet_IsTheLastSampleThatItContains()
    {
        PrimarySamples samples = new();
        foreach (long at in (long[])[10, 20, 30])
            samples.Add(new(at, Set(at)));

        Assert.Null(samples.NewestIn(Set(9)));
        Assert.Equal(10, samples.NewestIn(Set(19))?.TakenAt);
        Assert.Equal(30, samples.NewestIn(Set(35))?.TakenAt);
    }

    [Fact]
    public void Add_NotContainingTheOnesBefore_BeginsAnew()
    {
        PrimarySamples samples = new();
        samples.Add(new(10, Set(100)));

        Assert.False(samples.Add(new(20, Set(90))));

        Assert.Equal(20, samples.Newest?.TakenAt);
        Assert.Equal(20, samples.OldestSince(0)?.TakenAt);
    }

    [Fact]
    public void Add_ForHours_KeepsEachOfTheLastAndFewOfTheOldOnes()
    {
        PrimarySamples samples = new();
        const int hour = 4 * 3600;
        for (int i = 1; i <= 2 * hour; i++)
            samples.Add(new(i, Set(i)));

        Assert.All(Enumerable.Range((2 * hour) - 7, 8), at => Assert.Equal(at, samples.OldestSince(at)?.TakenAt));
        Assert.All((int[])[10, 100, 1000, hour / 4, hour], bound =>
            Assert.InRange(samples.OldestSince((2 * hour) - bound)!.TakenAt, (2 * hour) - bound, (2 * hour) - (0.8 * bound)));
    }

    private static Data.GtidSet Set(long last) => Data.GtidSet.Parse($"{A}:1-{last}");
}
