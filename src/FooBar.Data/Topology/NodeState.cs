namespace FooBar.Data;

/// <summary>What is known of one node at one moment. Immutable.</summary>
public sealed record NodeState
{
    /// <summary>How many probes must fail in a row before a node counts as offline. One may be lost to a hiccup.</summary>
    internal const int FailuresUntilOffline = 2;

    internal NodeState(Node node) => Node = node;

    /// <summary>The node's configured name.</summary>
    public string Name => Node.Name;

    /// <summary>What it has proved to be.</summary>
    public NodeRole Role { get; internal init; }

    /// <summary>Why it is neither primary nor replica; null when it is one of them.</summary>
    public string? Reason { get; internal init; } = "it has not been asked yet";

    /// <summary>What it had executed at its last answer: a lower bound of what it holds now. Kept while it is offline.</summary>
    public GtidSet Executed { get; internal init; } = GtidSet.Empty;

    /// <summary>Probes failed since the last answer.</summary>
    public int Failures { get; internal init; }

    /// <summary>The start of its last answered probe, in timestamps of the options' clock; null before the first answer.</summary>
    public long? ProvenAt { get; internal init; }

    /// <summary>
    /// The moment, in timestamps of the options' clock, of the newest state of the primary that the node is proven to hold: what it answers
    /// lacks nothing that was acknowledged before. Null while nothing is proven.
    /// </summary>
    public long? FreshAsOf { get; internal init; }

    /// <summary>How it replicates, as it said last; null before its first answer.</summary>
    public ReplicationMode? Mode { get; internal init; }

    /// <summary>The server's own <c>server_uuid</c>, as it said last; null before its first answer.</summary>
    public string? ServerUuid { get; internal init; }

    /// <summary>Who it is.</summary>
    internal Node Node { get; }

    /// <summary>What its last answer claims, before the claims of the others are weighed.</summary>
    internal NodeRole Claim { get; init; }

    /// <summary>Why it claims no role, as <see cref="Reason"/> is when no other node contradicts.</summary>
    internal string? ClaimReason { get; init; } = "it has not been asked yet";

    /// <summary>
    /// When it came while others served already, or came back with less than it had: what all nodes were known to hold until then, it need not, and
    /// tokens were dropped for it. It serves reads once it is proven to hold the primary's state of then. Null for a node of the beginning.
    /// </summary>
    internal long? CameAt { get; init; }

    /// <summary>See <see cref="MemberReport.TakesNoWrites"/>; of its last answer.</summary>
    internal bool TakesNoWrites { get; init; }

    /// <summary>What it holds and the primary does not, though it should; see <see cref="ErrantTransactions"/>.</summary>
    internal ErrantTransactions Errant { get; init; }

    /// <summary>The state after an answer to a probe that started at <paramref name="startedAt"/>.</summary>
    internal NodeState Answered(MemberReport report, long startedAt)
    {
        (NodeRole claim, string? reason) = report.Claim();
        return this with
        {
            Claim = claim,
            ClaimReason = reason,
            Executed = report.Executed,
            Failures = 0,
            ProvenAt = startedAt,
            Mode = report.Mode,
            ServerUuid = report.ServerUuid,
            TakesNoWrites = report.TakesNoWrites,
            // Reset or restored: what was proven of it is no longer true.
            FreshAsOf = report.Executed.Contains(Executed) ? FreshAsOf : null,
            CameAt = report.Executed.Contains(Executed) ? CameAt : startedAt,
        };
    }

    /// <summary>The state after a probe that failed.</summary>
    internal NodeState Failed(string error) => Failures + 1 >= FailuresUntilOffline || ProvenAt is null
        ? this with { Failures = Failures + 1, Claim = NodeRole.Offline, ClaimReason = error }
        : this with { Failures = Failures + 1 };

    /// <summary>The name, the role and the reason, for messages.</summary>
    public override string ToString() => Reason is null ? $"{Name} {Role}" : $"{Name} {Role} ({Reason})";
}
