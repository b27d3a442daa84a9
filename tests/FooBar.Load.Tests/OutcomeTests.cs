using FooBar.Testing;

namespace FooBar.Load.Tests;

public sealed class OutcomeTests
{
    private readonly FakeTime _time = new();

    [Fact]
    public async Task Operation_AtItsDeadline_IsCancelledAndCountsAsDeadline()
    {
        LoadResult result = await Simulation.RunAsync(_time, Simulation.Plan(1, 2, (_, deadline) =>
        {
            // Task.Delay would end on another thread when it is cancelled, at whatever the clock says by then.
            TaskCompletionSource<string?> never = new();
            deadline.Register(() => never.SetCanceled(deadline));
            return never.Task;
        }));

        Assert.Equal(new Dictionary<string, long> { ["deadline"] = 2 }, result.Outcomes);
        Assert.Equal(TimeSpan.FromSeconds(10), result.Latency.Max);
        Assert.Equal(TimeSpan.FromSeconds(11), result.Elapsed);
    }

    [Fact]
    public async Task Operation_ThatSucceedsAfterItsDeadline_CountsAsDeadline()
    {
        LoadResult result = await Simulation.RunAsync(_time, Simulation.Plan(1, 1, async (_, _) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(11), _time, CancellationToken.None);
            return "ok";
        }));

        Assert.Equal((0, 1, "deadline"), (result.Succeeded, result.Failed, result.Failures[0].Reason));
        Assert.Equal(TimeSpan.FromSeconds(11), result.Latency.Max);
    }

    [Fact]
    public async Task Operation_ThatNeverEnds_IsLeftToItselfAfterTheGrace()
    {
        LoadResult result = await Simulation.RunAsync(_time, Simulation.Plan(1, 1, (_, _) => new TaskCompletionSource<string?>().Task));

        Assert.Equal(new Dictionary<string, long> { ["deadline"] = 1 }, result.Outcomes);
        Assert.Equal(TimeSpan.FromSeconds(10) + OpenLoop.Grace, result.Elapsed);
    }

    [Fact]
    public async Task Operation_ThatFails_CountsWithItsReason()
    {
        LoadResult result = await Simulation.RunAsync(_time, Simulation.Plan(1, 6, (index, deadline) => index switch
        {
            0 => Task.FromResult<string?>(null),
            1 => Task.FromResult<string?>("status 503"),
            2 => Task.FromException<string?>(new HttpRequestException("An error occurred", new IOException("reading", new InvalidOperationException("Connection reset by peer")))),
            3 => throw new TimeoutException("its own timeout"),
            4 => Task.FromCanceled<string?>(new CancellationToken(canceled: true)),
            _ => Task.FromResult<string?>("status 503"),
        }));

        Assert.Equal((6, 1, 5), (result.Started, result.Succeeded, result.Failed));
        Assert.Equal(
            [
                new LoadFailure(1, TimeSpan.FromSeconds(1), "status 503"),
                new LoadFailure(2, TimeSpan.FromSeconds(2), "HttpRequestException: Connection reset by peer"),
                new LoadFailure(3, TimeSpan.FromSeconds(3), "TimeoutException: its own timeout"),
                new LoadFailure(4, TimeSpan.FromSeconds(4), "TaskCanceledException: A task was canceled."),
                new LoadFailure(5, TimeSpan.FromSeconds(5), "status 503"),
            ],
            result.Failures);
        Assert.Equal(2, result.Outcomes["status 503"]);
        Assert.Equal(1, result.Outcomes["ok"]);
    }

    [Fact]
    public async Task Failures_BeyondTheFirstHundred_AreCountedAndNotKept()
    {
        LoadResult result = await Simulation.RunAsync(_time, Simulation.Plan(10, 15, (_, _) => Task.FromResult<string?>("no")));

        Assert.Equal((150, 150), (result.Failed, result.Outcomes["no"]));
        Assert.Equal(Enumerable.Range(0, 100), result.Failures.Select(failure => failure.Index));
    }

    [Fact]
    public async Task Arrival_BeyondTheCap_CountsAsGeneratorFull()
    {
        OpenLoop loop = new(_time, maxInFlight: 3);
        LoadPlan plan = Simulation.Plan(1, 6, async (_, deadline) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(4.5), _time, deadline);
            return null;
        });

        LoadResult result = (await Simulation.RunAsync(_time, loop, TimeSpan.FromMinutes(1), CancellationToken.None, plan))[0];

        // 0, 1 and 2 are under way until 4.5 s: 3 and 4 find no room, 5 does.
        Assert.Equal((6, 4, 4, 2), (result.Planned, result.Started, result.Succeeded, result.Failed));
        Assert.Equal(new Dictionary<string, long> { ["ok"] = 4, ["generator_full"] = 2 }, result.Outcomes);
        Assert.Equal([3, 4], result.Failures.Select(failure => failure.Index));
        Assert.Equal(4, result.Latency.Count);
    }

    [Fact]
    public void Cap_BelowOne_IsRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => new OpenLoop(_time, 0));

    [Theory]
    [InlineData(new int[0], 9)]
    [InlineData(new[] { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 }, 1)]
    [InlineData(new[] { 0, 1, 5, 6, 7, 8, 9 }, 4)]
    [InlineData(new[] { 7, 8, 9 }, 7)]
    [InlineData(new[] { 0, 1, 2 }, 7)]
    public async Task Gap_IsTheLongestTimeWithoutASuccessEdgesIncluded(int[] succeeding, int expectedSeconds)
    {
        LoadResult result = await Simulation.RunAsync(
            _time, Simulation.Plan(1, 10, (index, _) => Task.FromResult(succeeding.Contains(index) ? null : "no")));

        Assert.Equal(TimeSpan.FromSeconds(expectedSeconds), result.LongestGapBetweenSuccesses);
    }

    [Fact]
    public async Task Report_TellsTheWholeRun()
    {
        LoadResult result = await Simulation.RunAsync(_time, Simulation.Plan(2, 2, async (index, deadline) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(index == 3 ? 0.7 : 0.2), _time, deadline);
            return index == 3 ? "status 503" : null;
        }));

        Assert.Equal([new LoadSecond(2, 2, 0, TimeSpan.FromSeconds(0.2)), new LoadSecond(2, 1, 0, TimeSpan.FromSeconds(0.2)), new LoadSecond(0, 0, 1, TimeSpan.FromSeconds(0.7))], result.Timeline);
        Assert.Equal(
            """
            plan: 4 planned, 4 started at 2.0/s, 3 succeeded, 1 failed, in 2.200 s
              longest gap between successes 1.000 s
                                 mean        p50        p90        p95        p99      p99.9        max  ms
              latency           325.0      200.7      700.0      700.0      700.0      700.0      700.0
              service time      325.0      200.7      700.0      700.0      700.0      700.0      700.0
                     3 ok
                     1 status 503
              failed: #3 due at 1.500 s: status 503
              second   started succeeded    failed     max ms
                   0         2         2         0      200.0
                   1         2         1         0      200.0
                   2         0         0         1      700.0

            """,
            result.Report());
    }
}
