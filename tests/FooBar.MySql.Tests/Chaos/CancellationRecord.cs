using System.Globalization;
using System.Text;

namespace FooBar.MySql.Tests.Chaos;

/// <summary>What came of a statement that was cancelled.</summary>
internal enum Outcome
{
    /// <summary>Its whole answer was there first.</summary>
    Finished,

    /// <summary>It was not sent any more.</summary>
    NotSent,

    /// <summary>The server has confirmed that it stopped it.</summary>
    Stopped,

    /// <summary>What was left of its answer was passed over.</summary>
    Discarded,

    /// <summary>Its connection was closed.</summary>
    CutOff,
}

/// <summary>Everything that was cancelled in a run, and what must be in the database because of it. Thread-safe.</summary>
internal sealed class CancellationRecord(int wanted)
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, int[]> _outcomes = new(StringComparer.Ordinal);
    private readonly List<Attempt> _attempts = [];
    private int _number;
    private int _interrupted;
    private TimeSpan _latest;
    private volatile bool _hasFailed;

    /// <summary>Whether so many cancellations as are wanted have taken effect, or the test has failed.</summary>
    public bool IsComplete => _hasFailed || Volatile.Read(ref _interrupted) >= wanted;

    /// <summary>The longest time from a cancellation until its call had ended.</summary>
    public TimeSpan Latest => _latest;

    /// <summary>How many statements were right: those that nobody cancelled, and those behind a cancelled one.</summary>
    public int Undisturbed { get; set; }

    public int CountOf(Outcome outcome) => _outcomes.Values.Sum(counts => counts[(int)outcome]);

    /// <summary>A number that no other statement has.</summary>
    public int NextNumber() => Interlocked.Increment(ref _number);

    /// <summary>Begins to keep account of rows that are to be written, all or none.</summary>
    public Attempt Begin(int number, int rows = 1)
    {
        Attempt attempt = new(number, rows);
        lock (_lock)
        {
            _attempts.Add(attempt);
        }

        return attempt;
    }

    /// <summary>Takes down what came of a cancelled statement.</summary>
    public void Add(string name, Outcome outcome, TimeSpan elapsed)
    {
        lock (_lock)
        {
            if (!_outcomes.TryGetValue(name, out int[]? counts)) _outcomes.Add(name, counts = new int[Enum.GetValues<Outcome>().Length]);
            counts[(int)outcome]++;
            if (outcome != Outcome.Finished) _interrupted++;
            if (elapsed > _latest) _latest = elapsed;
        }
    }

    /// <summary>A worker has failed: the others need not go on.</summary>
    public void Fail() => _hasFailed = true;

    public void AddUndisturbed()
    {
        lock (_lock)
        {
            Undisturbed++;
        }
    }

    /// <summary>What the database has that it must not have, and the other way round.</summary>
    public IEnumerable<string> Contradictions(IReadOnlyDictionary<int, int> rowsByNumber) =>
        _attempts.Select(attempt => attempt.Contradiction(rowsByNumber.GetValueOrDefault(attempt.Number))).OfType<string>()
            .Concat(rowsByNumber.Keys.Except(_attempts.Select(attempt => attempt.Number)).Select(number => $"nobody has written {number}"));

    public override string ToString()
    {
        StringBuilder table = new();
        table.AppendLine(CultureInfo.InvariantCulture, $"{"cancelled",-36}{string.Concat(Enum.GetNames<Outcome>().Select(name => $"{name,10}"))}");
        foreach ((string name, int[] counts) in _outcomes) table.AppendLine(CultureInfo.InvariantCulture, $"{name,-36}{string.Concat(counts.Select(count => $"{count,10}"))}");
        return table.ToString();
    }
}
