using System.Text.Json;

namespace FooBar.Benchmarks.DataLayer;

/// <summary>One server of the cluster, as a contestant's process finds it.</summary>
/// <param name="Port">Where it listens.</param>
/// <param name="RouterPort">Where MySQL Router leads to it; null without the router.</param>
/// <param name="Monitor">The connection string for the monitor of FooBar.Data.</param>
internal sealed record NodeAddress(int Port, int? RouterPort, string Monitor);

/// <summary>The cluster: the primary first, then the replicas.</summary>
internal sealed record ClusterAddress(IReadOnlyList<NodeAddress> Nodes)
{
    public string ToArgument() => JsonSerializer.Serialize(this);

    public static ClusterAddress Parse(string argument) => JsonSerializer.Deserialize<ClusterAddress>(argument) ?? throw new ArgumentException("No address.", nameof(argument));
}
