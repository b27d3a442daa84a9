using FooBar.Load;
using FooBar.Load.Journeys;

namespace FooBar.Faults.Tests;

/// <summary>
/// The gateway itself is the one process whose loss visitors see, until sockets are held by systemd: measured here, bounded by a deadline,
/// and written down in docs/failures.md.
/// </summary>
public class GatewayTests(FaultySite site)
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData("kill")]
    [InlineData("restart")]
    public async Task Gateway_LostUnderLoad_IsBackWithinSeconds(string fault)
    {
        await site.WholeAsync(TimeSpan.FromMinutes(1));
        await site.SettleAsync();
        using Visitors visitors = site.Visitors(20);
        Cue strike = new(300);
        Task<LoadResult> load = new OpenLoop(TimeProvider.System).RunAsync(
            strike.In(new LoadPlan("front page", 100, Duration, new ReadFrontPage(visitors).RunAsync, Deadline)), TestContext.Current.CancellationToken);

        await strike.Reached;
        await site.FaultAsync(fault, "gateway");
        LoadResult result = await load;

        FaultySite.Say($"{fault} gateway: {result.Failed} of {result.Planned} requests failed ({string.Join(", ", result.Outcomes.Where(outcome => outcome.Key != LoadOutcome.Ok).Select(outcome => $"{outcome.Value} {outcome.Key}"))}); nothing succeeded for {result.LongestGapBetweenSuccesses.TotalSeconds:0.0} s");

        // A connection that is refused is all that a visitor may see: no half page, no wrong answer.
        Assert.DoesNotContain(result.Outcomes.Keys, outcome => outcome.Contains("without a heading", StringComparison.Ordinal));
        Assert.InRange(result.LongestGapBetweenSuccesses, TimeSpan.Zero, TimeSpan.FromSeconds(8));
        await site.WholeAsync(TimeSpan.FromSeconds(30));
    }
}
