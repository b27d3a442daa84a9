using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

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

    /// <summary>The operation has failed, in the topology of this moment.</summary>
    public static void Failed(Activity? activity, Exception failure, Database database)
    {
        activity?.SetStatus(ActivityStatusCode.Error, failure.GetType().Name);
        activity?.SetTag("foobar.epoch", database.Topology.Epoch);
    }

    /// <summary>A node failed one try: the next one is elsewhere, or later.</summary>
    public static void TryFailed(Activity? activity, Attempt attempt)
    {
        if (IsRecorded(activity))
            activity.AddEvent(Event("try failed", attempt));
    }

    /// <summary>The operation was held, and for what; the tag adds up its waits.</summary>
    public static void Held(Activity? activity, string what, bool served, TimeSpan waited)
    {
        if (!IsRecorded(activity))
            return;
        activity.SetTag("foobar.held_s", (activity.GetTagItem("foobar.held_s") as double? ?? 0) + waited.TotalSeconds);
        activity.AddEvent(new("held", tags: new()
        {
            { "foobar.held_for", what },
            { "foobar.outcome", served ? DataMetrics.Words.Served : DataMetrics.Words.Unserved },
            { "foobar.waited_s", waited.TotalSeconds },
        }));
    }

    /// <summary>How the token was met, without a wait.</summary>
    public static void CausalWait(Activity? activity, string outcome) => activity?.SetTag("foobar.causal_wait", outcome);

    /// <summary>How the token was met, after a wait on a node; of several waits the tag tells the last one's outcome.</summary>
    public static void CausalWait(Activity? activity, string outcome, Node node, TimeSpan waited)
    {
        if (!IsRecorded(activity))
            return;
        CausalWait(activity, outcome);
        activity.AddEvent(new("causal wait", tags: new()
        {
            { "foobar.node", node.Name },
            { "foobar.outcome", outcome },
            { "foobar.waited_s", waited.TotalSeconds },
        }));
    }

    /// <summary>A COMMIT stays without an answer that proves anything: the outcome is open.</summary>
    public static void Unanswered(Activity? activity, Attempt commit)
    {
        if (IsRecorded(activity))
            activity.AddEvent(Event("commit unanswered", commit));
    }

    /// <summary>What became of an unanswered COMMIT is known.</summary>
    /// <param name="activity">The write's; null when nobody listens.</param>
    /// <param name="committedOn">The node that did not answer.</param>
    /// <param name="outcome">A word of <see cref="DataMetrics.Words"/>.</param>
    /// <param name="shownBy">The node that shows it.</param>
    /// <param name="elapsed">Since the write began.</param>
    public static void Resolved(Activity? activity, string committedOn, string outcome, Node shownBy, TimeSpan elapsed)
    {
        if (!IsRecorded(activity))
            return;
        activity.SetTag("foobar.outcome", outcome);
        activity.AddEvent(new("commit resolved", tags: new()
        {
            { "foobar.node", committedOn },
            { "foobar.outcome", outcome },
            { "foobar.shown_by", shownBy.Name },
            { "foobar.elapsed_s", elapsed.TotalSeconds },
        }));
    }

    /// <summary>What became of an unanswered COMMIT stays unknown.</summary>
    public static void Unknown(Activity? activity, Attempt commit)
    {
        if (!IsRecorded(activity))
            return;
        activity.SetTag("foobar.outcome", DataMetrics.Words.Unknown);
        activity.AddEvent(Event("outcome unknown", commit));
    }

    /// <summary>Not when the trace is passed on and its details are not wanted.</summary>
    private static bool IsRecorded([NotNullWhen(true)] Activity? activity) => activity is { IsAllDataRequested: true };

    private static ActivityEvent Event(string name, Attempt attempt) => new(name, tags: new()
    {
        { "foobar.node", attempt.Node },
        { "foobar.role", DataMetrics.Word(attempt.Role) },
        { "foobar.elapsed_s", attempt.Elapsed.TotalSeconds },
        { "exception.type", attempt.Failure.GetType().FullName },
        { "exception.message", attempt.Failure.Message },
    });
}
