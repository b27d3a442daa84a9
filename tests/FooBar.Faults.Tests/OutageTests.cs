using FooBar.Load;
using FooBar.Load.Journeys;

namespace FooBar.Faults.Tests;

/// <summary>All members are killed at once: nothing that was acknowledged is lost, and the site comes back.</summary>
public class OutageTests(FaultySite site)
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan WholeWithin = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task AllMembers_KilledAtOnce_FormTheirGroupAgainByThemselves()
    {
        PostJournal journal = await KillAllUnderLoadAsync();

        TimeSpan back = await site.WholeAsync(WholeWithin);

        await AssertAllAcknowledgedAreThereAsync(journal);
        FaultySite.Say($"all three killed: whole again after {back.TotalSeconds:0.0} s, {journal.Acknowledged.Count} of {journal.Entries.Count} posts had been acknowledged, all of them are there");
        await AssertWritableAsync();
    }

    /// <summary>The member that would come first has been down for a while and lacks what was posted since: another must form the group.</summary>
    [Fact]
    public async Task AllMembers_KilledOneOfThemLongBefore_TheNewestFormsTheGroup()
    {
        await site.WholeAsync(WholeWithin);
        await site.FaultAsync("switchover", "db-2");
        await site.FaultAsync("kill", "db-1", "--hold");
        PostJournal journal = await PostAsync("While one was down");
        await Task.WhenAll(site.FaultAsync("kill", "db-2", "--hold"), site.FaultAsync("kill", "db-3", "--hold"));

        await site.Running.RestartAsync(TestContext.Current.CancellationToken);

        await site.WholeAsync(WholeWithin);
        Assert.NotEqual("db-1", await site.PrimaryAsync());
        await AssertAllAcknowledgedAreThereAsync(journal);
        await AssertWritableAsync();
    }

    [Fact]
    public async Task AllMembers_KilledAndLeftDown_AreBackWithTheNextUp()
    {
        PostJournal journal = await KillAllUnderLoadAsync("--hold");
        Assert.All((await site.StatusAsync()).Where(process => process.Name.StartsWith("db-", StringComparison.Ordinal)), member => Assert.Equal("held", member.State));

        await site.Running.RestartAsync(TestContext.Current.CancellationToken);

        await site.WholeAsync(WholeWithin);
        await AssertAllAcknowledgedAreThereAsync(journal);
        FaultySite.Say($"all three killed, then down and up: {journal.Acknowledged.Count} of {journal.Entries.Count} posts had been acknowledged, all of them are there");
        await AssertWritableAsync();
    }

    /// <summary>Posts until the members die; what they had not acknowledged fails, as it must.</summary>
    private async Task<PostJournal> KillAllUnderLoadAsync(params string[] options)
    {
        await site.WholeAsync(WholeWithin);
        using Visitors visitors = site.Visitors(20);
        PostJournal journal = new("Before the outage");
        using CancellationTokenSource enough = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Cue strike = new(90);
        Task<LoadResult> load = new OpenLoop(TimeProvider.System).RunAsync(
            strike.In(new LoadPlan("post", 30, Duration, new PostNotice(visitors, journal, TimeProvider.System).RunAsync, Deadline)), enough.Token);
        await strike.Reached;
        await Task.WhenAll(site.Running.Db.Select(member => site.FaultAsync(["kill", member.Name, .. options])));
        await enough.CancelAsync();
        await load;
        Assert.NotEmpty(journal.Acknowledged);
        return journal;
    }

    private async Task AssertAllAcknowledgedAreThereAsync(PostJournal journal) =>
        Assert.Empty(journal.DifferencesTo(await site.PostsAsync(journal.TitlePrefix)));

    private async Task AssertWritableAsync() => await PostAsync("After the outage");

    private async Task<PostJournal> PostAsync(string name)
    {
        using Visitors visitors = site.Visitors(2);
        PostJournal journal = new(name);
        LoadResult result = await new OpenLoop(TimeProvider.System).RunAsync(
            new LoadPlan("post", 10, TimeSpan.FromSeconds(2), new PostNotice(visitors, journal, TimeProvider.System).RunAsync, Deadline), TestContext.Current.CancellationToken);
        await site.AssertNoneFailedAsync([result]);
        return journal;
    }
}
