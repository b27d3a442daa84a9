namespace FooBar.Data;

/// <summary>What a <see cref="Database"/> is made of. Read once, when it is made.</summary>
public sealed class DatabaseOptions
{
    /// <summary>The servers of one cluster, at least one, each with a name of its own. No default.</summary>
    public IReadOnlyList<DatabaseNode> Nodes { get; set; } = [];

    /// <summary>What the driver knows beyond ADO.NET. Default: <see cref="GenericDriverAdapter"/>.</summary>
    public IDriverAdapter Driver { get; set; } = new GenericDriverAdapter();

    /// <summary>The time from one probe of a node to the next. Longer than zero; default 250 ms.</summary>
    public TimeSpan ProbeInterval { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long one probe may take, connecting included. Longer than zero; default 500 ms.</summary>
    public TimeSpan ProbeTimeout { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// How long a read waits on a replica for the session's own writes before it turns to the primary. Longer than zero, no longer
    /// than <see cref="PrimaryWait"/>; default 250 ms.
    /// </summary>
    public TimeSpan CausalWait { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// The time, from an operation's start, in which it waits for a proven primary (a read that may go to a replica: for any node), be it
    /// to begin or to repeat itself. Longer than zero; default 10 s.
    /// </summary>
    public TimeSpan PrimaryWait { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How much longer than <see cref="PrimaryWait"/> an operation may take for what is not its work: to wait for its turn on a new primary, to
    /// connect, to meet its key, to commit and to find out what a COMMIT did. Everything that waited for a primary meets it at once; the last
    /// of it must not fail for having waited. Longer than zero; default 4 s.
    /// </summary>
    public TimeSpan CompletionTime { get; set; } = TimeSpan.FromSeconds(4);

    /// <summary>
    /// How many operations may wait for a node, or for their turn on it, at a time; the next one fails at once. What was held for want of a
    /// primary may stand in line for the next one beyond that. 1 or more; default 1,000.
    /// </summary>
    public int MaximumWaiting { get; set; } = 1000;

    /// <summary>The clock. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Checks every property and what crosses them.</summary>
    /// <exception cref="ArgumentException">A property is out of its range; the message names it, its value and the range.</exception>
    public void Validate()
    {
        if (Nodes is not { Count: > 0 })
            throw Invalid(nameof(Nodes), "is empty: configure at least one node");
        for (int i = 0; i < Nodes.Count; i++)
        {
            DatabaseNode node = Nodes[i];
            if (string.IsNullOrWhiteSpace(node.Name))
                throw Invalid(nameof(Nodes), $"has a node without a name at index {i}");
            if (Nodes.Take(i).Any(other => other.Name == node.Name))
                throw Invalid(nameof(Nodes), $"has two nodes named '{node.Name}': names must be unique");
            if (node.Application is null || node.Monitor is null)
                throw Invalid(nameof(Nodes), $"has no {(node.Application is null ? "application" : "monitor")} data source for node '{node.Name}'");
        }

        if (Driver is null)
            throw Invalid(nameof(Driver), "is null: leave the default for any ADO.NET driver");
        if (TimeProvider is null)
            throw Invalid(nameof(TimeProvider), "is null: leave the default for the system's clock");
        RequirePositive(nameof(ProbeInterval), ProbeInterval);
        RequirePositive(nameof(ProbeTimeout), ProbeTimeout);
        RequirePositive(nameof(CausalWait), CausalWait);
        RequirePositive(nameof(PrimaryWait), PrimaryWait);
        RequirePositive(nameof(CompletionTime), CompletionTime);
        if (MaximumWaiting < 1)
            throw Invalid(nameof(MaximumWaiting), $"is {MaximumWaiting}: it must be 1 or more");
        if (CausalWait > PrimaryWait)
            throw Invalid(nameof(CausalWait), $"is {CausalWait}, longer than {nameof(PrimaryWait)}, which is {PrimaryWait}");
    }

    private static void RequirePositive(string property, TimeSpan value)
    {
        if (value <= TimeSpan.Zero)
            throw Invalid(property, $"is {value}: it must be longer than zero");
    }

    private static ArgumentException Invalid(string property, string what) => new($"{nameof(DatabaseOptions)}.{property} {what}.");
}
