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
    private readonly Counter<long> _fallbacks;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _unknown;

    public DataMetrics(Database database, TopologyMonitor monitor)
    {
        _meter = new(new MeterOptions(MeterName) { Scope = database });
        _queries = _meter.CreateCounter<long>("database.queries", "{operation}", "Units of work handed to a node.");
        _causalWaits = _meter.CreateCounter<long>("database.causal.waits", "{read}", "Reads that carried a causal token, by how it was met.");
        _fallbacks = _meter.CreateCounter<long>("database.fallbacks", "{read}", "Reads that a replica should have answered and the primary did.");
        _retries = _meter.CreateCounter<long>("database.write.retries", "{retry}", "Writes begun anew, by reason; none of them was executed before.");
        _unknown = _meter.CreateCounter<long>("database.write.unknown", "{write}", "Writes whose COMMIT was not confirmed.");
        _meter.CreateObservableGauge("database.node.role", () => Roles(monitor.Current), "{node}", "1 for the role that a node has, 0 for the others.");
        _meter.CreateObservableGauge("database.monitor.age", () => Ages(monitor), "s", "Time since a node's last answered probe began.");
    }

    /// <summary>The meter's name, for the exporter.</summary>
    public const string MeterName = "FooBar.Data";

    public void Query(string operation, NodeRole role, string node) =>
        _queries.Add(1, new("operation", operation), new("role", Word(role)), new("node", node));

    public void CausalWait(string outcome) => _causalWaits.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    public void Fallback(string reason) => _fallbacks.Add(1, new KeyValuePair<string, object?>("reason", reason));

    public void Retry(string reason) => _retries.Add(1, new KeyValuePair<string, object?>("reason", reason));

    public void Unknown() => _unknown.Add(1);

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<int>> Roles(Topology topology)
    {
        foreach (NodeState node in topology.Nodes)
        {
            foreach (NodeRole role in Enum.GetValues<NodeRole>())
                yield return new(node.Role == role ? 1 : 0, new("node", node.Name), new KeyValuePair<string, object?>("role", Word(role)));
        }
    }

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

        public const string NoReplica = "no_replica";
        public const string ReplicaFailed = "replica_failed";
        public const string CausalTimeout = "causal_timeout";
        public const string CausalFailed = "causal_failed";

        /// <summary>The session does not know what it wrote (see <see cref="DataLog.TokenLost"/>).</summary>
        public const string TokenLost = "token_lost";

        public const string Conflict = "conflict";
        public const string ReadOnlyNode = "read_only";
        public const string NodeLost = "node_lost";
    }
}
