using FooBar.AppHost.Machine;

namespace FooBar.AppHost.State;

/// <summary>Held by the one supervisor of a state folder, and with it the use of the downloaded programs. The kernel releases it when the process dies, however it dies.</summary>
internal sealed class StateLock : IDisposable
{
    private readonly FileStream _file;
    private readonly IDisposable? _tools;

    private StateLock(FileStream file, IDisposable? tools)
    {
        _file = file;
        _tools = tools;
    }

    /// <summary>Takes the lock, or returns null when another process holds it.</summary>
    /// <param name="state">The folder.</param>
    /// <param name="usesTools">False for who is about to remove the downloaded programs instead of running them.</param>
    public static StateLock? TryTake(StateFolder state, bool usesTools = true)
    {
        FileStream file;
        try
        {
            // FileShare.None is an advisory flock(2): two supervisors exclude each other, readers of other files are not disturbed.
            file = new FileStream(state.LockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception) when (FileLock.IsHeld(exception))
        {
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw state.CannotBeWritten(exception);
        }

        try
        {
            return new StateLock(file, usesTools ? ToolsUse.Share(state.Tools) : null);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _tools?.Dispose();
        _file.Dispose();
    }
}
