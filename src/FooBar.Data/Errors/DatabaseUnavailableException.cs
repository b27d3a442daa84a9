namespace FooBar.Data;

/// <summary>
/// No node could do the operation within <see cref="DatabaseOptions.PrimaryWait"/>. Nothing of it was executed: repeating it is safe.
/// The message lists the nodes' states and what was tried; the inner exception is the last failure.
/// </summary>
public sealed class DatabaseUnavailableException : Exception
{
    internal DatabaseUnavailableException(string operation, TimeSpan elapsed, Topology topology, IReadOnlyList<Attempt> attempts)
        : base(Describe(operation, elapsed, topology, attempts), attempts.Count == 0 ? null : attempts[^1].Failure)
    {
    }

    private static string Describe(string operation, TimeSpan elapsed, Topology topology, IReadOnlyList<Attempt> attempts)
    {
        string tried = attempts.Count == 0 ? "nothing" : string.Join("; ", attempts);
        return $"No node could do the {operation} within {elapsed.TotalSeconds:0.0} s. Nodes: {topology}. Tried: {tried}. Nothing was "
            + "executed. Look at performance_schema.replication_group_members on a node that answers.";
    }
}
