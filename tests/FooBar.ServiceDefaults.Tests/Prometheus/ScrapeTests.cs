using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace FooBar.ServiceDefaults.Tests.Prometheus;

public sealed partial class ScrapeTests
{
    [Fact]
    public async Task Page_AfterTraffic_PassesPromtool()
    {
        await using TestService service = await TestService.StartAsync();
        for (int request = 0; request < 20; request++)
        {
            await service.GetAsync(service.Site, request % 2 == 0 ? "/" : "/missing");
        }

        string page = await service.ScrapeAfterAsync(20);
        (int exitCode, IReadOnlyList<string> findings) = await Promtool.CheckMetricsAsync(page);

        Assert.Equal([], findings);
        Assert.Equal(0, exitCode);
        // promtool lets duplicates pass.
        string[] heads = [.. page.Split('\n').Where(line => line.StartsWith('#')).Select(line => line[..line.IndexOf(' ', 7)])];
        string[] series = [.. page.Split('\n').Where(line => line is not ['#', ..] and not "").Select(line => line[..line.LastIndexOf(' ')])];
        Assert.True(series.Length > 100, page);
        Assert.Equal(heads.Distinct(), heads);
        Assert.Equal(series.Distinct(), series);
    }

    [Theory]
    [InlineData("a{b=\"c} 1\n", 1)]
    [InlineData("# HELP a A.\n# TYPE a counter\na 1\n", 3)]
    public async Task Promtool_GivenAFault_ObjectsToIt(string page, int expected)
    {
        (int exitCode, IReadOnlyList<string> findings) = await Promtool.CheckMetricsAsync(page);

        Assert.Equal(expected, exitCode);
        Assert.NotEmpty(findings);
    }

    [Fact]
    public async Task Response_HasTheFormatsContentTypeAndItsLength()
    {
        await using TestService service = await TestService.StartAsync();

        using HttpResponseMessage response = await service.GetAsync(service.Admin, "/metrics");

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        Assert.Equal(
            response.Content.Headers.ContentLength, (await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).Length);
    }

    [Fact]
    public async Task Head_HasTheLengthAndNoBody()
    {
        await using TestService service = await TestService.StartAsync();
        using HttpRequestMessage head = new(HttpMethod.Head, new Uri(service.Admin, "/metrics"));

        using HttpResponseMessage response = await service.Client.SendAsync(head, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.True(response.Content.Headers.ContentLength > 1000);
    }

    [Fact]
    public async Task Scrapes_AtOnceWhileRecording_AreEachWholeAndNeverGoBack()
    {
        using Meter meter = new($"test.{Guid.NewGuid():N}");
        Counter<long> jobs = meter.CreateCounter<long>("jobs");
        Histogram<double> wait = meter.CreateHistogram<double>("wait", "s");
        await using TestService service = await TestService.StartAsync(meters: meter.Name);
        jobs.Add(1);
        wait.Record(0);

        using CancellationTokenSource done = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Task[] recorders = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            for (int round = 0; !done.IsCancellationRequested; round++)
            {
                jobs.Add(1);
                wait.Record(round % 12);
            }
        }))];
        Task<long>[] scrapers = [.. Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            long last = 0;
            for (int scrape = 0; scrape < 25; scrape++)
            {
                string page = await service.ScrapeAsync();
                Assert.Equal(1, TargetInfo().Count(page));
                long now = Value(page, "jobs_total ");
                Assert.True(now >= last, $"jobs_total went from {last} to {now}");
                Assert.Equal(Value(page, "wait_seconds_bucket{le=\"+Inf\"} "), Value(page, "wait_seconds_count "));
                last = now;
            }

            return last;
        }))];
        long[] seen = await Task.WhenAll(scrapers);
        await done.CancelAsync();
        await Task.WhenAll(recorders);

        Assert.All(seen, count => Assert.True(count > 1));
    }

    [Fact]
    public async Task Scrape_OfAnotherHostInTheProcess_HasNoneOfItsRequests()
    {
        await using TestService busy = await TestService.StartAsync();
        await using TestService idle = await TestService.StartAsync();
        await busy.GetAsync(busy.Site, "/");

        Assert.Contains("http_server_request_duration_seconds_count{", await busy.ScrapeAfterAsync(1));
        Assert.DoesNotContain("http_server_request_duration_seconds_count{", await idle.ScrapeAsync());
    }

    private static long Value(string page, string series)
    {
        int start = page.IndexOf($"\n{series}", StringComparison.Ordinal) + 1 + series.Length;
        Assert.True(start > series.Length, $"{series}is not on the page:\n{page}");
        return long.Parse(page.AsSpan(start, page.IndexOf('\n', start) - start), CultureInfo.InvariantCulture);
    }

    [GeneratedRegex("^target_info", RegexOptions.Multiline)]
    private static partial Regex TargetInfo();
}
