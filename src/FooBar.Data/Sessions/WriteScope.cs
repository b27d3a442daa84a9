namespace FooBar.Data;

/// <summary>
/// Knows whether the work of a write is running here. Another operation inside it would be another transaction: it would not see what the work has
/// written, and might wait for its locks until the time is over.
/// </summary>
internal static class WriteScope
{
    private static readonly AsyncLocal<bool> Inside = new();

    /// <summary>From now on, for what is called from here; ends with the caller's own method.</summary>
    public static void Enter() => Inside.Value = true;

    /// <exception cref="InvalidOperationException">A write's work runs here.</exception>
    public static void Refuse(string method)
    {
        if (Inside.Value)
            throw new InvalidOperationException($"{method} was called inside the work of a WriteAsync: use the connection that the work was given.");
    }
}
