using System.Diagnostics;

namespace FooBar.Data;

/// <summary>The traces of the layer's decisions: one span an operation, what the driver's own spans belong to. Costs nothing while nobody listens.</summary>
internal static class DataTracing
{
    /// <summary>The source's name, for the exporter.</summary>
    public const string SourceName = "FooBar.Data";

    private static readonly ActivitySource Source = new(SourceName);

    public static bool IsHeard => Source.HasListeners();

    public static Activity? Begin(string operation)
    {
        Activity? activity = Source.StartActivity($"database {operation}", ActivityKind.Internal);
        activity?.SetTag("db.system.name", "mysql");
        activity?.SetTag("foobar.operation", operation);
        return activity;
    }

    /// <summary>Says where an operation was done, why there, and how old the node's answers may be at most.</summary>
    public static void Answered(Activity? activity, Node node, NodeRole role, string reason, Database database)
    {
        if (activity is null)
            return;
        Topology topology = database.Topology;
        activity.SetTag("foobar.node", node.Name);
        activity.SetTag("foobar.role", DataMetrics.Word(role));
        activity.SetTag("foobar.reason", reason);
        activity.SetTag("foobar.epoch", topology.Epoch);
        if (topology.StateOf(node)?.FreshAsOf is { } freshAsOf)
            activity.SetTag("foobar.staleness_s", database.Options.TimeProvider.GetElapsedTime(freshAsOf).TotalSeconds);
    }

    public static void Failed(Activity? activity, Exception failure) => activity?.SetStatus(ActivityStatusCode.Error, failure.GetType().Name);
}
