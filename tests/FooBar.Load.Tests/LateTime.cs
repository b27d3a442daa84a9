namespace FooBar.Load.Tests;

/// <summary>A clock with one timer that fires when the test says so, as late as it likes: a process that was kept from the processor.</summary>
internal sealed class LateTime : TimeProvider
{
    private readonly List<LateTimer> _timers = [];
    private TimeSpan _now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _now.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        LateTimer timer = new(() => callback(state));
        _timers.Add(timer);
        return timer;
    }

    /// <summary>Wakes the timer that was made first, the schedule's, at an instant of its own.</summary>
    public void WakeAt(TimeSpan now)
    {
        _now = now;
        _timers[0].Fire();
    }

    private sealed class LateTimer(Action fire) : ITimer
    {
        public void Fire() => fire();

        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
