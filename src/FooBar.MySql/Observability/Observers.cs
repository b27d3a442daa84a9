using System.Diagnostics.CodeAnalysis;

namespace FooBar.MySql.Observability;

/// <summary>Loggers and listeners, whose own failures are nobody's but theirs.</summary>
internal static class Observers
{
    /// <inheritdoc cref="Tell{T}" />
    public static void Tell(Action tell) => Tell(tell, static tell => tell());

    /// <summary>
    /// Tells them something, and drops what they throw: it must not stand in for the failure that a caller is to be told of, cost the pool a
    /// place, or end the process, where a timer tells it.
    /// </summary>
    [SuppressMessage("Design", "CA1031", Justification = "Any exception can come out of a logger or listener of the application's, and none may decide what becomes of the call, the pool or the process.")]
    public static void Tell<T>(T what, Action<T> tell)
    {
        try
        {
            tell(what);
        }
        catch (Exception)
        {
            // Dropped, as a logger would itself that keeps its promise not to throw.
        }
    }
}
