using System.Diagnostics;

namespace FooBar.Data;

/// <summary>What one read has met, from its first trouble on; the many that meet none have none. For one operation, not thread-safe.</summary>
internal sealed class Reading(OperationAttempts attempts)
{
    public OperationAttempts Attempts { get; } = attempts;

    /// <summary>Why the next node answers and not the first; null as long as nothing has happened.</summary>
    public string? Reason { get; set; }

    /// <summary>Whether it has waited on a replica: from then on only one that is known to hold what it must see will do.</summary>
    public bool HasWaited { get; set; }

    /// <summary>The replicas that failed it since it last waited for a node; null for none.</summary>
    public HashSet<Node>? Failed { get; set; }

    /// <summary>Whether it has waited for a node, as all do that come while there is none that can answer.</summary>
    public bool WasHeld { get; set; }

    /// <summary>Whether it has waited in vain for a place among the reads that the primary answers in the replicas' stead.</summary>
    public bool WasInLine { get; set; }

    /// <summary>Whether too many reads are repeated at this time for it to be at once.</summary>
    public bool MustPause { get; set; }

    /// <summary>The replica that has it in hand.</summary>
    public Node? Node { get; set; }

    /// <summary>The trace of it; null when nobody listens.</summary>
    public Activity? Activity => Attempts.Activity;

    /// <summary>Whether there is a node to go on with.</summary>
    public bool CanGoOn(Topology topology, ReadNeed need) => Attempts.IsProven(topology) || (!need.OnlyPrimary && topology.Nodes.Any(node =>
        Attempts.IsReplicaSince(node) && (!HasWaited || node.Executed.Contains(need.Required))));
}
