namespace FooBar.Data.Tests.History;

/// <summary>The violations of one history: all are counted, the first are kept.</summary>
/// <param name="time">Whose timestamps the calls hold.</param>
/// <param name="beginning">The history's first timestamp.</param>
/// <param name="maximum">How many are kept: a thing that goes wrong goes wrong thousands of times.</param>
internal sealed class Violations(TimeProvider time, long beginning, int maximum)
{
    private readonly List<Violation> _kept = [];
    private readonly SortedDictionary<Rule, int> _counts = [];

    public IReadOnlyList<Violation> Kept => _kept;

    public IReadOnlyDictionary<Rule, int> Counts => _counts;

    /// <summary>Adds one. What happened is put into words only if it is kept.</summary>
    public void Add(Rule rule, int key, long value, Func<string> what)
    {
        _counts[rule] = _counts.GetValueOrDefault(rule) + 1;
        if (_kept.Count < maximum)
            _kept.Add(new(rule, key, value, what()));
    }

    /// <summary>A call in words.</summary>
    public string Describe(Call call)
    {
        string what = call switch
        {
            AppendCall { Outcome: AppendOutcome.Acknowledged } append => $"append of {append.Value}, Acknowledged with {append.Answer}",
            AppendCall append => $"append of {append.Value}, {append.Outcome}",
            ReadCall read => $"{read.Freshness} read of [{string.Join(", ", read.Values ?? [])}]",
            _ => call.GetType().Name,
        };
        return $"client {call.Client} on instance {call.Instance} in session {call.Session}, {At(call.StartedAt)} to {At(call.EndedAt)} ms: {what}"
            + (call.Error is null ? "" : $" ({call.Error})");
    }

    /// <summary>Some calls in words.</summary>
    public string Describe(IEnumerable<Call> calls) => string.Join("; ", calls.OrderBy(call => call.StartedAt).Select(Describe));

    private string At(long timestamp) => time.GetElapsedTime(beginning, timestamp).TotalMilliseconds.ToString("0.000", null);
}
