using FooBar.AppHost.Machine;

namespace FooBar.AppHost.Stack;

/// <summary>Runs what a start consists of side by side, until all of it is done or the first of it fails.</summary>
internal static class StartSteps
{
    /// <summary>Ends when every step has ended. Looks at the disk meanwhile: a database waits for room, and whoever needs it waits with it.</summary>
    /// <param name="folder">Where the steps write.</param>
    /// <param name="steps">The steps; each must end soon after its token does.</param>
    /// <param name="cancellationToken">Ends them all.</param>
    /// <exception cref="FoobarException">The disk is full, which also explains whatever failed on it; else the first failure, as it was.</exception>
    public static async Task RunAsync(string folder, IReadOnlyList<Func<CancellationToken, Task>> steps, CancellationToken cancellationToken)
    {
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<Task> left = [.. steps.Select(step => step(end.Token))];
        Task full = DiskSpace.ThrowWhenFullAsync(folder, end.Token);
        List<Task> all = [.. left, full];
        while (left.Count > 0)
        {
            Task ended = await Task.WhenAny([.. left, full]);
            left.Remove(ended);
            if (!ended.IsCompletedSuccessfully)
            {
                // Asked before the others end, and give back what they have written.
                bool diskIsFull = DiskSpace.IsFull(folder);

                // The first failure is the cause; what the cancellation does to the others is not news.
                await EndAsync(end, all);
                try
                {
                    await ended;
                }
                catch (FoobarException cause) when (diskIsFull)
                {
                    throw DiskSpace.Error(folder, cause);
                }
            }
        }

        await EndAsync(end, all);
    }

    private static async Task EndAsync(CancellationTokenSource end, List<Task> all)
    {
        await end.CancelAsync();
        await Task.WhenAll(all).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
