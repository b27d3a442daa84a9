using FooBar.Testing;

namespace FooBar.Load.Tests;

/// <summary>Runs plans on a clock that a test moves: everything happens inside of <see cref="FakeTime.Advance"/>, in due order.</summary>
internal static class Simulation
{
    /// <summary>
    /// Runs plans side by side and moves the clock. On the thread pool, where no synchronization context is current: on xunit's own, what
    /// follows an await would run later, at whatever the clock says by then.
    /// </summary>
    public static Task<LoadResult[]> RunAsync(FakeTime time, OpenLoop loop, TimeSpan advance, CancellationToken stop, params LoadPlan[] plans) =>
        Task.Run(
            async () =>
            {
                Task<LoadResult>[] runs = [.. plans.Select(plan => loop.RunAsync(plan, stop))];
                time.Advance(advance);
                return await Task.WhenAll(runs).WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, TestContext.Current.CancellationToken);
            },
            TestContext.Current.CancellationToken);

    /// <summary>Runs one plan with the default cap, for a minute of its time.</summary>
    public static async Task<LoadResult> RunAsync(FakeTime time, LoadPlan plan) =>
        (await RunAsync(time, new OpenLoop(time), TimeSpan.FromMinutes(1), CancellationToken.None, plan))[0];

    /// <summary>A plan whose deadline is 10 s.</summary>
    public static LoadPlan Plan(double rate, double seconds, Func<int, CancellationToken, Task<string?>> operation, double deadlineSeconds = 10) =>
        new("plan", rate, TimeSpan.FromSeconds(seconds), operation, TimeSpan.FromSeconds(deadlineSeconds));
}
