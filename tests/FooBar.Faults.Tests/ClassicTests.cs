using System.Globalization;
using System.Text.RegularExpressions;
using FooBar.Load;
using FooBar.Testing;

namespace FooBar.Faults.Tests;

/// <summary>A stack whose databases are a primary and its replicas.</summary>
public sealed class ClassicSite() : FaultySite("--replication", "classic");

/// <summary>Load of the same kind on databases in classic replication: the primary moves when somebody moves it, and only then.</summary>
public partial class ClassicTests(ClassicSite site) : IClassFixture<ClassicSite>
{
    /// <summary>A fifth of it: the stack of the other tests is on the machine too.</summary>
    private readonly UnderLoad _load = new(site, 0.2);

    [Fact]
    public async Task Switchover_ThereAndBack_TakesNoMoreThanASecondFromTheWriters()
    {
        string primary = await site.PrimaryAsync();
        foreach (string next in (string[])[(await ReplicasAsync())[1], primary])
        {
            string said = "";
            (LoadResult[] results, _) = await _load.RunAsync(TimeSpan.FromSeconds(10), async () => said = await site.FaultAsync("switchover", next));
            TimeSpan gap = _load.LongestGap();
            FaultySite.Say($"switched over to {next}: no post for {gap.TotalSeconds:0.00} s, longest read {results[^1].Latency.Max.TotalSeconds:0.00} s");
            Match match = Done().Match(said.Trim());
            Assert.True(match.Success, said);
            Assert.Equal(next, match.Groups["name"].Value);
            Assert.InRange(double.Parse(match.Groups["seconds"].Value, CultureInfo.InvariantCulture), 0, 1);
            Assert.Equal(next, await site.PrimaryAsync());
            Assert.InRange(gap, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        }

        Assert.Equal($"{primary} is the primary already.", (await site.FaultAsync("switchover", primary)).Trim());
    }

    [Fact]
    public async Task Primary_Killed_ComesBackAsThePrimary_AndFailsNoRequest()
    {
        string primary = await site.PrimaryAsync();
        (LoadResult[] results, TimeSpan back) = await _load.RunAsync(TimeSpan.FromSeconds(20), () => site.FaultAsync("kill", primary));
        FaultySite.Say($"{primary} killed: no post for {_load.LongestGap().TotalSeconds:0.0} s, longest read {results[^1].Latency.Max.TotalSeconds:0.00} s, whole again after {back.TotalSeconds:0.0} s");
        Assert.Equal(primary, await site.PrimaryAsync());
    }

    [Fact]
    public async Task Replica_Killed_GoesOnWhereItWas_AndFailsNoRequest()
    {
        string primary = await site.PrimaryAsync();
        string replica = (await ReplicasAsync())[1];
        (LoadResult[] results, TimeSpan back) = await _load.RunAsync(TimeSpan.FromSeconds(12), () => site.FaultAsync("kill", replica));
        FaultySite.Say($"{replica} killed: longest read {results[^1].Latency.Max.TotalSeconds:0.00} s, whole again after {back.TotalSeconds:0.0} s");
        Assert.Equal(primary, await site.PrimaryAsync());
    }

    [Fact]
    public async Task DownAndUp_KeepsWhoIsThePrimary()
    {
        string moved = (await ReplicasAsync())[1];
        await site.FaultAsync("switchover", moved);

        await site.Running.RestartAsync(TestContext.Current.CancellationToken);

        Assert.Equal(moved, await site.PrimaryAsync());
        await site.WholeAsync(UnderLoad.OnlineWithin);
    }

    /// <summary>Whether it is made anew; a plain run takes one of them.</summary>
    public static TheoryData<bool> MadeAnew { get; } = [.. Catalogue.Choose([true, false], plain: 1)];

    /// <summary>It comes back with nothing, or as the replica of one that is no primary any more.</summary>
    [Theory]
    [MemberData(nameof(MadeAnew))]
    public async Task Replica_DownDuringASwitchover_IsNamed_AndThenFollowsTheNewPrimary(bool madeAnew)
    {
        string[] replicas = await ReplicasAsync();
        string away = replicas[0], next = replicas[1];
        await site.FaultAsync("kill", away, "--hold");
        if (madeAnew)
        {
            Directory.Delete(Path.Combine(site.Running.StateFolder, away, "data"), recursive: true);
        }

        Assert.Contains($"; it is not followed yet by {away}: ", await site.FaultAsync("switchover", next), StringComparison.Ordinal);
        string said = site.Said();
        Task restarting = site.FaultAsync("restart", away);
        await site.SaysAsync($"{away} follows {next} again", said, TimeSpan.FromSeconds(90));
        await restarting;
        await site.WholeAsync(UnderLoad.OnlineWithin);

        // What is written from here on it can only have from the new primary.
        await _load.RunAsync(TimeSpan.FromSeconds(5), () => Task.CompletedTask);
        Assert.Equal(next, await site.PrimaryAsync());
    }

    private async Task<string[]> ReplicasAsync() =>
        [.. (await site.MembersAsync("two are replicas", members => members.Count == 3)).Where(member => member.Role == "replica").Select(member => member.Name)];

    [GeneratedRegex(@"^(?<name>db-\d) became the primary, after (?<seconds>\d+\.\d\d) s without writes\.$")]
    private static partial Regex Done();
}
