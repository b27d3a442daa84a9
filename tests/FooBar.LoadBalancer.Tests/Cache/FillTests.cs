using FooBar.LoadBalancer.Cache;
using FooBar.Testing;

namespace FooBar.LoadBalancer.Tests.Cache;

public sealed class FillTests
{
    private static readonly CacheKey Key = new("https", "www.foobar.com", "/a");

    private readonly FakeTime _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task First_Leads_AndTheOthersHearOfTheEnd()
    {
        Fills fills = new(_time);
        FillKey key = new(Key, 0);
        Fill fill = fills.Join(key, out bool first);
        Fill same = fills.Join(key, out bool second);
        Assert.Equal((true, false), (first, second));
        Assert.Same(fill, same);
        Assert.Null(fills.TryLead(key));
        Assert.NotSame(fill, fills.Join(new FillKey(Key, 1), out _));

        Task<FillEnd?> waiting = same.WaitAsync(TimeSpan.FromSeconds(5), Token);
        Assert.False(waiting.IsCompleted);
        fill.End(FillEnd.Stored);
        fills.End(key, fill);

        Assert.Equal(FillEnd.Stored, await waiting);
        Assert.NotNull(fills.TryLead(key));
    }

    [Fact]
    public void Fill_ThatHasEnded_IsJoinedByNobody_ThoughItsLeaderIsStillBusy()
    {
        Fills fills = new(_time);
        FillKey key = new(Key, 0);
        Fill ended = fills.Join(key, out _);
        ended.End(FillEnd.Failed);

        Fill next = fills.Join(key, out bool leads);
        fills.End(key, ended);

        Assert.True(leads);
        Assert.Same(next, fills.Join(key, out _));
    }

    [Fact]
    public async Task Leader_ThatEndsWithoutAWord_HasFailed()
    {
        Fills fills = new(_time);
        Fill fill = fills.Join(new FillKey(Key, 0), out _);
        Task<FillEnd?> waiting = fills.Join(new FillKey(Key, 0), out _).WaitAsync(TimeSpan.FromSeconds(5), Token);

        fills.End(new FillKey(Key, 0), fill);

        Assert.Equal(FillEnd.Failed, await waiting);
        Assert.Equal(0, fills.Count);
    }

    [Fact]
    public async Task Wait_IsBounded()
    {
        Fill fill = new(_time);
        fill.Join();
        Task<FillEnd?> waiting = fill.WaitAsync(TimeSpan.FromSeconds(5), Token);

        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.Null(await waiting);
    }

    [Fact]
    public async Task ClientOfTheLeader_Leaves_AndNobodyElseIsThere_Stops()
    {
        Fill fill = new(_time);

        fill.ClientLeft();

        await StoppedAsync(fill);
    }

    [Fact]
    public async Task ClientOfTheLeader_Leaves_AndOthersWait_GoesOnForAWhile()
    {
        Fill fill = new(_time);
        fill.Join();
        fill.ClientLeft();
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(fill.Stopped.IsCancellationRequested);

        _time.Advance(TimeSpan.FromSeconds(1));
        await StoppedAsync(fill);
    }

    [Fact]
    public async Task ClientOfTheLeader_Leaves_WhileTheAnswerIsStored_GoesOn_UntilItIsNot()
    {
        Fill fill = new(_time);
        fill.BeginStoring();
        fill.ClientLeft();
        Assert.False(fill.Stopped.IsCancellationRequested);

        fill.End(FillEnd.NotStored);
        await StoppedAsync(fill);
    }

    [Fact]
    public void Uncacheable_IsRememberedForAMinute()
    {
        Fills fills = new(_time);
        fills.NoteUncacheable(Key);

        Assert.True(fills.IsUncacheable(Key));
        Assert.False(fills.IsUncacheable(new CacheKey("https", "www.foobar.com", "/b")));
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.False(fills.IsUncacheable(Key));
    }

    private static async Task StoppedAsync(Fill fill)
    {
        TaskCompletionSource stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration registration = fill.Stopped.Register(stopped.SetResult);
        await stopped.Task.WaitAsync(Support.Eventually.Limit);
    }
}
