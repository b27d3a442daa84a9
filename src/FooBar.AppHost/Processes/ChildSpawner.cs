using System.Collections.Concurrent;
using System.Diagnostics;

namespace FooBar.AppHost.Processes;

/// <summary>
/// Starts every child process from one thread that lives as long as this process does.
/// The kernel delivers a child's parent-death signal when the <em>thread</em> that forked it ends (prctl(2), PR_SET_PDEATHSIG):
/// forked from a thread-pool thread, a healthy child would be killed whenever the pool retires that thread.
/// Thread-safe.
/// </summary>
internal static class ChildSpawner
{
    private static readonly BlockingCollection<Action> Queue = StartThread();

    /// <summary>Starts the process described and returns it; the caller owns it.</summary>
    public static Task<Process> StartAsync(ProcessStartInfo start)
    {
        TaskCompletionSource<Process> started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Queue.Add(() =>
        {
            try
            {
                started.SetResult(Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start."));
            }
            catch (Exception exception)
            {
                started.SetException(exception);
            }
        });
        return started.Task;
    }

    private static BlockingCollection<Action> StartThread()
    {
        BlockingCollection<Action> queue = [];
        Thread thread = new(() =>
        {
            foreach (Action action in queue.GetConsumingEnumerable())
            {
                action();
            }
        })
        {
            IsBackground = true,
            Name = "child spawner",
        };
        thread.Start();
        return queue;
    }
}
