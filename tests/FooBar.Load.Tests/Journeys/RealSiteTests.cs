using System.Net;
using FooBar.Load.Journeys;
using FooBar.Testing.Site;

namespace FooBar.Load.Tests.Journeys;

/// <summary>The journeys on the site itself, all at once, and their journal held against its database.</summary>
public sealed class RealSiteTests
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Journeys_OnTheRealSite_AllSucceedAndTheDatabaseHoldsWhatWasAcknowledged()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await using RunningSite site = await RunningSite.StartAsync(token);
        using Visitors visitors = new(site.Gateway.Url, site.CaCertificatePath, 20);
        using Visitors modern = new(site.Gateway.Url, site.CaCertificatePath, 5, HttpVersion.Version20);
        PostJournal journal = new("On the real site");
        OpenLoop loop = new(TimeProvider.System);

        LoadResult[] results = await Task.WhenAll(
            loop.RunAsync(new LoadPlan("front page", 20, Duration, new ReadFrontPage(visitors).RunAsync, Deadline), token),
            loop.RunAsync(new LoadPlan("posts read", 20, Duration, new ReadPost(modern, TimeProvider.System).RunAsync, Deadline), token),
            loop.RunAsync(new LoadPlan("posted once", 4, Duration, Post(visitors, SendTwice.Never), Deadline), token),
            loop.RunAsync(new LoadPlan("posted again", 4, Duration, Post(modern, SendTwice.AfterTheAnswer), Deadline), token),
            loop.RunAsync(new LoadPlan("posted twice", 4, Duration, Post(visitors, SendTwice.AtOnce), Deadline), token));

        foreach (LoadResult result in results)
        {
            TestContext.Current.TestOutputHelper!.WriteLine(result.Report());
        }

        Assert.True(results.All(result => result.Succeeded == result.Planned), await site.LogsAsync());
        Assert.Equal([100, 100, 20, 20, 20], results.Select(result => result.Succeeded));
        Assert.Equal(60, journal.Acknowledged.Count);
        Assert.Equal(100, journal.Acknowledged.Sum(entry => entry.Sent));
        IReadOnlyList<(long Id, string Title)> rows = await SitePosts.ReadAsync(site, site.Db.Single(db => db.Role == "primary"), journal.TitlePrefix, token);
        Assert.Equal(60, rows.Count);
        Assert.Empty(journal.DifferencesTo(rows));

        Func<int, CancellationToken, Task<string?>> Post(Visitors by, SendTwice twice) =>
            new PostNotice(by, journal, TimeProvider.System, new PostNoticeOptions { Twice = twice }).RunAsync;
    }
}
