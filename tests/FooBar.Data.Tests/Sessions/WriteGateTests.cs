using FooBar.Testing;

namespace FooBar.Data.Tests;

public sealed class WriteGateTests : IDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly FakeTime _time = new();
    private readonly WriteGate _gate;

    public WriteGateTests() => _gate = new(_time);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _gate.Dispose();

    [Fact]
    public void NewPrimary_GetsFour_AndOneMoreEachTimeAsManyAreDone()
    {
        WriteTurn[] first = Enter(4);
        Assert.Null(_gate.TryEnter(epoch: 1));

        foreach (WriteTurn turn in first)
            _gate.Leave(turn, done: true);

        WriteTurn[] second = Enter(5);
        Assert.Null(_gate.TryEnter(epoch: 1));
        foreach (WriteTurn turn in second)
            _gate.Leave(turn, done: true);
        Enter(6);
        Assert.Null(_gate.TryEnter(epoch: 1));
    }

    [Fact]
    public void WhatIsNotCommitted_WidensNothing()
    {
        for (int i = 0; i < 100; i++)
            _gate.Leave(Enter(1)[0], done: false);

        Enter(4);
        Assert.Null(_gate.TryEnter(epoch: 1));
    }

    [Fact]
    public async Task LongestWaiting_IsNext_AndNobodyPassesTheLine()
    {
        WriteTurn[] running = Enter(4);
        Task<WriteTurn?>[] line = [.. ((long[])[30, 10, 20]).Select(since => Stand(since))];

        _gate.Leave(running[0], done: false);
        Assert.Same(line[1], await Task.WhenAny(line));
        Assert.Null(_gate.TryEnter(epoch: 1));
        _gate.Leave(running[1], done: false);
        Assert.Same(line[2], await Task.WhenAny(line[0], line[2]));
        _gate.Leave(running[2], done: false);
        Assert.NotNull(await line[0]);
    }

    [Fact]
    public async Task NoneEnds_FourMoreAreLetIn_WhoeverArrivesMeanwhile()
    {
        Enter(4);
        List<Task<WriteTurn?>> line = [Stand(0)];

        // One that arrives in the meantime puts nothing off.
        for (int i = 1; i < 9; i++)
        {
            _time.Advance(WriteGate.Stall / 10);
            line.Add(Stand(i));
        }

        Assert.Equal(9, _gate.InLine);
        _time.Advance(WriteGate.Stall / 5);

        Assert.Equal(5, _gate.InLine);
        await Task.WhenAll(line[..4]);
        _time.Advance(WriteGate.Stall);
        Assert.Equal(1, _gate.InLine);
        _time.Advance(WriteGate.Stall);
        await Task.WhenAll(line);
    }

    [Fact]
    public async Task OneThatEnds_PutsTheWideningOff()
    {
        WriteTurn[] running = Enter(4);
        Task<WriteTurn?>[] line = [.. Enumerable.Range(0, 4).Select(since => Stand(since))];
        _time.Advance(WriteGate.Stall * 0.9);
        _gate.Leave(running[0], done: true);
        await line[0];
        _time.Advance(WriteGate.Stall * 0.9);
        Assert.Equal(3, _gate.InLine);
        _time.Advance(WriteGate.Stall * 0.1);
        Assert.Equal(0, _gate.InLine);
    }

    [Fact]
    public async Task TurnThatDoesNotComeInTime_IsNull_AndItsPlaceInLineIsGone()
    {
        WriteTurn[] running = Enter(4);
        Task<WriteTurn?> shorter = _gate.EnterAsync(1, since: 0, WriteGate.Stall / 2, Ct);
        Task<WriteTurn?> longer = Stand(1);
        _time.Advance(WriteGate.Stall / 2);

        Assert.Null(await shorter);
        Assert.Null(await _gate.EnterAsync(1, since: 2, TimeSpan.FromSeconds(-1), Ct));
        _gate.Leave(running[0], done: false);
        Assert.NotNull(await longer);
    }

    [Fact]
    public async Task Cancelled_LeavesTheLine()
    {
        WriteTurn[] running = Enter(4);
        using CancellationTokenSource caller = new();
        Task<WriteTurn?> cancelled = _gate.EnterAsync(1, since: 0, Second, caller.Token);
        Task<WriteTurn?> next = Stand(1);
        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        _gate.Leave(running[0], done: false);
        Assert.NotNull(await next);
    }

    [Fact]
    public async Task NextPrimary_BeginsAnewWithFour_WhateverHangsOnTheOneBefore()
    {
        WriteTurn[] before = Enter(4);
        foreach (WriteTurn turn in before)
            _gate.Leave(turn, done: true);
        WriteTurn[] hanging = Enter(5);
        Task<WriteTurn?>[] line = [.. Enumerable.Range(0, 6).Select(since => Stand(since, epoch: 1))];

        Task<WriteTurn?> newer = Stand(since: -1, epoch: 2);

        Assert.Equal(2, (await newer)?.Epoch);
        Assert.All(await Task.WhenAll(line[..3]), turn => Assert.Equal(2, turn?.Epoch));
        Assert.Equal(3, _gate.InLine);

        // Those of the one before leave without a trace.
        foreach (WriteTurn turn in hanging)
            _gate.Leave(turn, done: true);
        Assert.Equal(3, _gate.InLine);
        _gate.Leave((await newer)!, done: false);
        Assert.NotNull(await line[3]);
    }

    [Fact]
    public void NextPrimary_HasItsWholeTimeBeforeMoreAreLetIn()
    {
        Enter(4);
        _ = Enumerable.Range(0, 9).Select(since => Stand(since)).ToArray();
        _time.Advance(WriteGate.Stall * 0.9);

        Assert.Null(_gate.TryEnter(epoch: 2));

        Assert.Equal(5, _gate.InLine);
        _time.Advance(WriteGate.Stall * 0.9);
        Assert.Equal(5, _gate.InLine);
        _time.Advance(WriteGate.Stall * 0.1);
        Assert.Equal(1, _gate.InLine);
    }

    [Fact]
    public void PastTheLine_IsLetInAtOnce_AndTakesNobodysPlace()
    {
        WriteTurn[] running = Enter(4);
        _ = Stand(0);
        _ = Stand(1);

        WriteTurn?[] past = [.. Enumerable.Range(0, 9).Select(_ => _gate.TryEnter(epoch: 1, pastTheLine: true))];

        Assert.All(past, turn => Assert.Equal(1, turn?.Epoch));
        _gate.Leave(running[0], done: false);
        Assert.Equal(1, _gate.InLine);
        _gate.Leave(past[0]!, done: true);
        Assert.Equal(1, _gate.InLine);
        _gate.Leave(running[1], done: false);
        Assert.Equal(0, _gate.InLine);
    }

    private WriteTurn[] Enter(int count) => [.. Enumerable.Range(0, count).Select(_ => Assert.IsType<WriteTurn>(_gate.TryEnter(epoch: 1)))];

    private Task<WriteTurn?> Stand(long since, long epoch = 1) => _gate.EnterAsync(epoch, since, TimeSpan.FromHours(1), Ct);
}
