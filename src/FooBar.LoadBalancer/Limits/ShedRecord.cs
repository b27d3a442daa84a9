using FooBar.LoadBalancer.Metrics;

namespace FooBar.LoadBalancer.Limits;

/// <summary>
/// Counts what is refused, and says when that begins and when it is over: a line for each connection of a flood would be a second flood.
/// Thread-safe without a lock.
/// </summary>
internal sealed partial class ShedRecord(LimitMetrics metrics, TimeProvider time, ILogger<ShedRecord> logger)
{
    /// <summary>For how long nothing must be refused until it is over.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);

    private readonly Spell[] _spells = [.. ShedReasonNames.All.Select(_ => new Spell())];

    /// <summary>Counts one connection or request that was refused.</summary>
    /// <param name="reason">The limit that it met.</param>
    /// <param name="client">Whose it was; null if that is not known.</param>
    public void Add(ShedReason reason, ClientKey? client)
    {
        metrics.Shed(reason);
        Spell spell = _spells[(int)reason];
        Interlocked.Increment(ref spell.Count);
        Volatile.Write(ref spell.Latest, time.GetTimestamp());
        if (Volatile.Read(ref spell.IsOn) == 0 && Interlocked.Exchange(ref spell.IsOn, 1) == 0)
            LogBegins(reason.Text(), client?.ToString() ?? "an unknown client");
    }

    /// <summary>Ends what is over. Called by a timer.</summary>
    public void Look()
    {
        foreach (ShedReason reason in ShedReasonNames.All)
        {
            Spell spell = _spells[(int)reason];
            if (Volatile.Read(ref spell.IsOn) == 0 || time.GetElapsedTime(Volatile.Read(ref spell.Latest)) < Quiet)
                continue;
            long count = Interlocked.Exchange(ref spell.Count, 0);
            Volatile.Write(ref spell.IsOn, 0);
            LogEnds(reason.Text(), count);
        }
    }

    [LoggerMessage(1501, LogLevel.Warning, "Connections or requests are refused now, of {Client} first: they meet the limit '{Reason}'")]
    private partial void LogBegins(string reason, string client);

    [LoggerMessage(1502, LogLevel.Information, "Nothing meets the limit '{Reason}' any more; {Count} connections or requests did")]
    private partial void LogEnds(string reason, long count);

    /// <summary>A time in which one reason applies.</summary>
    private sealed class Spell
    {
        public long Count;
        public long Latest;
        public int IsOn;
    }
}
