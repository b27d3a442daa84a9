using FooBar.AppHost.Supervision;

namespace FooBar.AppHost.Tests.Supervision;

public sealed class RestartBackoffTests
{
    private static readonly TimeSpan AMoment = TimeSpan.FromMilliseconds(20);

    private readonly RestartBackoff _backoff = new();

    [Fact]
    public void EarlyEnds_OneAfterTheOther_WaitTwiceAsLongUpToHalfAMinute()
    {
        double[] waits = [.. Enumerable.Range(0, 9).Select(_ => _backoff.Next(AMoment).TotalSeconds)];

        Assert.Equal([0, 1, 2, 4, 8, 16, 30, 30, 30], waits);
    }

    [Fact]
    public void EarlyEnds_AThousand_StayAtTheLongestWait()
    {
        TimeSpan[] waits = [.. Enumerable.Range(0, 1000).Select(_ => _backoff.Next(TimeSpan.Zero))];

        Assert.Equal(RestartBackoff.Longest, waits[^1]);
    }

    [Fact]
    public void End_OfAProcessThatHadSettled_WaitsForNothingAndForgetsTheRest()
    {
        TimeSpan[] waits = [.. Enumerable.Range(0, 5).Select(_ => _backoff.Next(AMoment))];
        Assert.Equal(8, waits[^1].TotalSeconds);

        Assert.Equal(TimeSpan.Zero, _backoff.Next(RestartBackoff.Settled));
        Assert.Equal([0, 1], [_backoff.Next(AMoment).TotalSeconds, _backoff.Next(AMoment).TotalSeconds]);
    }
}
