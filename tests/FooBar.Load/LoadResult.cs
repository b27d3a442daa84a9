namespace FooBar.Load;

/// <summary>An operation that failed.</summary>
/// <param name="Index">Its number, from 0.</param>
/// <param name="At">When it was due, counted from the start.</param>
/// <param name="Reason">Its outcome.</param>
public sealed record LoadFailure(int Index, TimeSpan At, string Reason);

/// <summary>One second of a run, counted from its start. What starts in one second may end in a later one.</summary>
/// <param name="Started">Operations started in it.</param>
/// <param name="Succeeded">Operations that succeeded in it.</param>
/// <param name="Failed">Operations that failed in it.</param>
/// <param name="MaxLatency">The longest latency of those that ended in it; zero when none did.</param>
public readonly record struct LoadSecond(long Started, long Succeeded, long Failed, TimeSpan MaxLatency);

/// <summary>What became of a plan. Immutable.</summary>
public sealed class LoadResult
{
    internal LoadResult()
    {
    }

    /// <summary>The plan's name.</summary>
    public required string Name { get; init; }

    /// <summary>Arrivals planned: the whole part of rate times duration.</summary>
    public required long Planned { get; init; }

    /// <summary>Operations started; fewer than planned only when the run was stopped or the generator was full.</summary>
    public required long Started { get; init; }

    /// <summary>Those that succeeded in time.</summary>
    public required long Succeeded { get; init; }

    /// <summary>Those that did not, and those that the generator was too full to start.</summary>
    public required long Failed { get; init; }

    /// <summary>How often each outcome came, successes under <see cref="LoadOutcome.Ok"/>.</summary>
    public required IReadOnlyDictionary<string, long> Outcomes { get; init; }

    /// <summary>
    /// From the instant at which each operation was <em>due</em> to its end, whatever its outcome: when the server stalls, what waited to
    /// be sent has waited too. What was never started is not in it.
    /// </summary>
    public required LatencyHistogram Latency { get; init; }

    /// <summary>From the instant at which each operation was really begun to its end.</summary>
    public required LatencyHistogram ServiceTime { get; init; }

    /// <summary>The first 100 that failed, in the order in which they did.</summary>
    public required IReadOnlyList<LoadFailure> Failures { get; init; }

    /// <summary>The longest time in which nothing succeeded, the time before the first success and after the last one included; the whole run when nothing did.</summary>
    public required TimeSpan LongestGapBetweenSuccesses { get; init; }

    /// <summary>The rate that was kept: the starts after the first, over the time from the first to the last; 0 with fewer than two.</summary>
    public required double StartedPerSecond { get; init; }

    /// <summary>From the start to the end of the last operation.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>The run second by second.</summary>
    public required IReadOnlyList<LoadSecond> Timeline { get; init; }

    /// <summary>All of it as a table, for a test's output.</summary>
    public string Report() => LoadReport.Of(this);
}
