using System.Net;
using System.Text;
using FooBar.Testing.Site;

namespace FooBar.Integration.Tests;

public class BalancingTests(SharedSite site)
{
    private const string Requests = "http_server_request_duration_seconds_count";

    [Fact]
    public async Task Requests_1000InSequence_SplitEvenly()
    {
        double[] before = await site.WebMetricAsync(Requests, "http_route=\"/\"");
        using HttpClient http = site.Visitor(HttpVersion.Version20);
        for (int number = 0; number < 1000; number++)
        {
            using HttpResponseMessage answer = await http.GetAsync("/", TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        double[] split = [.. (await site.WebMetricAsync(Requests, "http_route=\"/\"")).Zip(before, (after, start) => after - start)];
        TestContext.Current.TestOutputHelper!.WriteLine($"1,000 in sequence: {string.Join("/", split)}");
        Assert.Equal(1000, split.Sum());
        Assert.All(split, count => Assert.InRange(count, 499, 501));
    }

    /// <summary>
    /// 64 requests that are all in flight at once: each sends its headers and half its body, and the other half only when the gateway has
    /// 64 in flight. Requests that merely start together would measure how fast each instance answers, not how the gateway spreads.
    /// </summary>
    [Fact(Timeout = 60_000)]
    public async Task Requests_64Concurrent_SplitWithinFivePercent()
    {
        const int concurrent = 64;
        double[] before = await site.WebMetricAsync(Requests, "http_request_method=\"POST\"");
        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using HttpClient http = site.Visitor();
        Task<HttpStatusCode>[] answers = [.. Enumerable.Range(0, concurrent).Select(_ => PostHeldAsync(http, release.Task))];
        double[] inFlight;
        using PeriodicTimer poll = new(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        do
        {
            await poll.WaitForNextTickAsync(TestContext.Current.CancellationToken);
            MetricsPage page = await MetricsPage.ScrapeAsync(site.Admin, site.Running.Gateway.Admin, TestContext.Current.CancellationToken);
            inFlight = [.. site.Running.Web.Select(web => page.Sum("gateway_backend_in_flight", $"backend=\"{web.Name}\""))];
        }
        while (inFlight.Sum() < concurrent && !answers.Any(answer => answer.IsCompleted));
        release.SetResult();

        // No antiforgery token: the site refuses, which is an answer like any other.
        Assert.All(await Task.WhenAll(answers), status => Assert.Equal(HttpStatusCode.BadRequest, status));
        double[] split = [.. (await site.WebMetricAsync(Requests, "http_request_method=\"POST\"")).Zip(before, (after, start) => after - start)];
        TestContext.Current.TestOutputHelper!.WriteLine($"{concurrent} at once: in flight {string.Join("/", inFlight)}, served {string.Join("/", split)}");
        Assert.Equal(concurrent, inFlight.Sum());
        Assert.Equal(concurrent, split.Sum());
        Assert.All(split, count => Assert.InRange(count, concurrent * 0.475, concurrent * 0.525));
    }

    private static async Task<HttpStatusCode> PostHeldAsync(HttpClient http, Task release)
    {
        using HeldContent content = new(release);
        using HttpResponseMessage answer = await http.PostAsync("/posts/new", content, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    private sealed class HeldContent : HttpContent
    {
        private static readonly byte[] Body = Encoding.ASCII.GetBytes("title=held&author=held&body=held");
        private readonly Task _release;

        public HeldContent(Task release)
        {
            _release = release;
            Headers.ContentType = new("application/x-www-form-urlencoded");
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(Body.AsMemory(0, Body.Length / 2));
            await stream.FlushAsync();
            await _release;
            await stream.WriteAsync(Body.AsMemory(Body.Length / 2));
        }

        /// <summary>A length would let the gateway read the whole body before it picks an instance.</summary>
        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
