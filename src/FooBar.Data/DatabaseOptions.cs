namespace FooBar.Data;

/// <summary>What a <see cref="Database"/> is made of. Read once, when it is made.</summary>
public sealed class DatabaseOptions
{
    /// <summary>The servers of one cluster, at least one, each with a name of its own. No default.</summary>
    public IReadOnlyList<DatabaseNode> Nodes { get; set; } = [];

    /// <summary>What the driver knows beyond ADO.NET. Default: <see cref="GenericDriverAdapter"/>.</summary>
    public IDriverAdapter Driver { get; set; } = new GenericDriverAdapter();

    /// <summary>The time from one probe of a node to the next. Longer than zero, up to an hour; default 250 ms.</summary>
    public TimeSpan ProbeInterval { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long one probe may take, connecting included. Longer than zero, up to an hour; default 500 ms.</summary>
    public TimeSpan ProbeTimeout { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// How long a read waits on a replica for the session's own writes before it turns to the primary. Longer than zero, no longer
    /// than <see cref="PrimaryWait"/>; default 250 ms.
    /// </summary>
    public TimeSpan CausalWait { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// The time, from an operation's start, in which it waits for a proven primary (a read that may go to a replica: for any node), be it
    /// to begin or to repeat itself. Longer than zero, shorter than <see cref="OperationTimeout"/>; default 10 s.
    /// </summary>
    public TimeSpan PrimaryWait { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The time of one operation for everything: waiting for a node, for its turn and for a connection, its work, its COMMIT, and finding out what
    /// a COMMIT did. It is looked at each 100 ms. What it is longer than <see cref="PrimaryWait"/> is for what comes behind the wait: everything that
    /// waited for a new primary meets it at once, and the last of it must not fail for having waited. Up to an hour; default 15 s.
    /// </summary>
    public TimeSpan OperationTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How new the answer of a read must be that does not say. Default <see cref="Freshness.OwnWrites"/>.</summary>
    public Freshness DefaultFreshness { get; set; }

    /// <summary>
    /// The location, as in <see cref="DatabaseNode.Location"/>, whose replicas answer as long as one of them can; null for no preference.
    /// Default null.
    /// </summary>
    public string? PreferredLocation { get; set; }

    /// <summary>
    /// How many reads at a time the primary answers because no replica could; the next ones wait until a replica has caught up, or, where there is no
    /// replica, for up to a second, and are then shed. What was held for want of any node waits for its whole time. Does not count those that ask
    /// for <see cref="Freshness.Latest"/>. Without another node than the primary there is no limit. 1 or more; default 32.
    /// </summary>
    public int MaximumPrimaryReads { get; set; } = 32;

    /// <summary>
    /// After which time without an answer a read of <see cref="Freshness.Any"/> is sent to a second node too, for a tenth of such reads at most.
    /// Its work then runs twice at the same time, and must bear that. Null for never; else longer than zero, up to an hour. Default null.
    /// </summary>
    public TimeSpan? HedgeAfter { get; set; }

    /// <summary>
    /// How long the key and result of a write are kept for its repetitions. An hour or more; null to keep them for ever. Default 24 h.
    /// </summary>
    public TimeSpan? OperationRetention { get; set; } = TimeSpan.FromHours(24);

    /// <summary>
    /// How many operations may wait for a node, or for their turn on it, at a time; the next one fails at once. What was held for want of a
    /// primary may stand in line for the next one beyond that. 1 or more; default 1,000.
    /// </summary>
    public int MaximumWaiting { get; set; } = 1000;

    /// <summary>How members of the group that are not among <see cref="Nodes"/> are taken on; null for not at all. Default null.</summary>
    public MemberDiscovery? Discovery { get; set; }

    /// <summary>The clock. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>What is set aside for what comes behind the wait for a primary.</summary>
    internal TimeSpan CompletionTime => OperationTimeout - PrimaryWait;

    private static readonly TimeSpan LongestTimeout = TimeSpan.FromHours(1);

    /// <summary>Checks every property and what crosses them.</summary>
    /// <exception cref="ArgumentException">A property is out of its range; the message names it, its value and the range.</exception>
    public void Validate()
    {
        ValidateNodes(Nodes);
        if (Driver is null)
            throw Invalid(nameof(Driver), "is null: leave the default for any ADO.NET driver");
        if (Discovery is { Networks: not { Count: > 0 } })
            throw Invalid(nameof(Discovery), "allows no network: name at least one, or leave it null");
        if (Discovery is { Connect: null })
            throw Invalid(nameof(Discovery), "has no way to connect to a member");
        if (TimeProvider is null)
            throw Invalid(nameof(TimeProvider), "is null: leave the default for the system's clock");
        RequirePositive(nameof(ProbeInterval), ProbeInterval);
        RequirePositive(nameof(ProbeTimeout), ProbeTimeout);
        RequirePositive(nameof(CausalWait), CausalWait);
        RequirePositive(nameof(PrimaryWait), PrimaryWait);
        if (OperationTimeout <= PrimaryWait || OperationTimeout > LongestTimeout)
            throw Invalid(nameof(OperationTimeout), $"is {OperationTimeout}: it must be longer than {nameof(PrimaryWait)}, which is {PrimaryWait}, and at most {LongestTimeout}");
        if (HedgeAfter <= TimeSpan.Zero || HedgeAfter > LongestTimeout)
            throw Invalid(nameof(HedgeAfter), $"is {HedgeAfter}: it must be longer than zero and at most {LongestTimeout}, or null");
        if (OperationRetention < TimeSpan.FromHours(1))
            throw Invalid(nameof(OperationRetention), $"is {OperationRetention}: it must be an hour or more, or null");
        if (MaximumPrimaryReads < 1)
            throw Invalid(nameof(MaximumPrimaryReads), $"is {MaximumPrimaryReads}: it must be 1 or more");
        if (MaximumWaiting < 1)
            throw Invalid(nameof(MaximumWaiting), $"is {MaximumWaiting}: it must be 1 or more");
        if (CausalWait > PrimaryWait)
            throw Invalid(nameof(CausalWait), $"is {CausalWait}, longer than {nameof(PrimaryWait)}, which is {PrimaryWait}");
    }

    /// <summary>Checks nodes, be it at the start or later.</summary>
    /// <exception cref="ArgumentException">There are none, or one is incomplete, or two have one name.</exception>
    internal static void ValidateNodes(IReadOnlyList<DatabaseNode> nodes)
    {
        if (nodes is not { Count: > 0 })
            throw Invalid(nameof(Nodes), "is empty: configure at least one node");
        for (int i = 0; i < nodes.Count; i++)
        {
            DatabaseNode node = nodes[i];
            if (node is null)
                throw Invalid(nameof(Nodes), $"has no node at index {i}, but null");
            if (string.IsNullOrWhiteSpace(node.Name))
                throw Invalid(nameof(Nodes), $"has a node without a name at index {i}");
            if (nodes.Take(i).Any(other => other.Name == node.Name))
                throw Invalid(nameof(Nodes), $"has two nodes named '{node.Name}': names must be unique");
            if (node.Application is null || node.Monitor is null)
                throw Invalid(nameof(Nodes), $"has no {(node.Application is null ? "application" : "monitor")} data source for node '{node.Name}'");
        }
    }

    private static void RequirePositive(string property, TimeSpan value)
    {
        if (value <= TimeSpan.Zero || value > LongestTimeout)
            throw Invalid(property, $"is {value}: it must be longer than zero and at most {LongestTimeout}");
    }

    private static ArgumentException Invalid(string property, string what) => new($"{nameof(DatabaseOptions)}.{property} {what}.");
}
