namespace FooBar.AppHost.Machine;

/// <summary>A lock between processes: whoever builds or downloads the same thing waits for the other. The kernel releases it with its holder.</summary>
internal static class FileLock
{
    // EWOULDBLOCK, the answer of flock(2) to a lock that another holds; a full disk or an impossible path is no reason to wait.
    private const int HeldByAnother = 11;

    /// <summary>Whether opening a file failed because another process holds its lock.</summary>
    public static bool IsHeld(IOException exception) => exception.HResult == HeldByAnother;

    /// <summary>Takes it; null while another process holds it.</summary>
    public static IDisposable? TryTake(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception) when (IsHeld(exception))
        {
            return null;
        }
    }

    /// <summary>Takes it, calling <paramref name="onWait"/> each time that it is still held by another; dispose to release.</summary>
    public static async Task<IDisposable> TakeAsync(string path, Action onWait, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        while (true)
        {
            if (TryTake(path) is { } taken)
            {
                return taken;
            }

            onWait();
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, cancellationToken);
        }
    }
}
