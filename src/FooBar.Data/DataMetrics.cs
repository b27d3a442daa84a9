using System.Diagnostics.Metrics;

namespace FooBar.Data;

/// <summary>
/// Every instrument of the data layer. Labels are bounded: node names are configured, everything else is a word of this file.
/// Each database has a meter of its own, whose scope is the database, so that two in one process stay apart.
/// </summary>
internal sealed class DataMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly Counter<long> _causalWaits;
    private readonly Histogram<double> _causalWaitTimes;
    private readonly Counter<long> _reads;
    private readonly UpDownCounter<long> _waiting;
    private readonly Histogram<double> _waits;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _failedTries;
    private readonly Counter<long> _unanswered;
    private readonly Counter<long> _unknown;
    private readonly Counter<long> _resolved;
    private readonly Counter<long> _shed;
    private readonly Counter<long> _hedged;
    private readonly Counter<long> _rejected;
    private readonly Counter<long> _pruned;

    public DataMetrics(Database database, TopologyMonitor monitor)
    {
        _meter = new(new MeterOptions(MeterName) { Scope = database });
        _meter.CreateObservableCounter("database.queries", () => Queries(monitor.Current), "{operation}", "Units of work handed to a node.");
        _causalWaits = _meter.CreateCounter<long>("database.causal.waits", "{read}", "Reads that carried a causal token, by how it was met.");
        _causalWaitTimes = _meter.CreateHistogram<double>("database.causal.wait.duration", "s", "Time that a read waited on a node for what it had to see, by how that ended.");
        _reads = _meter.CreateCounter<long>("database.reads", "{read}", "Reads answered, by who answered and why it was not another node.");
        _waiting = _meter.CreateUpDownCounter<long>("database.waiting", "{operation}", "Operations that wait for a node, or for their turn on it, now.");
        _waits = _meter.CreateHistogram<double>("database.wait.duration", "s", "Time that an operation waited for a node, or for its turn on it, by whether it came.");
        _retries = _meter.CreateCounter<long>("database.write.retries", "{retry}", "Writes begun anew, by reason; none of them was executed before.");
        _failedTries = _meter.CreateCounter<long>("database.tries.failed", "{try}", "Tries of operations that a node failed, after which the operation goes on elsewhere or later as long as it has time.");
        _unanswered = _meter.CreateCounter<long>("database.write.unanswered", "{commit}", "COMMITs whose answer did not come or proves nothing.");
        _unknown = _meter.CreateCounter<long>("database.write.unknown", "{write}", "Writes whose COMMIT was not confirmed and whose outcome stayed unknown.");
        _resolved = _meter.CreateCounter<long>("database.write.resolved", "{write}", "Writes whose COMMIT was not confirmed and whose outcome was found out, by what it was.");
        _shed = _meter.CreateCounter<long>("database.reads.shed", "{read}", "Reads that no replica could answer and for which the primary had no place.");
        _hedged = _meter.CreateCounter<long>("database.reads.hedged", "{read}", "Reads sent to a second node because the first was slow, by which one answered first.");
        _rejected = _meter.CreateCounter<long>("database.tokens.rejected", "{token}", "Causal tokens that were not heeded, by what was wrong with them.");
        _pruned = _meter.CreateCounter<long>("database.operations.pruned", "{operation}", "Keys of old operations deleted.");
        _meter.CreateObservableUpDownCounter("database.node.in_flight", () => PerNode(monitor, state => state.Node.Work.Outstanding), "{operation}", "Operations that a node has in hand.");
        _meter.CreateObservableGauge("database.node.latency", () => PerNode(monitor, state => TimeSpan.FromTicks(state.Node.Standing.Latency).TotalSeconds), "s", "Time of a node's answer to the monitor, averaged over some ten.");
        _meter.CreateObservableCounter("database.node.ejections", () => PerNode(monitor, state => (long)state.Node.Standing.Ejections), "{ejection}", "How often a node was left out for failing what was sent there.");
        _meter.CreateObservableGauge("database.node.staleness", () => Staleness(monitor.Current, database.Options.TimeProvider), "s", "How old a node's answers are at most, by proof.");
        _meter.CreateObservableGauge("database.writers", () => monitor.Current.WriterStatus == WriterStatus.Conflict ? 2 : monitor.Current.Primary is null ? 0 : 1, "{node}", "1 with a proven primary, 0 without one, 2 when more than one node claims to be it.");
        _meter.CreateObservableCounter("database.failovers", () => monitor.Failovers.Count, "{failover}", "Changes from one proven primary to another.");
        _meter.CreateObservableGauge("database.failover.duration", () => LastFailover(monitor), "s", "The last failover: from the old primary's last answered probe to the proof of the new one.");
        _meter.CreateObservableGauge("database.epoch", () => monitor.Current.Epoch, "{change}", "Changes of the primary, to no primary too, since the start.");
        _meter.CreateObservableGauge("database.node.role", () => Roles(monitor.Current), "{node}", "1 for the role that a node has, 0 for the others.");
        _meter.CreateObservableGauge("database.monitor.age", () => PerNode(monitor, state => monitor.AgeOf(state).TotalSeconds), "s", "Time since a node's last answered probe began.");
    }

    /// <summary>The meter's name, for the exporter.</summary>
    public const string MeterName = "FooBar.Data";

    /// <summary>
    /// Gives the counters that alerts look at their first value, 0: a rate does not see a series that begins at 1. To be called when the
    /// exporter listens.
    /// </summary>
    public void Begin()
    {
        foreach (string outcome in (string[])[Words.Known, Words.Reached, Words.Timeout, Words.Failed, Words.Foreign])
            _causalWaits.Add(0, new KeyValuePair<string, object?>("outcome", outcome));
        _shed.Add(0);
        _unknown.Add(0);
        _unanswered.Add(0);
    }

    public void CausalWait(string outcome) => _causalWaits.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    /// <summary>A wait on a node, which took so long.</summary>
    public void CausalWait(string outcome, TimeSpan waited)
    {
        CausalWait(outcome);
        _causalWaitTimes.Record(waited.TotalSeconds, new KeyValuePair<string, object?>("outcome", outcome));
    }

    public void Read(NodeRole role, string reason) =>
        _reads.Add(1, new("role", Word(role)), new KeyValuePair<string, object?>("reason", reason));

    public void WaitBegins(string operation) => _waiting.Add(1, new KeyValuePair<string, object?>("operation", operation));

    public void WaitEnds(string operation, bool served, TimeSpan waited)
    {
        _waiting.Add(-1, new KeyValuePair<string, object?>("operation", operation));
        _waits.Record(
            waited.TotalSeconds, new("operation", operation), new KeyValuePair<string, object?>("outcome", served ? Words.Served : Words.Unserved));
    }

    public void Retry(string reason) => _retries.Add(1, new KeyValuePair<string, object?>("reason", reason));

    public void TryFailed(string operation, Attempt attempt) => _failedTries.Add(
        1, new("operation", operation), new("role", Word(attempt.Role)), new KeyValuePair<string, object?>("node", attempt.Node));

    public void Unanswered() => _unanswered.Add(1);

    public void Unknown() => _unknown.Add(1);

    public void Resolved(string outcome) => _resolved.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    public void Shed() => _shed.Add(1);

    public void Hedged(bool won) => _hedged.Add(1, new KeyValuePair<string, object?>("winner", won ? "second" : "first"));

    public void TokenRejected(TokenDefect defect) => _rejected.Add(1, new KeyValuePair<string, object?>("reason", defect switch
    {
        TokenDefect.Forged => "forged",
        TokenDefect.Oversized => "oversized",
        TokenDefect.Corrupt => "corrupt",
        TokenDefect.Foreign => "foreign",
        _ => "lost",
    }));

    public void Pruned(int operations) => _pruned.Add(operations);

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<long>> Queries(Topology topology)
    {
        foreach (NodeState state in topology.Nodes)
        {
            foreach ((string operation, NodeRole role, long count) in ((string, NodeRole, long)[])
                [
                    (Words.Read, NodeRole.Replica, state.Node.Counts.ReplicaReads),
                    (Words.Read, NodeRole.Primary, state.Node.Counts.PrimaryReads),
                    (Words.Write, NodeRole.Primary, state.Node.Counts.Writes),
                ])
            {
                yield return new(count, new("operation", operation), new("role", Word(role)), new KeyValuePair<string, object?>("node", state.Name));
            }
        }
    }

    private static IEnumerable<Measurement<T>> PerNode<T>(TopologyMonitor monitor, Func<NodeState, T> value)
        where T : struct
    {
        foreach (NodeState state in monitor.Current.Nodes)
            yield return new(value(state), new KeyValuePair<string, object?>("node", state.Name));
    }

    private static IEnumerable<Measurement<double>> Staleness(Topology topology, TimeProvider time)
    {
        foreach (NodeState state in topology.Nodes)
        {
            if (state.FreshAsOf is { } freshAsOf)
                yield return new(time.GetElapsedTime(freshAsOf).TotalSeconds, new KeyValuePair<string, object?>("node", state.Name));
        }
    }

    private static IEnumerable<Measurement<int>> Roles(Topology topology)
    {
        foreach (NodeState node in topology.Nodes)
        {
            foreach (NodeRole role in Enum.GetValues<NodeRole>())
                yield return new(node.Role == role ? 1 : 0, new("node", node.Name), new KeyValuePair<string, object?>("role", Word(role)));
        }
    }

    private static IEnumerable<Measurement<double>> LastFailover(TopologyMonitor monitor) =>
        monitor.Failovers.LastDuration is { } duration ? [new(duration.TotalSeconds)] : [];

    public static string Word(NodeRole role) => role switch
    {
        NodeRole.Primary => "primary",
        NodeRole.Replica => "replica",
        NodeRole.Offline => "offline",
        _ => "unknown",
    };

    /// <summary>The values of the labels <c>outcome</c>, <c>reason</c> and <c>operation</c>, and of the traces' tags.</summary>
    internal static class Words
    {
        public const string Read = "read";
        public const string Write = "write";

        /// <summary>The node was known to hold the token: no round trip.</summary>
        public const string Known = "known";
        public const string Reached = "reached";
        public const string Timeout = "timeout";
        public const string Failed = "failed";

        /// <summary>The token is of a history that the primary does not know; it was dropped.</summary>
        public const string Foreign = "foreign";

        /// <summary>The first replica that was asked answered.</summary>
        public const string Replica = "replica";

        /// <summary>The read asked for the primary.</summary>
        public const string Latest = "latest";
        /// <summary>The read's bound is shorter than the age of the newest sample.</summary>
        public const string NoSample = "no_sample";
        public const string NoReplica = "no_replica";
        public const string ReplicaFailed = "replica_failed";
        public const string CausalTimeout = "causal_timeout";
        public const string CausalFailed = "causal_failed";

        /// <summary>The session does not know what it wrote (see <see cref="DataLog.TokenLost"/>).</summary>
        public const string TokenLost = "token_lost";

        /// <summary>A node came in time.</summary>
        public const string Served = "served";
        public const string Unserved = "unserved";

        /// <summary>What an operation was held for: a node, its turn on the primary, a place among the reads that the primary answers for the replicas.</summary>
        public const string Node = "node";
        public const string Turn = "turn";
        public const string PrimaryRead = "primary_read";

        /// <summary>What became of the unanswered COMMIT was not found out.</summary>
        public const string Unknown = "unknown";

        /// <summary>The unanswered COMMIT had been done.</summary>
        public const string Committed = "committed";

        /// <summary>The unanswered COMMIT had not been done, and the repetition was.</summary>
        public const string Repeated = "repeated";

        /// <summary>The unanswered COMMIT had not been done, and the repetition's work failed.</summary>
        public const string NotApplied = "not_applied";

        /// <summary>An earlier try under the same key had been committed: its result is the answer.</summary>
        public const string Duplicate = "duplicate";

        public const string Conflict = "conflict";
        public const string ReadOnlyNode = "read_only";
        public const string NodeLost = "node_lost";
    }
}
