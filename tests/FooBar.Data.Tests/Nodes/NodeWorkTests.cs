using FooBar.Testing;

namespace FooBar.Data.Tests;

public sealed class NodeWorkTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public void Begin_NodeThatDoesNotServe_HasEndedAtOnce()
    {
        NodeWork work = new(mayBlock: false);

        NodeHold hold = work.Begin(long.MaxValue, Ct);

        Assert.Equal((HoldEnd.NodeLost, true, 1), (hold.Ended, hold.Token.IsCancellationRequested, work.Outstanding));
        Assert.Throws<OperationCanceledException>(hold.ThrowIfEnded);
        work.End(hold);
        Assert.Equal(0, work.Outstanding);
    }

    [Fact]
    public void End_NothingHappened_IsLentAgain_AndAnEndedOneIsNot()
    {
        NodeWork work = Serving();
        NodeHold first = work.Begin(long.MaxValue, Ct);
        work.End(first);
        Assert.Same(first, work.Begin(long.MaxValue, Ct));

        first.EndNow(HoldEnd.Deadline);
        work.End(first);
        NodeHold second = work.Begin(long.MaxValue, Ct);

        Assert.NotSame(first, second);
        Assert.Equal(HoldEnd.None, second.Ended);
    }

    [Fact]
    public void Caller_GivesUp_EndsTheTokenUntilItIsIgnored()
    {
        NodeWork work = Serving();
        using CancellationTokenSource caller = new();
        NodeHold heeding = work.Begin(long.MaxValue, caller.Token);
        NodeHold ignoring = work.Begin(long.MaxValue, caller.Token);
        NodeHold other = work.Begin(long.MaxValue, Ct);
        Assert.True(ignoring.TryIgnoreCaller());

        caller.Cancel();

        Assert.Equal((HoldEnd.Caller, HoldEnd.None, HoldEnd.None), (heeding.Ended, ignoring.Ended, other.Ended));
        Assert.Equal(caller.Token, Assert.Throws<OperationCanceledException>(heeding.ThrowIfEnded).CancellationToken);
        Assert.False(heeding.TryIgnoreCaller());
    }

    [Fact]
    public void Caller_OfAnEarlierOperation_DoesNotEndALaterOne()
    {
        NodeWork work = Serving();
        using CancellationTokenSource caller = new();
        NodeHold hold = work.Begin(long.MaxValue, caller.Token);
        work.End(hold);
        Assert.Same(hold, work.Begin(long.MaxValue, Ct));

        caller.Cancel();

        Assert.Equal(HoldEnd.None, hold.Ended);
    }

    [Fact]
    public void TakeOverdue_TakesThoseWhoseTimeIsOver_AndTheyAreNeverLentAgain()
    {
        NodeWork work = Serving();
        NodeHold[] holds = [.. Enumerable.Range(0, 5).Select(i => work.Begin(i, Ct))];

        List<NodeHold> overdue = work.TakeOverdue(2);

        Assert.Equal(holds[..3].ToHashSet(), overdue.ToHashSet());
        Assert.Empty(work.TakeOverdue(2));
        // It ends in the same moment by itself: who took it ends it later, and must not meet another operation.
        work.End(holds[0]);
        Assert.NotSame(holds[0], work.Begin(long.MaxValue, Ct));
        Assert.Equal(5, work.Outstanding);
        Assert.Equal(holds[3..].Length + 1, work.TakeAll().Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task BeginAndEnd_ByManyWhileTheNodeIsLostAgainAndAgain_LoseNoneAndEndNoStranger(bool mayBlock)
    {
        NodeWork work = Serving(mayBlock);
        int strangers = 0;
        using CancellationTokenSource done = new();
        Task losing = Task.Run(
            () =>
            {
                while (!done.IsCancellationRequested)
                {
                    foreach (NodeHold hold in work.TakeAll())
                        hold.End(HoldEnd.NodeLost);
                    foreach (NodeHold hold in work.TakeOverdue(1))
                        hold.End(HoldEnd.Deadline);
                }
            },
            Ct);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(
            async () =>
            {
                for (int i = 0; i < (mayBlock ? 5_000 : 20_000); i++)
                {
                    // Nobody has a deadline, and one in 32 gives up while it runs: only that, or a loss, may end it.
                    using CancellationTokenSource caller = new();
                    NodeHold hold = work.Begin(long.MaxValue, caller.Token);
                    bool givesUp = i % 32 == 7;
                    Task givingUp = givesUp ? Task.Run(caller.Cancel, CancellationToken.None) : Task.CompletedTask;
                    if (i % 16 == 0)
                        await Task.Yield();
                    if (hold.Ended == HoldEnd.Deadline || (hold.Ended == HoldEnd.Caller && !givesUp))
                        Interlocked.Increment(ref strangers);
                    work.End(hold);
                    await givingUp;
                }
            },
            Ct)));
        await done.CancelAsync();
        await losing;

        Assert.Equal((0, 0), (strangers, work.Outstanding));
        Assert.Empty(work.TakeAll());
    }

    [Fact]
    public async Task CallerGivesUp_WhereTheDriverMayBlock_HoldsUpNeitherTheCallerNorThePoolNorWhoWaits()
    {
        NodeWork work = new(mayBlock: true);
        work.Serve(true);
        using CancellationTokenSource caller = new();
        NodeHold hold = work.Begin(long.MaxValue, caller.Token);
        TaskCompletionSource<bool> pooled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using ManualResetEventSlim answer = new();
        Task waiting = new TaskCompletionSource().Task.WaitAsync(hold.Ending);
        // Behind who waits, as a work's second statement does it: of one token's callbacks it would be the first.
        await using CancellationTokenRegistration blocking = hold.Token.Register(() =>
        {
            pooled.SetResult(Thread.CurrentThread.IsThreadPoolThread);
            answer.Wait(Ct);
        });

        try
        {
            // On this thread, it would never return.
            Task cancelling = Task.Run(caller.Cancel, Ct);
            await cancelling.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Ct);
            Assert.Equal(HoldEnd.Caller, hold.Ended);
            Assert.False(await pooled.Task.WaitAsync(Ct));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Ct));
        }
        finally
        {
            answer.Set();
            work.End(hold);
        }
    }

    [Fact]
    public void BeginAndEnd_AgainAndAgain_AllocateNothing()
    {
        NodeWork work = Serving();
        using CancellationTokenSource caller = new();
        work.End(work.Begin(long.MaxValue, caller.Token));

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
            work.End(work.Begin(long.MaxValue, CancellationToken.None));
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static NodeWork Serving(bool mayBlock = false)
    {
        NodeWork work = new(mayBlock);
        work.Serve(true);
        return work;
    }
}

public sealed class NodeStandingTests
{
    private readonly FakeTime _time = new();
    private readonly NodeStanding _standing = new();

    [Fact]
    public void Failed_ThreeInARow_IsLeftOutTwiceAsLongEachTimeUpToHalfAMinute()
    {
        Assert.Null(Fail());
        Assert.Null(Fail());
        Assert.Equal(TimeSpan.FromSeconds(1), Fail());
        Assert.True(_standing.IsEjectedAt(_time.GetTimestamp()));
        // Those under way when it was left out say nothing new.
        Assert.Null(Fail());

        foreach (int seconds in (int[])[2, 4, 8, 16, 30, 30])
        {
            Pass(TimeSpan.FromSeconds(31));
            Assert.False(_standing.IsEjectedAt(_time.GetTimestamp()));
            Assert.Equal(TimeSpan.FromSeconds(seconds), Fail());
        }

        Assert.Equal(7, _standing.Ejections);
    }

    [Fact]
    public void Succeeded_BetweenFailures_BeginsAnew()
    {
        for (int i = 0; i < 10; i++)
        {
            Fail();
            Assert.Null(Fail());
            _standing.Succeeded();
        }

        Fail();
        Fail();
        Assert.Equal(TimeSpan.FromSeconds(1), Fail());
    }

    [Fact]
    public void Returned_WeightGrowsFromATenthToTheWhole()
    {
        Pass(TimeSpan.FromSeconds(1));
        Assert.Equal(NodeStanding.FullWeight, Weight());
        _standing.Returned(_time.GetTimestamp());

        Assert.Equal(NodeStanding.FullWeight / 10, Weight());
        Pass(TimeSpan.FromSeconds(5));
        Assert.Equal(NodeStanding.FullWeight / 2, Weight());
        Pass(TimeSpan.FromSeconds(5));
        Assert.Equal(NodeStanding.FullWeight, Weight());
    }

    [Fact]
    public void Latency_IsAveragedOverSomeTen()
    {
        _standing.Answered(TimeSpan.FromMilliseconds(8));
        Assert.Equal(TimeSpan.FromMilliseconds(8).Ticks, _standing.Latency);
        _standing.Answered(TimeSpan.FromMilliseconds(16));
        Assert.Equal(TimeSpan.FromMilliseconds(9).Ticks, _standing.Latency);
    }

    private TimeSpan? Fail() => _standing.Failed(_time.GetTimestamp(), _time);

    private int Weight() => _standing.WeightAt(_time.GetTimestamp(), _time);

    private void Pass(TimeSpan span) => _time.Advance(span);
}
