using System.Globalization;
using FooBar.LoadBalancer.Configuration;

namespace FooBar.LoadBalancer.Limits;

/// <summary>
/// How many connections the process can afford: each costs a file descriptor, each request in hand one more for its backend, and a process without
/// one cannot even read a certificate. Immutable.
/// </summary>
/// <param name="most">The process's limit of descriptors (RLIMIT_NOFILE), which .NET raises as far as it may.</param>
internal sealed class Descriptors(int most)
{
    /// <summary>For files, logs, listeners, scrapes and health checks.</summary>
    public const int Reserve = 256;

    private const string LimitsFile = "/proc/self/limits";
    private const string OpenFiles = "Max open files";

    /// <summary>The process's limit.</summary>
    public int Most { get; } = most;

    /// <summary>As this process has them.</summary>
    public static Descriptors OfThisProcess()
    {
        string? line = File.Exists(LimitsFile) ? File.ReadLines(LimitsFile).FirstOrDefault(line => line.StartsWith(OpenFiles, StringComparison.Ordinal)) : null;
        string? soft = line?[OpenFiles.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return new Descriptors(int.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out int limit) ? limit : int.MaxValue);
    }

    /// <summary>The connections that are taken: as many as configured, or as many as there are descriptors for.</summary>
    public int Affordable(LimitOptions limits) => (int)Math.Min(limits.Connections, Math.Max(1, (long)Most - limits.InFlight - Reserve));
}
