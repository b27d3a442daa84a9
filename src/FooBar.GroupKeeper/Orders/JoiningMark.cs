namespace FooBar.GroupKeeper.Orders;

/// <summary>
/// A file that is there from before the own member begins to join a group until it is seen in it with another one. MySQL goes on with a
/// start that nobody waits for any more, and one that loses its group on the way may end alone in a group of its own: whoever finds it so
/// must know that it has begun by joining, also after a restart of this process. Not thread-safe.
/// </summary>
internal sealed class JoiningMark(string folder)
{
    private readonly string _path = Path.Combine(folder, "joining");

    public bool IsSet => File.Exists(_path);

    /// <summary>Sets it, on the disk. A crash of the whole host may lose it, and with the host the member's start.</summary>
    public void Set()
    {
        using FileStream file = File.Create(_path);
        file.Flush(flushToDisk: true);
    }

    public void Clear() => File.Delete(_path);
}
