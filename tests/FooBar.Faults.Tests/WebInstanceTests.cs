using FooBar.Load;
using FooBar.Load.Journeys;
using FooBar.Testing;
using FooBar.Testing.Site;

namespace FooBar.Faults.Tests;

/// <summary>An instance is killed, frozen or restarted under 200 requests a second: no visitor notices.</summary>
public class WebInstanceTests(FaultySite site)
{
    private const double Rate = 100; // Each of two journeys.

    // One that is restarted took 3 to 11 s to be back, and its share is looked at 5 s later.
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan BackWithin = TimeSpan.FromSeconds(30);

    public static TheoryData<string, string> Faults =>
    [
        .. Catalogue.Choose<(string, string)>([("kill", "web-1"), ("stop", "web-1"), ("restart", "web-1"), ("kill", "web-2"), ("stop", "web-2"), ("restart", "web-2")], 2),
    ];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Instance_LostUnderLoad_FailsNoRequestAndTakesItsShareAgain(string fault, string name)
    {
        await site.WholeAsync(TimeSpan.FromMinutes(1));
        await site.SettleAsync();
        SiteProcess instance = site.Running.Web.Single(web => web.Name == name);
        using Visitors visitors = site.Visitors(20);
        await using BackendCounts counts = site.Count();
        OpenLoop loop = new(TimeProvider.System);
        Cue strike = new(300), release = new(900);
        Task<LoadResult> front = loop.RunAsync(release.In(strike.In(new LoadPlan("front page", Rate, Duration, new ReadFrontPage(visitors).RunAsync, Deadline))), TestContext.Current.CancellationToken);
        Task<LoadResult> posts = loop.RunAsync(new LoadPlan("post", Rate, Duration, new ReadPost(visitors, TimeProvider.System).RunAsync, Deadline), TestContext.Current.CancellationToken);

        await strike.Reached;
        await site.FaultAsync(fault, name);
        if (fault == "stop")
        {
            await release.Reached;
            await site.FaultAsync("cont", name);
        }

        await site.ReadyAsync(instance, BackWithin);
        long back = TimeProvider.System.GetTimestamp();
        LoadResult[] results = await Task.WhenAll(front, posts);

        IReadOnlyList<double> shares = counts.Shares(back, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(5));
        FaultySite.Say($"{fault} {name}: {results.Sum(result => result.Succeeded)} of {results.Sum(result => result.Planned)} answered, {counts.Totals.Sum()} counted at the instances, longest {results.Max(result => result.Latency.Max).TotalSeconds:0.00} s, shares 3 to 5 s after its return {shares[0]:0.00}/{shares[1]:0.00}");
        await site.AssertNoneFailedAsync(results);
        Assert.All(shares, share => Assert.InRange(share, 0.4, 0.6));

        // The answers came from the instances; a fifth of a second's worth is lost to the count with a process that dies.
        Assert.True(counts.Totals.Sum() >= results.Sum(result => result.Planned) * 0.97, $"The instances counted {counts.Totals.Sum()}.");
    }
}
