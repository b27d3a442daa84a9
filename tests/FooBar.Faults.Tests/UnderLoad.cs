using System.Collections.Concurrent;
using FooBar.Load;
using FooBar.Load.Journeys;

namespace FooBar.Faults.Tests;

/// <summary>50 posts a second, some of them sent twice, and as many reads, under which something is done to a site.</summary>
/// <param name="site">The site.</param>
/// <param name="part">The part of these rates that is put on.</param>
internal sealed class UnderLoad(FaultySite site, double part = 1)
{
    public const double ReadRate = 50;

    public static readonly TimeSpan OnlineWithin = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(15);

    /// <summary>When each post of the last load was done, in timestamps of the system's clock.</summary>
    private readonly ConcurrentBag<long> _posted = [];

    /// <summary>The longest time without a post of any kind, in the load that ran last.</summary>
    public TimeSpan LongestGap()
    {
        long[] posted = [.. _posted.Order()];
        return posted.Zip(posted.Skip(1), (before, after) => TimeProvider.System.GetElapsedTime(before, after)).Max();
    }

    public static IEnumerable<LoadResult> Posts(LoadResult[] results) => results.SkipLast(1);

    /// <summary>
    /// Runs the load, strikes in its fourth second, waits for the end and until the site is whole, and holds what was acknowledged against the
    /// database. Returns the results, the reads' last, and the time from the strike until everything was whole.
    /// </summary>
    /// <param name="duration">How long the load lasts.</param>
    /// <param name="fault">What is done under it.</param>
    /// <param name="later">Reached by the load later on.</param>
    /// <param name="repaired">What the supervisor says when it has repaired what there is to repair; null when there is nothing.</param>
    /// <param name="share">The part of that which is put on this time.</param>
    public async Task<(LoadResult[] Results, TimeSpan Back)> RunAsync(TimeSpan duration, Func<Task> fault, Cue? later = null, string? repaired = null, double share = 1)
    {
        await site.WholeAsync(OnlineWithin);
        await site.SettleAsync(part);
        share *= part;
        _posted.Clear();
        using Visitors visitors = site.Visitors(20);
        await using BackendCounts counts = site.Count();
        PostJournal journal = new("Under fault");
        OpenLoop loop = new(TimeProvider.System);
        Cue strike = new((int)(3 * ReadRate * share));
        LoadPlan reads = strike.In(new LoadPlan("read", ReadRate * share, duration, new ReadPost(visitors, TimeProvider.System).RunAsync, Deadline));
        Task<LoadResult[]> load = Task.WhenAll(
            PostAsync("post once", 30, SendTwice.Never),
            PostAsync("post again", 10, SendTwice.AfterTheAnswer),
            PostAsync("post twice", 10, SendTwice.AtOnce),
            loop.RunAsync(later?.In(reads) ?? reads, TestContext.Current.CancellationToken));

        await strike.Reached;
        long struck = TimeProvider.System.GetTimestamp();
        string said = site.Said();
        await fault();
        if (repaired is not null)
        {
            // Not by looking again and again meanwhile, which takes from the processor.
            await site.SaysAsync(repaired, said, OnlineWithin);
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

        Task<LoadResult> PostAsync(string name, double rate, SendTwice twice)
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
