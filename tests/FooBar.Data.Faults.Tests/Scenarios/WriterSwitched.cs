using FooBar.Data.Faults.Tests.Play;
using FooBar.Testing;

namespace FooBar.Data.Faults.Tests.Scenarios;

/// <summary>3: the primary is switched over in order, again and again, under a hundred writers beside the load.</summary>
internal static class WriterSwitched
{
    private const int Writers = 100;

    private static readonly TimeSpan WithoutWrites = TimeSpan.FromSeconds(1);

    /// <summary>Between two writes of a writer: together they are as many as the load's.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    public static IEnumerable<Scenario> All =>
    [
        new(3, "graceful switchovers in a row, 100 writers", PlayAsync) { IsAlwaysPlayed = true, ThoroughTimes = 2 },
    ];

    private static async Task PlayAsync(Scene scene)
    {
        scene.Promise(WithoutWrites);
        using CancellationTokenSource stop = new();
        Task writing = scene.WritersAsync(Writers, Rest, stop.Token);
        List<TimeSpan> without = [];
        for (int i = 0; i < Catalogue.Times(plain: 2, thorough: 10); i++)
        {
            int next = (await scene.PrimaryAsync() + 1) % 3;
            SwitchoverResult done = await scene.Applications[i % 2].Database.SwitchOverAsync($"db-{next + 1}", Options, Scene.Ct);
            Assert.Empty(done.NotFollowing);
            Assert.Equal(next, await scene.PrimaryAsync());
            without.Add(done.WithoutPrimary);
            await scene.MoreAsync(50);
        }

        await stop.CancelAsync();
        await writing;
        scene.Notes.Add($"{without.Count} switchovers, {scene.Aside.Count} writes of {Writers} writers beside the load; no primary for {without.Max().TotalMilliseconds:0} ms at most");
        await scene.ServedWithinAsync(TimeSpan.FromSeconds(15));
    }

    private static SwitchoverOptions Options => new() { ReplicationUser = "replication", ReplicationPassword = () => MySqlCluster.ReplicationPassword };
}
