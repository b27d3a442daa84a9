using System.Diagnostics;
using System.Globalization;

namespace FooBar.ServiceDefaults.Tests.Metrics;

public sealed class ProcessMetricsTests
{
    [Fact]
    public async Task Process_OnLinux_ShowsItsStartAndDescriptors()
    {
        Assert.True(OperatingSystem.IsLinux());
        await using TestService service = await TestService.StartAsync();

        double started = Value(await service.ScrapeAsync(), "process_start_time_seconds");
        using Process self = Process.GetCurrentProcess();
        Assert.Equal((self.StartTime.ToUniversalTime() - DateTime.UnixEpoch).TotalSeconds, started, tolerance: 0.001);

        double before = Value(await service.ScrapeAsync(), "process_open_fds");
        // More than other tests of this process open meanwhile.
        FileStream[] files = [.. Enumerable.Range(0, 2000).Select(_ => File.OpenRead("/dev/null"))];
        double after = Value(await service.ScrapeAsync(), "process_open_fds");
        Array.ForEach(files, file => file.Dispose());
        Assert.InRange(after - before, 1500, 2500);
        Assert.InRange(Value(await service.ScrapeAsync(), "process_max_fds"), after, double.MaxValue);
    }

    private static double Value(string page, string series)
    {
        string line = page.Split('\n').Single(line => line.StartsWith($"{series} ", StringComparison.Ordinal));
        return double.Parse(line.AsSpan(series.Length + 1), CultureInfo.InvariantCulture);
    }
}
