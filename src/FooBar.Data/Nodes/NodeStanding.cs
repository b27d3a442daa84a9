namespace FooBar.Data;

/// <summary>
/// How a node has done lately, for the choice among replicas: how quick it is, whether it has just come back, and whether it fails whoever
/// is sent there though it answers its probes (its connections are used up, say). Thread-safe.
/// </summary>
internal sealed class NodeStanding
{
    /// <summary>The weight of a node that has its full share.</summary>
    public const int FullWeight = 1024;

    /// <summary>How long a node that comes back has less than its full share: its caches are cold.</summary>
    public static readonly TimeSpan SlowStart = TimeSpan.FromSeconds(10);

    /// <summary>How many operations in a row must fail there before it is left out for a while.</summary>
    public const int FailuresUntilEjection = 3;

    /// <summary>How long it is left out at first; each time after that twice as long, up to <see cref="LongestEjection"/>.</summary>
    public static readonly TimeSpan FirstEjection = TimeSpan.FromSeconds(1);

    public static readonly TimeSpan LongestEjection = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private long _latency;
    private long _returnedAt;
    private long _ejectedUntil = long.MinValue;
    private volatile int _failures;
    private int _ejections;
    private int _ejectionsInAll;

    /// <summary>The time of an answer to a probe, in ticks of <see cref="TimeSpan"/>, averaged over some ten; 0 before the first.</summary>
    public long Latency => Interlocked.Read(ref _latency);

    /// <summary>How often it was left out since the start.</summary>
    public int Ejections => Volatile.Read(ref _ejectionsInAll);

    /// <summary>Its share of the work at this moment, up to <see cref="FullWeight"/>.</summary>
    /// <param name="now">A timestamp of the clock.</param>
    /// <param name="time">The clock.</param>
    public int WeightAt(long now, TimeProvider time)
    {
        long returnedAt = Volatile.Read(ref _returnedAt);
        if (returnedAt == 0)
            return FullWeight;
        TimeSpan since = time.GetElapsedTime(returnedAt, now);
        if (since >= SlowStart)
        {
            // Never looked at again: the clock is asked for by every read otherwise.
            Interlocked.CompareExchange(ref _returnedAt, 0, returnedAt);
            return FullWeight;
        }

        return Math.Max(FullWeight / 10, (int)(FullWeight * since.Ticks / SlowStart.Ticks));
    }

    /// <summary>Whether it is left out at this moment.</summary>
    public bool IsEjectedAt(long now) => now < Volatile.Read(ref _ejectedUntil);

    /// <summary>It serves again after it did not.</summary>
    public void Returned(long now)
    {
        lock (_lock)
        {
            (_failures, _ejections, _ejectedUntil) = (0, 0, long.MinValue);
            Volatile.Write(ref _returnedAt, now);
        }
    }

    public void Answered(TimeSpan latency)
    {
        long before = Latency;
        Interlocked.Exchange(ref _latency, before == 0 ? latency.Ticks : before + ((latency.Ticks - before) / 8));
    }

    /// <summary>An operation was done there.</summary>
    public void Succeeded()
    {
        // Read first: every operation passes here.
        if (_failures == 0 && Volatile.Read(ref _ejections) == 0)
            return;
        lock (_lock)
            (_failures, _ejections, _ejectedUntil) = (0, 0, long.MinValue);
    }

    /// <summary>An operation failed there for what is the node's fault. For how long it is left out; null when it is not, or was already.</summary>
    public TimeSpan? Failed(long now, TimeProvider time)
    {
        lock (_lock)
        {
            // Those that were sent before it was left out say nothing new.
            if (++_failures < FailuresUntilEjection || IsEjectedAt(now))
                return null;
            TimeSpan left = TimeSpan.FromTicks(Math.Min(LongestEjection.Ticks, FirstEjection.Ticks << Math.Min(_ejections, 5)));
            _ejections++;
            _ejectionsInAll++;
            // Let in again it has one try, not three.
            _failures = FailuresUntilEjection - 1;
            Volatile.Write(ref _ejectedUntil, now + (long)(left.TotalSeconds * time.TimestampFrequency));
            return left;
        }
    }
}
