namespace FooBar.AppHost.Testing;

/// <summary>
/// Acts when nothing was heard for a time, and acts harder when that did not help. Each action runs once at most, on a timer's thread.
/// Thread-safe.
/// </summary>
internal sealed class Watchdog : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly TimeSpan _silence;
    private readonly ITimer _timer;
    private int _acted;

    /// <summary>Begins to listen.</summary>
    /// <param name="silence">How long nothing may be heard.</param>
    /// <param name="ask">What is done then.</param>
    /// <param name="grace">How long that may take to help; what is heard meanwhile no longer counts.</param>
    /// <param name="force">What is done after it.</param>
    /// <param name="time">The clock.</param>
    public Watchdog(TimeSpan silence, Action ask, TimeSpan grace, Action force, TimeProvider time)
    {
        _silence = silence;
        _timer = time.CreateTimer(
            _ =>
            {
                Action act;
                lock (_lock)
                {
                    if (_acted == 2)
                    {
                        return;
                    }

                    act = _acted++ == 0 ? ask : force;
                    _timer!.Change(_acted == 1 ? grace : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                }

                act();
            },
            null,
            silence,
            Timeout.InfiniteTimeSpan);
    }

    /// <summary>Something was heard: the silence begins anew.</summary>
    public void Heard()
    {
        lock (_lock)
        {
            if (_acted == 0)
            {
                _timer.Change(_silence, Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _timer.DisposeAsync();
}
