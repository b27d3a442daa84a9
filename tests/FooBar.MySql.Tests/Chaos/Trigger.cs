using System.Diagnostics;

namespace FooBar.MySql.Tests.Chaos;

/// <summary>How a call is cancelled.</summary>
internal enum Way
{
    Token,
    CancelMethod,
    CommandTimeout,
}

/// <summary>Cancels one statement at some moment. For one use.</summary>
internal sealed class Trigger : IDisposable
{
    /// <summary><see cref="MySqlCommand.Cancel"/> does nothing between two calls: it is called again until it has met one.</summary>
    private static readonly TimeSpan Repetition = TimeSpan.FromMilliseconds(50);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _source = new();
    private readonly Action _cancel;
    private readonly ITimer _timer;
    private readonly int _afterRows;
    private readonly int _spin;
    private long _pulled;
    private bool _isDisposed;

    /// <param name="way">How; with <see cref="Way.CommandTimeout"/> the command does it itself, after a second.</param>
    /// <param name="cancel">The Cancel method of what is about to be begun.</param>
    /// <param name="delay">From now on; <see cref="Timeout.InfiniteTimeSpan"/> for never by the clock.</param>
    /// <param name="spin">Turns to wait beyond that, because a timer counts in milliseconds.</param>
    /// <param name="afterRows">How many rows are read when it is pulled by their reader.</param>
    public Trigger(Way way, Action cancel, TimeSpan delay, int spin, int? afterRows)
    {
        Way = way;
        _cancel = cancel;
        _spin = spin;
        _afterRows = afterRows ?? int.MaxValue;
        _pulled = way == Way.CommandTimeout ? Stopwatch.GetTimestamp() + Stopwatch.Frequency : 0;
        TimeSpan due = way == Way.CommandTimeout || afterRows is not null ? Timeout.InfiniteTimeSpan : delay;
        _timer = TimeProvider.System.CreateTimer(static trigger => ((Trigger)trigger!).OnTimer(), this, due, way == Way.CancelMethod ? Repetition : Timeout.InfiniteTimeSpan);
    }

    public Way Way { get; }

    /// <summary>The token of every call of the statement.</summary>
    public CancellationToken Token => Way == Way.Token ? _source.Token : CancellationToken.None;

    /// <summary>Time since it was pulled; zero when it was not.</summary>
    public TimeSpan Elapsed => Volatile.Read(ref _pulled) is not 0 and long pulled ? Stopwatch.GetElapsedTime(pulled) : TimeSpan.Zero;

    /// <summary>Tells that so many rows have been read.</summary>
    public void HasRead(int rows)
    {
        if (rows == _afterRows) Pull();
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            _timer.Dispose();
            _source.Dispose();
        }
    }

    private void OnTimer()
    {
        Thread.SpinWait(_spin);
        Pull();
    }

    private void Pull()
    {
        lock (_lock)
        {
            if (_isDisposed) return;

            Interlocked.CompareExchange(ref _pulled, Stopwatch.GetTimestamp(), 0);
            if (Way == Way.Token) _source.Cancel();
            else if (Way == Way.CancelMethod) _cancel();
        }
    }
}
