using System.Diagnostics;
using FooBar.Load;

namespace FooBar.Benchmarks;

/// <summary>One caller's turns in a round: says when the time is up, and notes how long each turn took. Allocates nothing once it is made.</summary>
internal sealed class Lap
{
    private long _end = long.MinValue;
    private long _began;

    /// <summary>Turns that were completed.</summary>
    public long Turns { get; private set; }

    public LatencyHistogram Latencies { get; } = new();

    /// <summary>Sets the end: no turn begins after it but the first, without which there would be nothing to divide by.</summary>
    public void EndAt(long timestamp) => _end = timestamp;

    /// <summary>Ends a turn, if one was begun, and begins the next; false when the time is up.</summary>
    public bool Next()
    {
        long now = Stopwatch.GetTimestamp();
        if (_began != 0)
        {
            Latencies.Record(Stopwatch.GetElapsedTime(_began, now));
            Turns++;
        }

        _began = now;
        return now < _end || Turns == 0;
    }
}
