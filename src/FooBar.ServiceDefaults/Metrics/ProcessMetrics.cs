using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;

namespace FooBar.ServiceDefaults.Metrics;

/// <summary>
/// What the meter System.Runtime leaves out (it has CPU time, working set, threads, GC): when the process started and its file descriptors.
/// The published names are those of every Prometheus client library, so that common alerts and dashboards fit.
/// </summary>
internal static class ProcessMetrics
{
    public const string MeterName = "FooBar.Process";

    private const string Limits = "/proc/self/limits";
    private const string OpenFilesLimit = "Max open files";

    public static void Create(IMeterFactory meters)
    {
        Meter meter = meters.Create(MeterName);
        double started = StartedUnixSeconds();
        meter.CreateObservableGauge("process.start_time", () => started, "s", "Start time of the process since the Unix epoch.");
        if (OperatingSystem.IsLinux())
        {
            meter.CreateObservableGauge("process.open_fds", OpenDescriptors.Count, "{file_descriptor}", "Number of open file descriptors.");
            meter.CreateObservableGauge(
                "process.max_fds", MaxDescriptors, "{file_descriptor}", "Maximum number of open file descriptors (soft limit).");
        }
    }

    private static double StartedUnixSeconds()
    {
        using Process self = Process.GetCurrentProcess();
        return (self.StartTime.ToUniversalTime() - DateTime.UnixEpoch).TotalSeconds;
    }

    private static IEnumerable<Measurement<long>> MaxDescriptors()
    {
        string? line = File.ReadLines(Limits).FirstOrDefault(static line => line.StartsWith(OpenFilesLimit, StringComparison.Ordinal));
        string? soft = line?[OpenFilesLimit.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        // "unlimited" has no number: no measurement then, rather than a made-up one.
        return long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out long limit) ? [new Measurement<long>(limit)] : [];
    }
}
