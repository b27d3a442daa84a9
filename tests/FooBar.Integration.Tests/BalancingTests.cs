using System.Net;

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

    [Fact]
    public async Task Requests_64Concurrent_SplitWithinFivePercent()
    {
        const int concurrent = 64;
        const int rounds = 25;
        double[] before = await site.WebMetricAsync(Requests, "http_route=\"/\"");
        using HttpClient http = site.Visitor();
        await Task.WhenAll(Enumerable.Range(0, concurrent).Select(async _ =>
        {
            for (int round = 0; round < rounds; round++)
            {
                using HttpResponseMessage answer = await http.GetAsync("/", TestContext.Current.CancellationToken);
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            }
        }));

        double[] split = [.. (await site.WebMetricAsync(Requests, "http_route=\"/\"")).Zip(before, (after, start) => after - start)];
        TestContext.Current.TestOutputHelper!.WriteLine($"{concurrent} concurrent, {rounds} each: {string.Join("/", split)}");
        Assert.Equal(concurrent * rounds, split.Sum());
        Assert.All(split, count => Assert.InRange(count, concurrent * rounds * 0.475, concurrent * rounds * 0.525));
    }
}
