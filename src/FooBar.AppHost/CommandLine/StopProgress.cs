using FooBar.AppHost.State;
using FooBar.Data;

namespace FooBar.AppHost.CommandLine;

/// <summary>Says who has ended while a stack stops: it takes a quarter of a minute, most of it after everything but the databases is gone.</summary>
internal static class StopProgress
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    /// <summary>Begins the stop, and writes a line for each process that ends until it is over; its failure is the caller's.</summary>
    /// <param name="record">What runs; null when that is not known.</param>
    /// <param name="begin">Begins the stop, and ends when it is over.</param>
    public static async Task ShowAsync(StackRecord? record, Func<Task> begin)
    {
        List<ChildRecord> left = [.. record?.Children.Where(child => child.Process?.IsAlive == true) ?? []];
        TerminalLine.TryWrite($"Stopping {left.Count} processes...");
        Task stop = begin();
        bool databasesAlone = false;
        while (left.Count > 0 && !stop.IsCompleted)
        {
            await Task.WhenAny(stop, Task.Delay(Poll, TimeProvider.System));
            string[] ended = [.. left.Where(child => child.Process!.IsAlive == false).Select(child => child.Name)];
            left.RemoveAll(child => ended.Contains(child.Name));
            if (ended.Length > 0 && left.Count > 0)
            {
                TerminalLine.TryWrite($"  {string.Join(", ", ended)} ended");
            }

            if (!databasesAlone && left.Count > 0 && left.All(child => child.Kind == "db"))
            {
                databasesAlone = true;
                string what = record!.Replication == ReplicationMode.Group ? "leaving the group, which takes about ten seconds" : "ending";
                TerminalLine.TryWrite($"  {string.Join(", ", left.Select(child => child.Name))}: {what}");
            }
        }

        await stop;
    }
}
