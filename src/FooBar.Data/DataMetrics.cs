using System.Diagnostics.Metrics;

namespace FooBar.Data;

/// <summary>
/// Every instrument of the data layer. Labels are bounded: node names are configured, everything else is a word of this file.
/// Each database has a meter of its own, whose scope is the database, so that two in one process stay apart.
/// </summary>
internal sealed class DataMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly Counter<long> _queries;
    private readonly Counter<long> _causalWaits;
    private readonly Counter<long> _reads;
    private readonly UpDownCounter<long> _waiting;
    private readonly Histogram<double> _waits;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _unknown;
    private readonly Counter<long> _resolved;

    public DataMetrics(Database database, TopologyMonitor monitor)
    {
        _meter = new(new MeterOptions(MeterName) { Scope = database });
        _queries = _meter.CreateCounter<long>("database.queries", "{operation}", "Units of work handed to a node.");
        _causalWaits = _meter.CreateCounter<long>("database.causal.waits", "{read}", "Reads that carried a causal token, by how it was met.");
        _reads = _meter.CreateCounter<long>("database.reads", "{read}", "Reads answered, by who answered and why it was not another node.");
        _waiting = _meter.CreateUpDownCounter<long>("database.waiting", "{operation}", "Operations that wait for a node, or for their turn on it, now.");
        _waits = _meter.CreateHistogram<double>("database.wait.duration", "s", "Time that an operation waited for a node, or for its turn on it, by whether it came.");
        _retries = _meter.CreateCounter<long>("database.write.retries", "{retry}", "Writes begun anew, by reason; none of them was executed before.");
        _unknown = _meter.CreateCounter<long>("database.write.unknown", "{write}", "Writes whose COMMIT was not confirmed and whose outcome stayed unknown.");
        _resolved = _meter.CreateCounter<long>("database.write.resolved", "{write}", "Writes whose COMMIT was not confirmed and whose outcome was found out, by what it was.");
        _meter.CreateObservableCounter("database.failovers", () => monitor.Failovers.Count, "{failover}", "Changes from one proven primary to another.");
        _meter.CreateObservableGauge("database.failover.duration", () => LastFailover(monitor), "s", "The last failover: from the old primary's last answered probe to the proof of the new one.");
        _meter.CreateObservableGauge("database.epoch", () => monitor.Current.Epoch, "{change}", "Changes of the primary, to no primary too, since the start.");
        _meter.CreateObservableGauge("database.node.role", () => Roles(monitor.Current), "{node}", "1 for the role that a node has, 0 for the others.");
        _meter.CreateObservableGauge("database.monitor.age", () => Ages(monitor), "s", "Time since a node's last answered probe began.");
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
    }

    public void Query(string operation, NodeRole role, string node) =>
        _queries.Add(1, new("operation", operation), new("role", Word(role)), new("node", node));

    public void CausalWait(string outcome) => _causalWaits.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

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

    public void Unknown() => _unknown.Add(1);

    public void Resolved(string outcome) => _resolved.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    public void Dispose() => _meter.Dispose();

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

    private static IEnumerable<Measurement<double>> Ages(TopologyMonitor monitor)
    {
        Topology topology = monitor.Current;
        for (int i = 0; i < topology.Nodes.Count; i++)
            yield return new(monitor.AgeOf(i).TotalSeconds, new KeyValuePair<string, object?>("node", topology.Nodes[i].Name));
    }

    private static string Word(NodeRole role) => role switch
    {
        NodeRole.Primary => "primary",
        NodeRole.Replica => "replica",
        NodeRole.Offline => "offline",
        _ => "unknown",
    };

    /// <summary>The values of the labels <c>outcome</c>, <c>reason</c> and <c>operation</c>.</summary>
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
        public const string NoReplica = "no_replica";
        public const string ReplicaFailed = "replica_failed";
        public const string CausalTimeout = "causal_timeout";
        public const string CausalFailed = "causal_failed";

        /// <summary>The session does not know what it wrote (see <see cref="DataLog.TokenLost"/>).</summary>
        public const string TokenLost = "token_lost";

        /// <summary>A node came in time.</summary>
        public const string Served = "served";
        public const string Unserved = "unserved";

        /// <summary>The unanswered COMMIT had been done.</summary>
        public const string Committed = "committed";

        /// <summary>The unanswered COMMIT had not been done, and the repetition was.</summary>
        public const string Repeated = "repeated";

        public const string Conflict = "conflict";
        public const string ReadOnlyNode = "read_only";
        public const string NodeLost = "node_lost";
    }
}
