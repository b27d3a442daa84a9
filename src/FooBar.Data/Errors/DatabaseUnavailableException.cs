namespace FooBar.Data;

/// <summary>
/// No node could do the operation in its time, its turn on it did not come, <see cref="DatabaseOptions.MaximumWaiting"/> others were waiting
/// already, or a read was shed because no replica could answer it and the primary has <see cref="DatabaseOptions.MaximumPrimaryReads"/> in hand.
/// Nothing of it was executed: repeating it is safe.
/// The message lists the nodes' states and what was tried; the inner exception is the last failure.
/// </summary>
public sealed class DatabaseUnavailableException : Exception
{
    internal DatabaseUnavailableException(string operation, TimeSpan elapsed, Topology topology, IReadOnlyList<Attempt> attempts)
        : this($"No node could do the {operation} within {elapsed.TotalSeconds:0.0} s.", topology, attempts)
    {
    }

    private DatabaseUnavailableException(string what, Topology topology, IReadOnlyList<Attempt> attempts)
        : base(Describe(what, topology, attempts), attempts.Count == 0 ? null : attempts[^1].Failure)
    {
    }

    internal static DatabaseUnavailableException NoTurn(
        string operation, TimeSpan elapsed, Topology topology, IReadOnlyList<Attempt> attempts) => new(
        $"The {operation} stood in line for the primary until its {elapsed.TotalSeconds:0.0} s were over: more was begun than the primary does.",
        topology,
        attempts);

    internal static DatabaseUnavailableException Shed(int limit, TimeSpan elapsed, Topology topology, IReadOnlyList<Attempt> attempts) => new(
        $"The read was shed after {elapsed.TotalSeconds:0.0} s: no replica could answer it, and the primary answers {limit} in their stead already "
            + $"({nameof(DatabaseOptions)}.{nameof(DatabaseOptions.MaximumPrimaryReads)}).",
        topology,
        attempts);

    internal static DatabaseUnavailableException TurnedAway(
        string operation, int limit, Topology topology, IReadOnlyList<Attempt> attempts) => new(
        $"The {operation} was turned away: {limit} operations wait already ({nameof(DatabaseOptions)}."
            + $"{nameof(DatabaseOptions.MaximumWaiting)}).",
        topology,
        attempts);

    private static string Describe(string what, Topology topology, IReadOnlyList<Attempt> attempts)
    {
        string tried = attempts.Count == 0 ? "nothing" : string.Join("; ", attempts);
        return $"{what} Nodes: {topology}. Tried: {tried}. Nothing was executed. "
            + "Look at performance_schema.replication_group_members on a node that answers.";
    }
}
