using System.Globalization;
using System.Runtime.InteropServices;

namespace FooBar.Benchmarks.Gateway;

/// <summary>What a process and its children have used, whoever they are.</summary>
internal static partial class ProcessUsage
{
    private const double Megabyte = 1 << 20;

    /// <summary>The process and its children, which for nginx are its workers.</summary>
    /// <exception cref="BenchmarkException">It has ended.</exception>
    public static IReadOnlyList<int> Tree(int process)
    {
        try
        {
            string children = File.ReadAllText($"/proc/{process}/task/{process}/children");
            return [process, .. children.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(child => int.Parse(child, CultureInfo.InvariantCulture))];
        }
        catch (IOException)
        {
            throw new BenchmarkException($"process {process} has ended.");
        }
    }

    /// <summary>
    /// Processor time since their start, the kernel's included, of each by its id: what /proc/PID/stat says, but to the nanosecond instead of 10 ms. One that has
    /// ended meanwhile is missing.
    /// </summary>
    public static IReadOnlyDictionary<int, TimeSpan> Cpu(IEnumerable<int> processes)
    {
        Dictionary<int, TimeSpan> times = [];
        foreach (int process in processes)
        {
            if (ClockOf(process, out int clock) == 0 && Read(clock, out TimeSpec time) == 0) times[process] = TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromMicroseconds(time.Nanoseconds / 1000.0);
        }

        return times;
    }

    /// <summary>Resident memory in megabytes: each one's own, and what is mapped from files or shared between them once, as much as the largest has.</summary>
    public static double ResidentMegabytes(IEnumerable<int> processes)
    {
        (long own, long shared) = (0, 0);
        foreach (int process in processes)
        {
            Dictionary<string, long> status = File.ReadLines($"/proc/{process}/status").Where(line => line.StartsWith("Rss", StringComparison.Ordinal))
                .Select(line => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).ToDictionary(words => words[0], words => long.Parse(words[1], CultureInfo.InvariantCulture) << 10);
            own += status["RssAnon:"];
            shared = Math.Max(shared, status["RssFile:"] + status["RssShmem:"]);
        }

        return (own + shared) / Megabyte;
    }

    [LibraryImport("libc", EntryPoint = "clock_getcpuclockid")]
    private static partial int ClockOf(int process, out int clock);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int Read(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
