using FooBar.AppHost.Machine;

namespace FooBar.AppHost.Lab;

/// <summary>Takes a lab down, whatever is left of it.</summary>
internal static class LabEnd
{
    /// <summary>Ends it, removes what it left, and with <paramref name="purge"/> the cache. Returns whether one was up.</summary>
    /// <exception cref="FoobarException">The cache is in use by another lab.</exception>
    public static async Task<bool> RunAsync(LabFolder folder, bool purge, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(folder.Path))
        {
            return false;
        }

        using IDisposable changing = await FileLock.TakeAsync(folder.LockFile, () => { }, cancellationToken);
        RunningLab? lab = RunningLab.Find(folder);
        if (lab is not null)
        {
            await lab.StopAsync();
        }
        else
        {
            await LabRemains.RemoveAsync(folder);
        }

        if (purge)
        {
            await new LabCache(folder.Cache, TimeProvider.System).PurgeAsync();
        }

        return lab is not null;
    }
}
