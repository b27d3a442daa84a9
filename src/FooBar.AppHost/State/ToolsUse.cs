using FooBar.AppHost.Machine;

namespace FooBar.AppHost.State;

/// <summary>
/// Tells the others that the downloaded programs of a folder are in use: by a stack, whose databases run them, or by a test run. Many may use
/// them at once; who removes them must be alone. An advisory flock(2), which the kernel releases with its holder.
/// </summary>
internal static class ToolsUse
{
    /// <summary>Notes the use; dispose to end it. Null when nobody may write there: then nobody may remove anything there either.</summary>
    public static IDisposable? Share(string tools)
    {
        try
        {
            // Read access shared for reading is a shared lock, FileShare.None an exclusive one.
            return new FileStream(LockFile(tools), FileMode.OpenOrCreate, FileAccess.Read, FileShare.Read);
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
        catch (IOException exception) when (!FileLock.IsHeld(exception))
        {
            return null;
        }
        catch (IOException exception)
        {
            throw new FoobarException($"{tools} is being removed by another foobar. Run it again when that has ended.", exception);
        }
    }

    /// <summary>Returns once nobody uses the programs, and keeps it so until disposed.</summary>
    /// <exception cref="FoobarException">Somebody uses them.</exception>
    public static IDisposable? Own(string tools)
    {
        if (!Directory.Exists(tools))
        {
            return null;
        }

        try
        {
            return new FileStream(LockFile(tools), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception) when (FileLock.IsHeld(exception))
        {
            throw new FoobarException($"{tools} is in use by a test run or by another stack, so nothing was removed. Wait for its end, or stop it; then purge again.", exception);
        }
    }

    private static string LockFile(string tools) => Path.Combine(tools, "in-use.lock");
}
