namespace FooBar.Integration.Tests;

public class PostingTests(SharedSite site)
{
    private const int Journeys = 200;

    /// <summary>
    /// The promise of the data layer, end to end: a visitor who has posted sees the post at once, whichever instance answers, although
    /// reads go to replicas.
    /// </summary>
    [Fact]
    public async Task Post_ThenFollowRedirect_ShowsThePostEveryTimeOnBothInstancesFromReplicas()
    {
        const string requests = "http_server_request_duration_seconds_count";
        const string queries = "database_queries_total";
        double[] requestsBefore = await site.WebMetricAsync(requests, "http_route=\"posts/");
        double[] replicaBefore = await site.WebMetricAsync(queries, "operation=\"read\"", "role=\"replica\"");
        double[] primaryBefore = await site.WebMetricAsync(queries, "operation=\"read\"", "role=\"primary\"");
        double[] writesBefore = await site.WebMetricAsync(queries, "operation=\"write\"", "role=\"primary\"");
        using HttpClient http = site.Visitor();
        Visitor visitor = new(http);

        for (int number = 1; number <= Journeys; number++)
        {
            string title = $"Journey {number} of {Journeys}";
            string location = await visitor.PostAsync(title, "Integration", $"The body of journey {number}, long enough to be taken.");
            Assert.Equal(title, (await visitor.GetAsync(location)).QuerySelector("h1")?.TextContent.Trim());
        }

        double[] served = Delta(await site.WebMetricAsync(requests, "http_route=\"posts/"), requestsBefore);
        double fromReplicas = Delta(await site.WebMetricAsync(queries, "operation=\"read\"", "role=\"replica\""), replicaBefore).Sum();
        double fromPrimary = Delta(await site.WebMetricAsync(queries, "operation=\"read\"", "role=\"primary\""), primaryBefore).Sum();
        double[] written = Delta(await site.WebMetricAsync(queries, "operation=\"write\"", "role=\"primary\""), writesBefore);
        TestContext.Current.TestOutputHelper!.WriteLine($"{Journeys} journeys: requests per instance {string.Join("/", served)}, writes {string.Join("/", written)}, reads from replicas {fromReplicas}, from the primary {fromPrimary}");

        // Form, post and page: three requests a journey, by turns.
        Assert.Equal(Journeys * 3, served.Sum());
        Assert.All(served, count => Assert.InRange(count, (Journeys * 3 / 2) - 1, (Journeys * 3 / 2) + 1));
        Assert.Equal(Journeys, written.Sum());
        Assert.True(fromReplicas >= 0.9 * Journeys, $"Only {fromReplicas} of {Journeys} reads were served by replicas.");
    }

    private static double[] Delta(double[] after, double[] before) => [.. after.Zip(before, (a, b) => a - b)];
}
