using FooBar.AppHost.Stack;

namespace FooBar.AppHost.Tests.Stack;

public sealed class StartStepsTests
{
    /// <summary>A folder on a disk without a free byte: the kernel says so of the process table.</summary>
    private const string FullDisk = "/proc";

    private readonly CancellationToken _end = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_AStepThatFails_EndsTheOthersAndIsTold()
    {
        using TemporaryFolder folder = new();
        FoobarException failure = new("db-1 could not start.");
        Task? other = null;

        FoobarException told = await Assert.ThrowsAsync<FoobarException>(() => StartSteps.RunAsync(
            folder.Path, [token => other = Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token), _ => Task.FromException(failure)], _end));

        Assert.Same(failure, told);
        Assert.True(other!.IsCanceled);
    }

    [Fact]
    public async Task Run_AStepThatFailsAfterAnotherIsDone_IsToldToo()
    {
        using TemporaryFolder folder = new();
        TaskCompletionSource second = new();
        FoobarException failure = new("web-1 is not ready.");

        Task run = StartSteps.RunAsync(folder.Path, [_ => Task.CompletedTask, _ => second.Task], _end);
        second.SetException(failure);

        Assert.Same(failure, await Assert.ThrowsAsync<FoobarException>(() => run));
    }

    [Fact]
    public async Task Run_AStepThatFailsOnAFullDisk_IsToldAsTheFullDisk()
    {
        FoobarException failure = new("db-1 could not start.");

        FoobarException told = await Assert.ThrowsAsync<FoobarException>(() => StartSteps.RunAsync(FullDisk, [_ => Task.FromException(failure)], _end));

        Assert.StartsWith("The disk of /proc is full. ", told.Message, StringComparison.Ordinal);
        Assert.Same(failure, told.InnerException);
    }

    [Fact]
    public async Task Run_AStepThatWaitsForRoomOnAFullDisk_IsEnded()
    {
        Task? step = null;

        FoobarException told = await Assert.ThrowsAsync<FoobarException>(() => StartSteps.RunAsync(
            FullDisk, [token => step = Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token)], _end));

        Assert.StartsWith("The disk of /proc is full. ", told.Message, StringComparison.Ordinal);
        Assert.True(step!.IsCanceled);
    }

    [Fact]
    public async Task Run_Interrupted_IsNoFullDisk()
    {
        using CancellationTokenSource interrupted = new();
        await interrupted.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => StartSteps.RunAsync(
            FullDisk, [token => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token)], interrupted.Token));
    }

    [Fact]
    public async Task Run_StepsThatSucceed_EndsWithTheLast()
    {
        using TemporaryFolder folder = new();
        TaskCompletionSource last = new();

        Task run = StartSteps.RunAsync(folder.Path, [_ => Task.CompletedTask, _ => last.Task], _end);
        Assert.False(run.IsCompleted);
        last.SetResult();
        await run;
    }
}
