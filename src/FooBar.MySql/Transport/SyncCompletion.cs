using System.Diagnostics;

namespace FooBar.MySql.Transport;

/// <summary>
/// The end of a call that was made with <c>async</c> false: the task is complete already, so this never blocks. That is what makes one
/// code path serve both kinds of callers.
/// </summary>
internal static class SyncCompletion
{
    public static void Completed(this ValueTask task)
    {
        Debug.Assert(task.IsCompleted, "A synchronous call left I/O pending.");
        task.GetAwaiter().GetResult();
    }

    public static T Completed<T>(this ValueTask<T> task)
    {
        Debug.Assert(task.IsCompleted, "A synchronous call left I/O pending.");
        return task.GetAwaiter().GetResult();
    }
}
