using FooBar.LoadBalancer.Configuration;

namespace FooBar.LoadBalancer.Limits;

/// <summary>
/// Whether memory is scarce: from the moment at which more of it is used than <see cref="LimitOptions.Memory"/> allows until it is clearly less.
/// Meanwhile nothing new is let in. It is measured by a timer; a request only reads the result.
/// </summary>
internal sealed partial class MemoryWatch(
    CurrentSettings settings, MemorySource source, IEnumerable<IMemoryHolder> holders, ILogger<MemoryWatch> logger)
{
    /// <summary>How far below the limit it is enough again: at the limit itself it would change with every request.</summary>
    public const double Hysteresis = 0.05;

    private readonly IMemoryHolder[] _holders = [.. holders];
    private volatile bool _isScarce;
    private double _share;

    /// <summary>Whether new connections and requests are refused.</summary>
    public bool IsScarce => _isScarce;

    /// <summary>What is used of what there is, 0 to 1, at the last look; 0 where there is no limit.</summary>
    public double Share => Volatile.Read(ref _share);

    /// <summary>Measures it. Called by a timer, by one thread at a time.</summary>
    public void Look()
    {
        MemoryUse use = source.Read();
        double most = settings.Options.Limits.Memory;
        Volatile.Write(ref _share, use.Share);
        if (!_isScarce && use.Share >= most)
        {
            _isScarce = true;
            LogScarce(use.Used, use.Limit, most);
        }
        else if (_isScarce && use.Share < most - Hysteresis)
        {
            _isScarce = false;
            LogEnough(use.Used, use.Limit);
        }

        if (!_isScarce)
            return;
        foreach (IMemoryHolder holder in _holders)
            holder.Trim();
    }

    [LoggerMessage(1503, LogLevel.Error, "Memory is scarce: {Used} of {Limit} bytes are used, and Gateway:Limits:Memory is {Share}. New connections and requests are refused")]
    private partial void LogScarce(long used, long limit, double share);

    [LoggerMessage(1504, LogLevel.Information, "Memory is enough again: {Used} of {Limit} bytes are used. Connections and requests are let in")]
    private partial void LogEnough(long used, long limit);
}
