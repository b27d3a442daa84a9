namespace FooBar.Load;

/// <summary>
/// Calls back at fixed instants, k/rate after the start, never earlier. Woken late, it calls for everything that is due by then: what a
/// stall of this process held up is caught up, never left out.
/// </summary>
internal sealed class Schedule(LoadPlan plan, TimeProvider time, long start, Action<int, TimeSpan> arrive, CancellationToken stop)
{
    // .NET and the kernel round a wait to milliseconds; a shorter one would be a busy loop.
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(1);

    private readonly int _planned = plan.Planned;
    private int _next;

    /// <summary>Completes after the last arrival, or after <c>stop</c>.</summary>
    public Task RunAsync() => time == TimeProvider.System ? RunOnThreadAsync() : RunOnTimerAsync();

    /// <summary>
    /// On a thread of its own: a timer's callback would queue for the thread pool behind the very load that is generated. At 1,000/s it
    /// wakes once a millisecond.
    /// </summary>
    private Task RunOnThreadAsync()
    {
        TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Thread thread = new(() =>
        {
            try
            {
                while (CallWhatIsDue() is { } wait)
                {
                    stop.WaitHandle.WaitOne(wait < ShortestWait ? ShortestWait : wait);
                }

                ended.SetResult();
            }
            catch (Exception exception)
            {
                ended.SetException(exception);
            }
        })
        {
            IsBackground = true,
            Name = $"load {plan.Name}",
        };
        thread.Start();
        return ended.Task;
    }

    /// <summary>With a clock of a test's own: each arrival is called inside of the clock's timer.</summary>
    private async Task RunOnTimerAsync()
    {
        TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ITimer timer = null!;
        timer = time.CreateTimer(_ => Call(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        await using (timer)
        {
            await using CancellationTokenRegistration stopped = stop.UnsafeRegister(_ => ended.TrySetResult(), null);
            Call();
            await ended.Task;
        }

        void Call()
        {
            try
            {
                if (CallWhatIsDue() is { } wait)
                {
                    timer.Change(wait, Timeout.InfiniteTimeSpan);
                }
                else
                {
                    ended.TrySetResult();
                }
            }
            catch (Exception exception)
            {
                ended.TrySetException(exception);
            }
        }
    }

    /// <summary>Returns the time until the next arrival; null when there is none.</summary>
    private TimeSpan? CallWhatIsDue()
    {
        while (_next < _planned && !stop.IsCancellationRequested)
        {
            TimeSpan now = time.GetElapsedTime(start);
            TimeSpan wait = plan.DueAt(_next) - now;
            if (wait > TimeSpan.Zero)
            {
                return wait;
            }

            arrive(_next++, now);
        }

        return null;
    }
}
