using System.Collections.Concurrent;
using FooBar.Testing;

namespace FooBar.Load.Tests;

public sealed class ScheduleTests
{
    [Theory]
    [InlineData(1000, 10, 10_000)]
    [InlineData(0.29, 100, 29)]
    [InlineData(0.5, 3, 1)]
    [InlineData(3, 0.999, 2)]
    [InlineData(1, 1, 1)]
    public async Task Planned_IsTheWholePartOfRateTimesDuration(double rate, double seconds, long expected)
    {
        FakeTime time = new();

        LoadResult result = (await Simulation.RunAsync(time, new OpenLoop(time), TimeSpan.FromSeconds(200), CancellationToken.None, Simulation.Plan(rate, seconds, Succeed)))[0];

        Assert.Equal((expected, expected, expected, 0), (result.Planned, result.Started, result.Succeeded, result.Failed));
    }

    [Fact]
    public async Task Arrivals_ComeAtFixedInstantsHoweverLongTheAnswersTake()
    {
        FakeTime time = new();
        DateTimeOffset start = time.GetUtcNow();
        List<(int Index, double At)> begun = [];

        LoadResult result = await Simulation.RunAsync(time, Simulation.Plan(4, 2, async (index, deadline) =>
        {
            begun.Add((index, (time.GetUtcNow() - start).TotalSeconds));
            await Task.Delay(TimeSpan.FromSeconds(3), time, deadline);
            return null;
        }));

        Assert.Equal([(0, 0.0), (1, 0.25), (2, 0.5), (3, 0.75), (4, 1.0), (5, 1.25), (6, 1.5), (7, 1.75)], begun);
        Assert.Equal(8, result.Succeeded);
        Assert.Equal(4.0, result.StartedPerSecond);
        Assert.Equal(TimeSpan.FromSeconds(4.75), result.Elapsed);
        Assert.Equal(TimeSpan.FromSeconds(3), result.Latency.Max);
    }

    [Fact]
    public async Task Schedule_ThatIsWokenLate_StartsAllThatWereDueAndMeasuresFromWhenTheyWere()
    {
        LateTime time = new();
        List<int> begun = [];
        Task<LoadResult> run = new OpenLoop(time).RunAsync(
            Simulation.Plan(10, 1, (index, _) =>
            {
                begun.Add(index);
                return Task.FromResult<string?>(null);
            }),
            CancellationToken.None);
        Assert.Equal([0], begun);

        time.WakeAt(TimeSpan.FromSeconds(0.45));
        Assert.Equal([0, 1, 2, 3, 4], begun);
        time.WakeAt(TimeSpan.FromSeconds(2.5));
        LoadResult result = await run;

        Assert.Equal(Enumerable.Range(0, 10), begun);
        Assert.Equal((10, 10), (result.Started, result.Succeeded));
        Assert.Equal(TimeSpan.FromSeconds(2), result.Latency.Max);
        Assert.Equal(5, result.Latency.CountAbove(TimeSpan.FromSeconds(1.5)));
        Assert.Equal(TimeSpan.FromMicroseconds(1), result.ServiceTime.Max);
        Assert.Equal([5, 0, 5], result.Timeline.Select(second => second.Started));
    }

    [Fact]
    public async Task Arrival_ThatIsWokenPastItsDeadline_FailsWithoutBeingBegun()
    {
        LateTime time = new();
        List<int> begun = [];
        Task<LoadResult> run = new OpenLoop(time).RunAsync(
            Simulation.Plan(
                1,
                2,
                (index, _) =>
                {
                    begun.Add(index);
                    return Task.FromResult<string?>(null);
                },
                deadlineSeconds: 1),
            CancellationToken.None);

        time.WakeAt(TimeSpan.FromSeconds(2));
        LoadResult result = await run;

        Assert.Equal([0], begun);
        Assert.Equal([new LoadFailure(1, TimeSpan.FromSeconds(1), "deadline")], result.Failures);
    }

    [Fact]
    public async Task Stop_EndsTheArrivalsAndLetsThoseInFlightEnd()
    {
        FakeTime time = new();
        using CancellationTokenSource stop = new();
        LoadPlan plan = Simulation.Plan(1, 20, (index, deadline) =>
        {
            if (index == 4)
            {
                stop.Cancel();
            }

            return AfterTwoSecondsAsync(deadline);
        });

        LoadResult result = (await Simulation.RunAsync(time, new OpenLoop(time), TimeSpan.FromMinutes(1), stop.Token, plan))[0];

        Assert.Equal((20, 5, 5, 0), (result.Planned, result.Started, result.Succeeded, result.Failed));
        Assert.Equal(TimeSpan.FromSeconds(6), result.Elapsed);

        async Task<string?> AfterTwoSecondsAsync(CancellationToken deadline)
        {
            await Task.Delay(TimeSpan.FromSeconds(2), time, deadline);
            return null;
        }
    }

    [Fact]
    public async Task Stop_OnTheSystemsClock_DoesNotWaitForTheNextArrival()
    {
        using CancellationTokenSource stop = new();

        LoadResult result = await new OpenLoop(TimeProvider.System).RunAsync(
            new LoadPlan("an hour", 0.01, TimeSpan.FromHours(1), (_, _) => StopAsync(), TimeSpan.FromSeconds(60)), stop.Token)
            .WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, TestContext.Current.CancellationToken);

        Assert.Equal((36, 1, 1), (result.Planned, result.Started, result.Succeeded));

        async Task<string?> StopAsync()
        {
            await stop.CancelAsync();
            return null;
        }
    }

    /// <summary>The first operation blocks its thread until the last has come: a schedule that ran it itself would never get there.</summary>
    [Fact]
    public async Task Operation_ThatBlocksItsThread_DoesNotHoldUpTheSchedule()
    {
        using CountdownEvent others = new(99);
        ConcurrentBag<int> begun = [];

        LoadResult result = await new OpenLoop(TimeProvider.System).RunAsync(
            new LoadPlan("blocked", 1000, TimeSpan.FromSeconds(0.1), OperateAsync, TimeSpan.FromSeconds(60)), CancellationToken.None)
            .WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, TestContext.Current.CancellationToken);

        Assert.Equal((100, 100, 100), (result.Planned, result.Started, result.Succeeded));
        Assert.Equal(Enumerable.Range(0, 100), begun.Order());

        Task<string?> OperateAsync(int index, CancellationToken deadline)
        {
            begun.Add(index);
            if (index == 0)
            {
                others.Wait(deadline);
            }
            else
            {
                others.Signal();
            }

            return Task.FromResult<string?>("ok");
        }
    }

    [Fact]
    public async Task Plans_RunSideBySide()
    {
        FakeTime time = new();

        LoadResult[] results = await Simulation.RunAsync(
            time, new OpenLoop(time), TimeSpan.FromMinutes(1), CancellationToken.None, Simulation.Plan(10, 2, Succeed), Simulation.Plan(3, 2, (_, _) => Task.FromResult<string?>("no")));

        Assert.Equal((20, 0), (results[0].Succeeded, results[0].Failed));
        Assert.Equal((0, 6), (results[1].Succeeded, results[1].Failed));
    }

    [Theory]
    [InlineData(0, 1, 1, "Load plan 'plan', Rate 0 arrivals a second: give more than 0 and at most 1,000,000.")]
    [InlineData(double.NaN, 1, 1, "Load plan 'plan', Rate NaN arrivals a second: give more than 0 and at most 1,000,000.")]
    [InlineData(1_000_001, 1, 1, "Load plan 'plan', Rate 1000001 arrivals a second: give more than 0 and at most 1,000,000.")]
    [InlineData(1, 0, 1, "Load plan 'plan', Duration 00:00:00: give more than 0.")]
    [InlineData(1, 1, -1, "Load plan 'plan', Deadline -00:00:01: give more than 0.")]
    [InlineData(0.5, 1, 1, "Load plan 'plan', Duration 00:00:01 at 0.5/s: not one arrival fits.")]
    public async Task Plan_ThatIsOutOfRange_IsRefusedByName(double rate, double seconds, double deadline, string expected)
    {
        ArgumentException refused = await Assert.ThrowsAsync<ArgumentException>(
            () => new OpenLoop(new FakeTime()).RunAsync(Simulation.Plan(rate, seconds, Succeed, deadline), CancellationToken.None));

        Assert.Equal(expected, refused.Message);
    }

    private static Task<string?> Succeed(int index, CancellationToken deadline) => Task.FromResult<string?>(index % 2 == 0 ? null : "ok");
}
