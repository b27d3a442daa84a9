using FooBar.Load;
using FooBar.Testing;

namespace FooBar.Faults.Tests;

/// <summary>Database members are lost and moved under 50 posts a second, some of them sent twice, and as many reads; a primary, or several at once, under less.</summary>
public class DatabaseTests(FaultySite site)
{
    /// <summary>
    /// The part of the load that is put on a site which is without a primary for seconds. What is tested is that it comes back with nothing lost and no
    /// request failed; how much it can catch up with meanwhile is a matter of the machine, and for that all of it is put on with <c>--thorough</c>.
    /// </summary>
    private static readonly double ShareForOutages = Catalogue.IsThorough ? 1 : 0.4;

    private readonly UnderLoad _load = new(site);

    [Fact]
    public async Task Primary_KilledAgainAndAgain_LosesAndDoublesNothingAndFailsNoRequest()
    {
        for (int round = 1; round <= Catalogue.Times(plain: 2, thorough: 5); round++)
        {
            string primary = await site.PrimaryAsync();
            (LoadResult[] results, TimeSpan back) = await UnderLoadAsync(TimeSpan.FromSeconds(20), () => site.FaultAsync("kill", primary), share: ShareForOutages);
            FaultySite.Say($"round {round}, {primary} killed: no post for {_load.LongestGap().TotalSeconds:0.0} s, longest post {UnderLoad.Posts(results).Max(result => result.Latency.Max).TotalSeconds:0.00} s, longest read {results[^1].Latency.Max.TotalSeconds:0.00} s, whole again after {back.TotalSeconds:0.0} s");
        }
    }

    [Fact]
    public async Task Replica_Killed_FailsNoRequest()
    {
        string replica = (await site.StatusAsync()).First(process => process.Role == "replica").Name;
        (LoadResult[] results, TimeSpan back) = await UnderLoadAsync(TimeSpan.FromSeconds(12), () => site.FaultAsync("kill", replica));
        FaultySite.Say($"{replica} killed: longest read {results[^1].Latency.Max.TotalSeconds:0.00} s, longest post {UnderLoad.Posts(results).Max(result => result.Latency.Max).TotalSeconds:0.00} s, whole again after {back.TotalSeconds:0.0} s");
    }

    /// <summary>Who may be left; a plain run takes one of them.</summary>
    public static TheoryData<string> Left { get; } = [.. Catalogue.Choose(["replica", "primary", "nobody"], plain: 1)];

    /// <summary>Who is left has no majority, and is restarted while the others start.</summary>
    [Theory]
    [MemberData(nameof(Left))]
    public async Task Members_KilledTogether_FailNoRequest(string left)
    {
        IEnumerable<ProcessState> members = (await site.StatusAsync()).Where(process => process.Role is "replica" or "primary");
        string[] killed = [.. members.OrderBy(member => member.Role == left).Take(left == "nobody" ? 3 : 2).Select(member => member.Name)];
        (LoadResult[] results, TimeSpan back) = await UnderLoadAsync(
            TimeSpan.FromSeconds(20), () => Task.WhenAll(killed.Select(member => site.FaultAsync("kill", member))), share: ShareForOutages);
        FaultySite.Say($"killed together {string.Join(", ", killed)}, left {left}: no post for {_load.LongestGap().TotalSeconds:0.0} s, longest read {results[^1].Latency.Max.TotalSeconds:0.00} s, whole again after {back.TotalSeconds:0.0} s");
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
                await site.SaysAsync($"joining the database group: {replicas[0]}", said, UnderLoad.OnlineWithin);
                await site.FaultAsync("kill", replicas[1]);
            },
            share: ShareForOutages);
        FaultySite.Say($"{replicas[1]} killed while {replicas[0]} joined: no post for {_load.LongestGap().TotalSeconds:0.0} s, longest read {results[^1].Latency.Max.TotalSeconds:0.00} s, whole again after {back.TotalSeconds:0.0} s");
    }

    [Fact]
    public async Task Member_FrozenAndContinued_FailsNoRead()
    {
        string replica = (await site.StatusAsync()).First(process => process.Role == "replica").Name;
        Cue release = new((int)(8 * UnderLoad.ReadRate));
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
        FaultySite.Say($"{replica} frozen: longest read {results[^1].Latency.Max.TotalSeconds:0.00} s, longest post {UnderLoad.Posts(results).Max(result => result.Latency.Max).TotalSeconds:0.00} s, whole again after {back.TotalSeconds:0.0} s");
    }

    [Fact]
    public async Task Switchover_UnderLoad_TakesNoMoreThanASecondFromTheWriters()
    {
        foreach (int _ in Enumerable.Range(0, Catalogue.Times(plain: 2, thorough: 5)))
        {
            string replica = (await site.StatusAsync()).Last(process => process.Role == "replica").Name;
            (LoadResult[] results, TimeSpan _) = await UnderLoadAsync(TimeSpan.FromSeconds(10), () => site.FaultAsync("switchover", replica), repaired: false);
            TimeSpan gap = _load.LongestGap();
            FaultySite.Say($"switched over to {replica}: no post for {gap.TotalSeconds:0.00} s, longest read {results[^1].Latency.Max.TotalSeconds:0.00} s");
            Assert.Equal(replica, await site.PrimaryAsync());
            Assert.InRange(gap, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        }
    }

    private async Task<string[]> ReplicasAsync() => [.. (await site.StatusAsync()).Where(process => process.Role == "replica").Select(process => process.Name)];

    /// <param name="duration">How long the load lasts.</param>
    /// <param name="fault">What is done under it.</param>
    /// <param name="later">Reached by the load later on.</param>
    /// <param name="repaired">Whether the supervisor has something to repair, and will say that it is done.</param>
    /// <param name="share">The part of the load that is put on.</param>
    private Task<(LoadResult[] Results, TimeSpan Back)> UnderLoadAsync(TimeSpan duration, Func<Task> fault, Cue? later = null, bool repaired = true, double share = 1) =>
        _load.RunAsync(duration, fault, later, repaired ? "the database group is whole again" : null, share);
}
