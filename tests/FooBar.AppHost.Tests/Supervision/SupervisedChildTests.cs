using System.Collections.Concurrent;
using FooBar.AppHost.Processes;
using FooBar.AppHost.State;
using FooBar.AppHost.Supervision;
using FooBar.Testing;

namespace FooBar.AppHost.Tests.Supervision;

/// <summary>Real processes, a clock that the tests move.</summary>
public sealed class SupervisedChildTests : IAsyncLifetime
{
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);

    private readonly TemporaryFolder _folder = new();
    private readonly FakeTime _time = new();
    private readonly ConcurrentQueue<string> _told = new();
    private readonly ConcurrentQueue<ChildProcess> _started = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Orders _orders;
    private SupervisedChild _child;
    private string _script = "exec sleep 1000";
    private Exception? _startFailure;

    public SupervisedChildTests()
    {
        StateFolder state = new(_folder["state"]);
        state.Create();
        _orders = new Orders(state);
        _child = new SupervisedChild("web-1", StartAsync, _orders, _told.Enqueue, _time);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _child.StopAsync(Grace);
        foreach (ChildProcess process in _started)
        {
            process.Kill();
        }

        _stop.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Process_ThatIsKilledAfterAWhile_IsStartedAgainAtOnce()
    {
        ChildProcess first = await UpAsync();
        _time.Advance(RestartBackoff.Settled);

        first.Kill();
        await TellsAsync($"web-1 was started again (pid {await NextPidAsync(2)}, restart 1)");

        Assert.Equal("web-1 was killed (signal 9); it is started again at once", _told.First());
        Assert.Equal((1, ChildCondition.Running, true), (_child.Restarts, _child.Condition, _child.IsAlive));
        Assert.NotEqual(first.Id, _child.Process!.Id);
    }

    [Fact]
    public async Task Process_ThatIsKilledTwiceSoon_IsStartedAgainAfterTheWait()
    {
        (await UpAsync()).Kill();
        ChildProcess second = await StartedAsync(2);
        await TellsAsync($"web-1 was started again (pid {second.Id}, restart 1)");

        second.Kill();
        await TellsAsync("web-1 was killed (signal 9); it is started again in 1 s");
        Assert.Equal((2, ChildCondition.Restarting), (_started.Count, _child.Condition));
        await PassAsync(RestartBackoff.First);

        await TellsAsync($"web-1 was started again (pid {(await StartedAsync(3)).Id}, restart 2)");
    }

    [Theory]
    [InlineData("exit 0", "web-1 ended; it is started again at once")]
    [InlineData("exit 3", "web-1 ended with exit code 3; it is started again at once")]
    [InlineData("kill -TERM $$", "web-1 was ended by signal 15; it is started again at once")]
    public async Task End_OfEachKind_IsToldInWords(string script, string told)
    {
        _script = script;
        await _child.StartAsync(CancellationToken.None);
        _script = "exec sleep 1000";
        _child.Supervise(_stop.Token);

        await TellsAsync(told);
        await StartedAsync(2);
    }

    [Fact]
    public async Task Process_ThatIsHeld_StaysDownUntilARestartIsOrdered()
    {
        ChildProcess first = await UpAsync();
        _orders.Give("web-1", Order.Hold);

        first.Kill();
        await TellsAsync("web-1 was killed (signal 9)");
        await TellsAsync("web-1 is held down; ./foobar fault restart web-1 starts it");
        await PassAsync(TimeSpan.FromMinutes(5));
        Assert.Equal((1, ChildCondition.Held), (_started.Count, _child.Condition));

        _orders.Give("web-1", Order.Restart);
        await PassAsync(TimeSpan.FromSeconds(1));
        await TellsAsync($"web-1 was started again (pid {(await StartedAsync(2)).Id}, restart 1)");
        Assert.Equal((Order.None, ChildCondition.Running), (_orders.Read("web-1"), _child.Condition));
    }

    [Fact]
    public async Task Restart_OrderedDuringTheWait_CutsItShort()
    {
        (await UpAsync()).Kill();
        (await StartedAsync(2)).Kill();
        await TellsAsync("web-1 was killed (signal 9); it is started again in 1 s");

        _orders.Give("web-1", Order.Restart);
        await PassAsync(TimeSpan.FromMilliseconds(100));

        await StartedAsync(3);
    }

    [Fact]
    public async Task Restart_OrderedAgainAndAgain_NeverWaits()
    {
        ChildProcess process = await UpAsync();
        for (int restart = 1; restart <= 4; restart++)
        {
            _orders.Give("web-1", Order.Restart);
            process.Kill();
            process = await StartedAsync(restart + 1);
            await TellsAsync($"web-1 was started again (pid {process.Id}, restart {restart})");
        }

        Assert.All(_told, sentence => Assert.DoesNotContain(" in ", sentence, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Order_ThatCannotBeRead_DoesNotEndTheSupervision()
    {
        ChildProcess first = await UpAsync();
        string order = Directory.CreateDirectory(_folder["state/run/orders/web-1"]).FullName;
        _time.Advance(RestartBackoff.Settled);

        first.Kill();
        await TellsAsync("web-1 was killed (signal 9); it is started again at once");
        await Eventually.TrueAsync(() => _told.Any(sentence => sentence.StartsWith("web-1 could not be started, and is tried again in ", StringComparison.Ordinal)), () => string.Join(" | ", _told));
        Directory.Delete(order);
        await PassAsync(RestartBackoff.First);

        await StartedAsync(2);
    }

    [Fact]
    public async Task Start_ThatFails_IsTriedAgainAndSaysWhy()
    {
        ChildProcess first = await UpAsync();
        _time.Advance(RestartBackoff.Settled);
        _startFailure = new InvalidOperationException("the disk is full");

        first.Kill();
        await TellsAsync("web-1 could not be started, and is tried again at once: the disk is full");
        await TellsAsync("web-1 could not be started, and is tried again in 1 s: the disk is full");
        _startFailure = null;
        await PassAsync(RestartBackoff.First);

        await StartedAsync(2);
    }

    [Fact]
    public async Task Stop_DuringTheWait_StartsNothingMore()
    {
        (await UpAsync()).Kill();
        (await StartedAsync(2)).Kill();
        await TellsAsync("web-1 was killed (signal 9); it is started again in 1 s");

        await _stop.CancelAsync();
        await _child.StopAsync(Grace);
        _time.Advance(RestartBackoff.Longest);

        Assert.Equal((2, false), (_started.Count, _child.IsAlive));
    }

    [Fact]
    public async Task Stop_OfAProcessThatRuns_EndsItForGood()
    {
        ChildProcess process = await UpAsync();

        await _stop.CancelAsync();
        await _child.StopAsync(Grace);

        Assert.True(process.HasExited);
        Assert.Empty(_told);
    }

    [Fact]
    public async Task Stop_OfAProcessThatIsFrozen_EndsItInOrder()
    {
        _script = $"trap 'echo asked >{_folder["asked"]}; exit 0' TERM; echo >{_folder["trapped"]}; while :; do sleep 0.02; done";
        ChildProcess process = await UpAsync();
        await Eventually.TrueAsync(() => File.Exists(_folder["trapped"]), () => "the trap was not set");
        Signals.Send(process.Id, Signals.Stop);
        await Eventually.TrueAsync(() => ProcessIdentity.Of(process.Id)!.IsStopped, () => "it was not stopped");

        await _stop.CancelAsync();
        await _child.StopAsync(Grace);

        Assert.Equal("asked\n", File.ReadAllText(_folder["asked"]));
    }

    private async Task<ChildProcess> StartAsync(CancellationToken cancellationToken)
    {
        if (_startFailure is not null)
        {
            throw _startFailure;
        }

        ChildProcess process = await ChildProcess.StartAsync(new ChildSpecification("web-1", "/bin/sh", ["-c", _script], _folder.Path, _folder["web-1.log"]));
        _started.Enqueue(process);
        return process;
    }

    private async Task<ChildProcess> UpAsync()
    {
        ChildProcess process = await _child.StartAsync(TestContext.Current.CancellationToken);
        _child.Supervise(_stop.Token);
        return process;
    }

    private async Task<ChildProcess> StartedAsync(int number)
    {
        await Eventually.TrueAsync(() => _started.Count >= number, () => $"{_started.Count} starts; told: {string.Join(" | ", _told)}");
        return _started.ElementAt(number - 1);
    }

    private async Task<int> NextPidAsync(int number) => (await StartedAsync(number)).Id;

    private Task TellsAsync(string sentence) => Eventually.TrueAsync(() => _told.Contains(sentence), () => $"'{sentence}' was not told, but: {string.Join(" | ", _told)}");

    /// <summary>Moves the clock in the steps in which the supervisor looks at it, and lets it look.</summary>
    private async Task PassAsync(TimeSpan time)
    {
        for (TimeSpan passed = TimeSpan.Zero; passed < time; passed += TimeSpan.FromMilliseconds(100))
        {
            await Eventually.TrueAsync(() => _time.PendingTimers > 0 || _child.Condition == ChildCondition.Running, () => "the supervisor waits for nothing");
            _time.Advance(TimeSpan.FromMilliseconds(100));
        }
    }
}
