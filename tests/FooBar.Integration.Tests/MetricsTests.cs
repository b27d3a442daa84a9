using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using FooBar.Testing;
using FooBar.Testing.Site;

namespace FooBar.Integration.Tests;

public class MetricsTests(SharedSite site)
{
    [Fact]
    public async Task Metrics_OfEachProcess_PassPromtool()
    {
        string promtool = Path.Combine(
            Environment.GetEnvironmentVariable("FOOBAR_PROMETHEUS_HOME") ?? throw new InvalidOperationException("promtool is needed: run ./foobar test, or set FOOBAR_PROMETHEUS_HOME."), "bin", "promtool");

        // One for each instance: a process that was never asked has no series to check.
        using HttpClient http = site.Visitor();
        for (int request = 0; request < site.Running.Web.Count; request++)
        {
            await GetAsync(http);
        }

        foreach (SiteProcess process in (SiteProcess[])[site.Running.Gateway, .. site.Running.Web])
        {
            MetricsPage page = await MetricsPage.ScrapeAsync(site.Admin, process.Admin, TestContext.Current.CancellationToken);
            (int exitCode, string output) = await TestProcess.RunAsync(promtool, ["check", "metrics"], TestContext.Current.CancellationToken, input: page.Text);
            Assert.True(exitCode == 0 && string.IsNullOrWhiteSpace(output), $"promtool on {process.Name}: {output}\n{page.Text}");
            Assert.True(page.Sum("http_server_request_duration_seconds_count") > 0, $"{process.Name} counts no requests.");
        }
    }

    [Fact]
    public async Task Prometheus_Targets_AreAllUp()
    {
        using JsonDocument answer = await QueryAsync("up");
        Dictionary<string, string> up = answer.RootElement.GetProperty("data").GetProperty("result").EnumerateArray().ToDictionary(
            series => series.GetProperty("metric").GetProperty("instance").GetString()!, series => series.GetProperty("value")[1].GetString()!);
        Assert.Equal(["gateway", "prometheus", "web-1", "web-2"], up.Keys.Order(StringComparer.Ordinal));
        Assert.All(up, target => Assert.Equal("1", target.Value));
    }

    /// <summary>Prometheus' rate over the middle of a steady load must be the rate that was sent.</summary>
    [Fact]
    public async Task Prometheus_Qps_IsTheLoadSent()
    {
        const int perSecond = 100;
        const int seconds = 30;
        using HttpClient http = site.Visitor();
        long started = Stopwatch.GetTimestamp();
        List<Task> answers = [];
        using PeriodicTimer pace = new(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        double? measuredGateway = null, measuredWeb = null;
        while (Stopwatch.GetElapsedTime(started).TotalSeconds < seconds)
        {
            await pace.WaitForNextTickAsync(TestContext.Current.CancellationToken);

            // As many as are due by now: a late tick is made up for, so the rate holds when the machine is busy.
            int due = (int)(Stopwatch.GetElapsedTime(started).TotalSeconds * perSecond);
            while (answers.Count < due)
            {
                answers.Add(GetAsync(http));
            }
        }

        double sent = answers.Count / Stopwatch.GetElapsedTime(started).TotalSeconds;
        measuredGateway = await ScalarAsync("sum(rate(http_server_request_duration_seconds_count{job=\"gateway\"}[20s]))");
        measuredWeb = await ScalarAsync("sum(rate(http_server_request_duration_seconds_count{job=\"web\",http_route=\"/\"}[20s]))");
        await Task.WhenAll(answers);
        TestContext.Current.TestOutputHelper!.WriteLine($"sent {sent:0.0}/s; Prometheus: gateway {measuredGateway:0.0}/s, web {measuredWeb:0.0}/s");
        Assert.InRange(measuredGateway.Value, sent * 0.95, sent * 1.05);
        Assert.InRange(measuredWeb.Value, sent * 0.95, sent * 1.05);
    }

    private static async Task GetAsync(HttpClient http)
    {
        using HttpResponseMessage answer = await http.GetAsync("/", TestContext.Current.CancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    private async Task<JsonDocument> QueryAsync(string query) =>
        JsonDocument.Parse(await site.Admin.GetStringAsync(new Uri(site.Running.Prometheus, $"/api/v1/query?query={Uri.EscapeDataString(query)}"), TestContext.Current.CancellationToken));

    private async Task<double> ScalarAsync(string query)
    {
        using JsonDocument answer = await QueryAsync(query);
        JsonElement result = answer.RootElement.GetProperty("data").GetProperty("result");
        Assert.Equal(1, result.GetArrayLength());
        return double.Parse(result[0].GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture);
    }
}
