using System.Collections.Concurrent;
using FooBar.Load;
using FooBar.Load.Journeys;
using FooBar.Testing;

namespace FooBar.Faults.Tests;

/// <summary>Database members are lost and moved under 50 posts a second, some of them sent twice, and as many reads; several at once under less.</summary>
public class DatabaseTests(FaultySite site)
{
    private const double ReadRate = 50;

    /// <summary>
    /// The part of the load that is put on a site which loses several members at once. What is tested is that it comes back with nothing lost and no
    /// request failed; how much it can catch up with meanwhile is a matter of the machine, and for that all of it is put on with <c>--thorough</c>.
    /// </summary>
    private static readonly double ShareForSeveral = Catalogue.IsThorough ? 1 : 0.4;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan OnlineWithin = TimeSpan.FromSeconds(60);

    /// <summary>When each post of the last load was done, in timestamps of the system's clock.</summary>
    private readonly ConcurrentBag<long> _posted = [];

    [Fact]
    public async Task Primary_KilledAgainAndAgain_LosesAndDoublesNothingAndFailsNoRequest()
    {
        for (int round = 1; round <= Catalogue.Times(plain: 2, thorough: 5); round++)
        {
            string primary = await site.PrimaryAsync();
            (LoadResult[] results, TimeSpan back) = await UnderLoadAsync(TimeSpan.FromSeconds(20), () => site.FaultAsync("kill", primary));
            FaultySite.Say($"round {round}, {primary} killed: no post for {LongestGap().TotalSeconds:0.0} s, longest read {results[^1].Latency.Max.TotalSeconds:0.00} s, whole again after {back.TotalSeconds:0.0} s");
        }
    }

    [Fact]
    public async Task Replica_Killed_FailsNoRequest()
    {
        string replica = (await site.StatusAsync()).First(process => process.Role == "replica").Name;
        (LoadResult[] results, TimeSpan back) = await UnderLoadAsync(TimeSpan.FromSeconds(12), () => site.FaultAsync("kill", replica));
        FaultySite.Say($"{replica} killed: longest read {results[^1].Latency.Max.TotalSeconds:0.00} s, longest post {Posts(results).Max(result => result.Latency.Max).TotalSeconds:0.00} s, whole again after {back.TotalSeconds:0.0} s");
    }

    /// <summary>Who is left has no majority, and is restarted while the others start.</summary>
    [Theory]
    [InlineData("replica")]
    [InlineData("primary")]
    [InlineData("nobody")]
    public async Task Members_KilledTogether_FailNoRequest(string left)
    {
        IEnumerable<ProcessState> members = (await site.StatusAsync()).Where(process => process.Role is "replica" or "primary");
        string[] killed = [.. members.OrderBy(member => member.Role == left).Take(left == "nobody" ? 3 : 2).Select(member => member.Name)];
        (LoadResult[] results, TimeSpan back) = await UnderLoadAsync(
            TimeSpan.FromSeconds(20), () => Task.WhenAll(killed.Select(member => site.FaultAsync("kill", member))), share: ShareForSeveral);
        FaultySite.Say($"killed together {string.Join(", ", killed)}, left {left}: no post for {LongestGap().TotalSeconds:0.0} s, longest read {results[^1].Latency.Max.TotalSeconds:0.00} s, whole again after {back.TotalSeconds:0.0} s");
    }

    /// <summary>The group is two of three at that moment, and the one that joins waits for a majority that is gone.</summary>
    [Fact]
    public async Task Replica_KilledWhileTheOtherJoins_FailsNoRequest()
    {
        string[] replicas = await ReplicasAsync();
        (LoadResult[] results, TimeSpan back) = await UnderLoadAsync(
            TimeSpan.FromSeconds(35),
            async () =>
            {
                string said = site.Said();
                await site.FaultAsync("kill", replicas[0]);
                await site.SaysAsync($"joining the database group: {replicas[0]}", said, OnlineWithin);
                await site.FaultAsync("kill", replicas[1]);
            },
            share: ShareForSeveral);
        FaultySite.Say($"{replicas[1]} killed while {replicas[0]} joined: no post for {LongestGap().TotalSeconds:0.0} s, longest read {results[^1].Latency.Max.TotalSeconds:0.00} s, whole again after {back.TotalSeconds:0.0} s");
    }

    [Fact]
    public async Task Member_FrozenAndContinued_FailsNoRead()
    {
        string replica = (await site.StatusAsync()).First(process => process.Role == "replica").Name;
        Cue release = new((int)(8 * ReadRate));
        (LoadResult[] results, TimeSpan back) = await UnderLoadAsync(
            TimeSpan.FromSeconds(15),
            async () =>
            {
                await site.FaultAsync("stop", replica);
                await release.Reached;
                await site.FaultAsync("cont", replica);
            },
            release,
            repaired: false);
        FaultySite.Say($"{replica} frozen: longest read {results[^1].Latency.Max.TotalSeconds:0.00} s, longest post {Posts(results).Max(result => result.Latency.Max).TotalSeconds:0.00} s, whole again after {back.TotalSeconds:0.0} s");
    }

    [Fact]
    public async Task Switchover_UnderLoad_TakesNoMoreThanASecondFromTheWriters()
    {
        foreach (int _ in Enumerable.Range(0, Catalogue.Times(plain: 2, thorough: 5)))
        {
            string replica = (await site.StatusAsync()).Last(process => process.Role == "replica").Name;
            (LoadResult[] results, TimeSpan _) = await UnderLoadAsync(TimeSpan.FromSeconds(10), () => site.FaultAsync("switchover", replica), repaired: false);
            TimeSpan gap = LongestGap();
            FaultySite.Say($"switched over to {replica}: no post for {gap.TotalSeconds:0.00} s, longest read {results[^1].Latency.Max.TotalSeconds:0.00} s");
            Assert.Equal(replica, await site.PrimaryAsync());
            Assert.InRange(gap, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        }
    }

    private async Task<string[]> ReplicasAsync() => [.. (await site.StatusAsync()).Where(process => process.Role == "replica").Select(process => process.Name)];

    /// <summary>The longest time without a post of any kind, in the load that ran last.</summary>
    private TimeSpan LongestGap()
    {
        long[] posted = [.. _posted.Order()];
        return posted.Zip(posted.Skip(1), (before, after) => TimeProvider.System.GetElapsedTime(before, after)).Max();
    }

    private static IEnumerable<LoadResult> Posts(LoadResult[] results) => results.SkipLast(1);

    /// <summary>
    /// Runs the load, strikes in its fourth second, waits for the end and until the site is whole, and holds what was acknowledged against the
    /// database. Returns the results, the reads' last, and the time from the strike until everything was whole. <paramref name="repaired"/>:
    /// whether the supervisor has something to repair, and will say that it is done.
    /// </summary>
    private async Task<(LoadResult[] Results, TimeSpan Back)> UnderLoadAsync(TimeSpan duration, Func<Task> fault, Cue? later = null, bool repaired = true, double share = 1)
    {
        await site.WholeAsync(OnlineWithin);
        await site.SettleAsync();
        _posted.Clear();
        using Visitors visitors = site.Visitors(20);
        await using BackendCounts counts = site.Count();
        PostJournal journal = new("Under fault");
        OpenLoop loop = new(TimeProvider.System);
        Cue strike = new((int)(3 * ReadRate * share));
        LoadPlan reads = strike.In(new LoadPlan("read", ReadRate * share, duration, new ReadPost(visitors, TimeProvider.System).RunAsync, Deadline));
        Task<LoadResult[]> load = Task.WhenAll(
            RunAsync("post once", 30, SendTwice.Never),
            RunAsync("post again", 10, SendTwice.AfterTheAnswer),
            RunAsync("post twice", 10, SendTwice.AtOnce),
            loop.RunAsync(later?.In(reads) ?? reads, TestContext.Current.CancellationToken));

        await strike.Reached;
        long struck = TimeProvider.System.GetTimestamp();
        string said = site.Said();
        await fault();
        if (repaired)
        {
            // Not by looking again and again meanwhile, which takes from the processor.
            await site.SaysAsync("the database group is whole again", said, OnlineWithin);
        }

        await site.WholeAsync(OnlineWithin);
        TimeSpan back = TimeProvider.System.GetElapsedTime(struck);
        Assert.True(back < OnlineWithin, $"Whole again only after {back.TotalSeconds:0.0} s.");
        LoadResult[] results = await load;

        await site.AssertNoneFailedAsync(results);

        // The answers came from the instances: each read, and the three steps of each post.
        double asked = results[^1].Planned + (3 * Posts(results).Sum(result => result.Planned));
        Assert.True(counts.Totals.Sum() >= asked * 0.97, $"The instances counted {counts.Totals.Sum()} of {asked}.");
        IReadOnlyList<(long Id, string Title)> rows = await site.PostsAsync(journal.TitlePrefix);
        Assert.Empty(journal.DifferencesTo(rows));
        Assert.Equal(journal.Acknowledged.Count, rows.Count);
        Assert.Equal(Posts(results).Sum(result => result.Planned), rows.Count);
        return (results, back);

        Task<LoadResult> RunAsync(string name, double rate, SendTwice twice)
        {
            PostNotice post = new(visitors, journal, TimeProvider.System, new PostNoticeOptions { Twice = twice });
            return loop.RunAsync(
                new LoadPlan(
                    name,
                    rate * share,
                    duration,
                    async (index, token) =>
                    {
                        string? outcome = await post.RunAsync(index, token);
                        if (outcome is null)
                        {
                            _posted.Add(TimeProvider.System.GetTimestamp());
                        }

                        return outcome;
                    },
                    Deadline),
                TestContext.Current.CancellationToken);
        }
    }
}
