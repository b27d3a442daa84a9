namespace FooBar.Data.Tests.History;

/// <summary>Everything that was called and answered, and what was in the database when all calls had ended. Immutable.</summary>
/// <param name="Appends">Every sending of every append, in any order.</param>
/// <param name="Reads">Every read, in any order.</param>
/// <param name="FinalLists">The rows of each list in the order of their ids. A list that is missing is empty.</param>
/// <param name="Time">Whose timestamps the calls hold.</param>
internal sealed record RecordedHistory(
    IReadOnlyList<AppendCall> Appends, IReadOnlyList<ReadCall> Reads, IReadOnlyDictionary<int, IReadOnlyList<FinalRow>> FinalLists, TimeProvider Time)
{
    /// <summary>
    /// How long the reads took that were begun between two timestamps, all or of one kind, the failed ones too: each had somebody waiting.
    /// </summary>
    public Latencies LatenciesOfReads(long from, long to, ReadKind? kind = null) => new(Reads
        .Where(read => read.StartedAt >= from && read.StartedAt < to && (kind is null || read.Freshness.Kind == kind))
        .Select(read => Time.GetElapsedTime(read.StartedAt, read.EndedAt)));

    /// <summary>How long the appends took that were begun between two timestamps, the failed ones too.</summary>
    public Latencies LatenciesOfAppends(long from, long to) => new(Appends
        .Where(append => append.StartedAt >= from && append.StartedAt < to)
        .Select(append => Time.GetElapsedTime(append.StartedAt, append.EndedAt)));
}

/// <summary>One row of a final list.</summary>
/// <param name="Id">The row's id, which an acknowledged append returned.</param>
/// <param name="Value">The value that was appended.</param>
internal readonly record struct FinalRow(long Id, long Value);
