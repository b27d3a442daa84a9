namespace FooBar.Load;

/// <summary>Collects what happens in one run. Thread-safe.</summary>
internal sealed class LoadRecorder(LoadPlan plan)
{
    private const int FailuresKept = 100;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _outcomes = [];
    private readonly List<LoadFailure> _failures = [];
    private readonly List<LoadSecond> _timeline = [];
    private readonly LatencyHistogram _latency = new();
    private readonly LatencyHistogram _serviceTime = new();
    private long _started;
    private long _succeeded;
    private long _failed;
    private TimeSpan _firstStart;
    private TimeSpan _lastStart;
    private TimeSpan _lastSuccess;
    private TimeSpan _longestGap;
    private TimeSpan _end;

    /// <summary>An operation starts.</summary>
    public void Start(TimeSpan now)
    {
        lock (_lock)
        {
            _firstStart = _started++ == 0 ? now : _firstStart;
            _lastStart = now;
            Second(now) = Second(now) with { Started = Second(now).Started + 1 };
        }
    }

    /// <summary>An arrival is due and cannot start.</summary>
    public void Refuse(int index, TimeSpan now)
    {
        lock (_lock)
        {
            Count(index, LoadOutcome.GeneratorFull, now);
        }
    }

    /// <summary>An operation ended.</summary>
    public void End(int index, string outcome, TimeSpan begun, TimeSpan now)
    {
        TimeSpan latency = now - plan.DueAt(index);
        _latency.Record(latency);
        _serviceTime.Record(now - begun);
        lock (_lock)
        {
            Count(index, outcome, now);
            Second(now) = Second(now) with { MaxLatency = latency > Second(now).MaxLatency ? latency : Second(now).MaxLatency };
        }
    }

    /// <summary>The result, when nothing runs any more.</summary>
    public LoadResult Finish()
    {
        lock (_lock)
        {
            double span = (_lastStart - _firstStart).TotalSeconds;
            return new LoadResult
            {
                Name = plan.Name,
                Planned = plan.Planned,
                Started = _started,
                Succeeded = _succeeded,
                Failed = _failed,
                Outcomes = _outcomes,
                Latency = _latency,
                ServiceTime = _serviceTime,
                Failures = _failures,
                LongestGapBetweenSuccesses = Longer(_longestGap, _end - _lastSuccess),
                StartedPerSecond = span > 0 ? (_started - 1) / span : 0,
                Elapsed = _end,
                Timeline = _timeline,
            };
        }
    }

    /// <summary>Must be called with the lock held.</summary>
    private void Count(int index, string outcome, TimeSpan now)
    {
        _end = Longer(_end, now);
        _outcomes[outcome] = _outcomes.GetValueOrDefault(outcome) + 1;
        if (outcome == LoadOutcome.Ok)
        {
            // Two threads may come here in another order than they read the clock: then there is no gap between them.
            _longestGap = Longer(_longestGap, now - _lastSuccess);
            _lastSuccess = Longer(_lastSuccess, now);
            _succeeded++;
            Second(now) = Second(now) with { Succeeded = Second(now).Succeeded + 1 };
            return;
        }

        _failed++;
        Second(now) = Second(now) with { Failed = Second(now).Failed + 1 };
        if (_failures.Count < FailuresKept)
        {
            _failures.Add(new LoadFailure(index, plan.DueAt(index), outcome));
        }
    }

    /// <summary>The second of an instant; must be called with the lock held, and the reference is good until the next call with a later instant.</summary>
    private ref LoadSecond Second(TimeSpan now)
    {
        int number = (int)now.TotalSeconds;
        while (_timeline.Count <= number)
        {
            _timeline.Add(default);
        }

        return ref System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_timeline)[number];
    }

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
