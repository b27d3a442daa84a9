using System.Globalization;
using FooBar.Lab.Tests.Support;
using FooBar.Load;
using FooBar.Load.Journeys;

namespace FooBar.Lab.Tests.Site;

/// <summary>
/// A host is lost under load: first its link, because a host that merely dies says so with a reset, then the host itself; then it returns.
/// What visitors saw is printed. Nothing acknowledged may be lost, and all must be whole again with no hand.
/// </summary>
public sealed class HostLossTests(Labs labs) : SiteTest(labs)
{
    private static readonly TimeSpan Cut = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan Dead = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan WholeWithin = TimeSpan.FromSeconds(120);

    [Theory]
    [InlineData("app-1")]
    [InlineData("app-2")]
    public async Task ApplicationHost_CutOffThenKilledThenBack_LosesNothing(string host)
    {
        await Site.WholeAsync(WholeWithin, Token);
        string primary = await Site.PrimaryAsync(Token);
        using NetworkNamespace visitor = Site.Namespace("visitor");
        using Visitors visitors = new(() => Site.Client(new SocketsHttpHandler(), visitor.ConnectAsync), count: 30);
        PostJournal journal = new($"Loss of {host}");
        PostNotice post = new(visitors, journal, TimeProvider.System, new PostNoticeOptions { RepeatUntilDeadline = true });
        ReadFrontPage read = new(visitors);
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(Token);
        OpenLoop loop = new(TimeProvider.System);
        TimeSpan longest = TimeSpan.FromMinutes(8);
        Task<LoadResult[]> load = Task.WhenAll(
            loop.RunAsync(new LoadPlan("reads", 40, longest, read.RunAsync, TimeSpan.FromSeconds(15)), end.Token),
            loop.RunAsync(new LoadPlan("posts", 4, longest, post.RunAsync, TimeSpan.FromSeconds(30)), end.Token));
        long startedAt = TimeProvider.System.GetTimestamp();
        void Note(string what) => Say(string.Create(CultureInfo.InvariantCulture, $"{TimeProvider.System.GetElapsedTime(startedAt).TotalSeconds,6:0.0} s  {what}"));
        Note($"{host} is {(host == primary ? "the primary's host" : "a replica's host")}");

        try
        {
            await Task.Delay(TimeSpan.FromSeconds(5), TimeProvider.System, Token);
            Note("link cut");
            await Site.CutAsync(host, Token);
            await Task.Delay(Cut, TimeProvider.System, Token);
            Note("host killed");
            await Site.KillAsync(host, Token);
            await Task.Delay(Dead, TimeProvider.System, Token);
            Note("host powered on, its link plugged in");
            await Site.StartAsync(host, Token);
            TimeSpan whole = await Site.WholeAsync(WholeWithin, Token);
            Note(string.Create(CultureInfo.InvariantCulture, $"whole again, {whole.TotalSeconds:0.0} s after its start"));
            await Task.Delay(TimeSpan.FromSeconds(5), TimeProvider.System, Token);
        }
        finally
        {
            await end.CancelAsync();
            await ((Task)load).ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
            await Site.PowerOnAsync(host, CancellationToken.None);
        }

        LoadResult[] results = await load;

        foreach (LoadResult result in results)
        {
            Say(result.Report());
        }

        Say($"{journal.Entries.Count} posts sent, {journal.Acknowledged.Count} acknowledged");
        Assert.True(journal.Acknowledged.Count > 100, $"only {journal.Acknowledged.Count} posts were acknowledged");
        Assert.Empty(journal.DifferencesTo(await Site.PostsAsync(journal.TitlePrefix, Token)));
        foreach (string member in LabSite.Hosts)
        {
            Assert.Equal("", await Site.OnAsync(member, "systemctl list-units --state=failed --no-legend --plain", Token));
        }
    }
}
