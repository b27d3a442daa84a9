using System.Globalization;

namespace FooBar.Benchmarks.DataLayer;

/// <summary>What all processors of the machine have done since it started, whoever had them do it: proc(5), <c>/proc/stat</c>.</summary>
/// <param name="Busy">Ticks with work.</param>
/// <param name="Idle">Ticks without, those that waited for a disk among them.</param>
internal readonly record struct ProcessorTimes(long Busy, long Idle)
{
    public static ProcessorTimes Now() => Parse(File.ReadLines("/proc/stat").First());

    /// <summary>Reads the line of all processors: user, nice, system, idle, iowait, irq, softirq, steal.</summary>
    public static ProcessorTimes Parse(string line)
    {
        long[] ticks = [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(8).Select(tick => long.Parse(tick, CultureInfo.InvariantCulture))];
        long idle = ticks[3] + ticks[4];
        return new(ticks.Sum() - idle, idle);
    }

    /// <summary>How much of the time between the two the processors had work, in percent of all of them; zero when no time has passed.</summary>
    public double BusyPercentSince(ProcessorTimes earlier)
    {
        long all = Busy + Idle - earlier.Busy - earlier.Idle;
        return all == 0 ? 0 : 100.0 * (Busy - earlier.Busy) / all;
    }
}
