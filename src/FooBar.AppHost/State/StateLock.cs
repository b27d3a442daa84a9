using FooBar.AppHost.Machine;

namespace FooBar.AppHost.State;

/// <summary>Held by the one supervisor of a state folder. The kernel releases it when the process dies, however it dies.</summary>
internal sealed class StateLock : IDisposable
{
    private readonly FileStream _file;

    private StateLock(FileStream file) => _file = file;

    /// <summary>Takes the lock, or returns null when another process holds it.</summary>
    public static StateLock? TryTake(StateFolder state)
    {
        try
        {
            // FileShare.None is an advisory flock(2): two supervisors exclude each other, readers of other files are not disturbed.
            return new StateLock(new FileStream(state.LockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException exception) when (FileLock.IsHeld(exception))
        {
            return null;
        }
    }

    public void Dispose() => _file.Dispose();
}
