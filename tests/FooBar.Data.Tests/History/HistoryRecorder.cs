using System.Collections.Concurrent;

namespace FooBar.Data.Tests.History;

/// <summary>
/// Where callers write down what they called and were told, once the call has ended. Thread-safe; a note costs no more than its object's
/// place in a queue.
/// </summary>
/// <param name="time">The clock of every note.</param>
internal sealed class HistoryRecorder(TimeProvider time)
{
    private readonly ConcurrentQueue<AppendCall> _appends = [];
    private readonly ConcurrentQueue<ReadCall> _reads = [];
    private int _acknowledged;

    /// <summary>The clock of every note.</summary>
    public TimeProvider Time => time;

    /// <summary>How many sendings of appends were acknowledged so far.</summary>
    public int Acknowledged => Volatile.Read(ref _acknowledged);

    /// <summary>Notes an append that has ended.</summary>
    public void Add(AppendCall append)
    {
        _appends.Enqueue(append);
        if (append.Outcome == AppendOutcome.Acknowledged)
            Interlocked.Increment(ref _acknowledged);
    }

    /// <summary>Notes a read that has ended.</summary>
    public void Add(ReadCall read) => _reads.Enqueue(read);

    /// <summary>The history so far: complete when every call has ended before the final lists were read.</summary>
    public RecordedHistory With(IReadOnlyDictionary<int, IReadOnlyList<FinalRow>> finalLists) => new([.. _appends], [.. _reads], finalLists, time);
}
