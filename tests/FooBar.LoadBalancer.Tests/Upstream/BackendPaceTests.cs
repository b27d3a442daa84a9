using FooBar.LoadBalancer.Upstream;
using FooBar.Testing;

namespace FooBar.LoadBalancer.Tests.Upstream;

public sealed class BackendPaceTests
{
    private readonly FakeTime _time = new();

    /// <summary>Ten seconds are free, and 1,024 bytes are worth one more each.</summary>
    [Theory]
    [InlineData(0, 10.0, true)]
    [InlineData(0, 10.1, false)]
    [InlineData(1024, 11.0, true)]
    [InlineData(1024, 11.1, false)]
    [InlineData(102_400, 110.0, true)]
    [InlineData(102_400, 110.1, false)]
    public void Wait_IsLongEnough_ForTheBytesThatItBrings(int bytes, double seconds, bool expected)
    {
        BackendPace pace = new(TimeSpan.FromSeconds(10), _time);
        long began = pace.Begin();
        _time.Advance(TimeSpan.FromSeconds(seconds));

        Assert.Equal(expected, Record.Exception(() => pace.End(began, bytes)) is null);
    }

    /// <summary>The client takes its time between two waits.</summary>
    [Fact]
    public void Time_InWhichNobodyWaits_DoesNotCount()
    {
        BackendPace pace = new(TimeSpan.FromSeconds(10), _time);
        for (int i = 0; i < 5; i++)
        {
            long began = pace.Begin();
            _time.Advance(TimeSpan.FromSeconds(2));
            pace.End(began, 0);
            _time.Advance(TimeSpan.FromHours(1));
        }

        long last = pace.Begin();
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Throws<IOException>(() => pace.End(last, 0));
    }
}
