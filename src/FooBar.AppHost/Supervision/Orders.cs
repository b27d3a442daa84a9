using FooBar.AppHost.State;

namespace FooBar.AppHost.Supervision;

/// <summary>What a person wants done about one process.</summary>
internal enum Order
{
    /// <summary>Nothing: the supervisor decides.</summary>
    None,

    /// <summary>When it ends, or as it has ended: leave it down.</summary>
    Hold,

    /// <summary>When it ends, or as it has ended: start it at once, and do not count the end as a failure.</summary>
    Restart,
}

/// <summary>
/// What <c>./foobar fault</c> asks of the supervisor: one small file per process in the state folder. A file outlives neither a start
/// (<see cref="ClearAll"/>) nor its own fulfilment, and needs nobody at the other end to be written. Thread-safe, also across processes.
/// </summary>
internal sealed class Orders(StateFolder state)
{
    private string Folder => Path.Combine(state.Run, "orders");

    public Order Read(string name)
    {
        try
        {
            return Enum.TryParse(File.ReadAllText(PathOf(name)), out Order order) && Enum.IsDefined(order) ? order : Order.None;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return Order.None;
        }
    }

    public void Give(string name, Order order)
    {
        if (order == Order.None)
        {
            Clear(name);
            return;
        }

        Directory.CreateDirectory(Folder);

        // By way of a name of its own: two who write at once must not rename each other's halves.
        string own = $"{PathOf(name)}.{Guid.NewGuid():N}";
        PrivateFile.Write(own, order.ToString());
        File.Move(own, PathOf(name), overwrite: true);
    }

    public void Clear(string name)
    {
        if (Directory.Exists(Folder))
        {
            File.Delete(PathOf(name));
        }
    }

    /// <summary>Forgets what was asked of a stack before: a new one starts whole.</summary>
    public void ClearAll()
    {
        if (Directory.Exists(Folder))
        {
            Directory.Delete(Folder, recursive: true);
        }
    }

    private string PathOf(string name) => Path.Combine(Folder, name);
}
