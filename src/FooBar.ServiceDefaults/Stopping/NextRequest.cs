using Microsoft.AspNetCore.Connections.Features;

namespace FooBar.ServiceDefaults.Stopping;

/// <summary>What one connection is told of the server's stop, and when. Thread-safe.</summary>
internal sealed class NextRequest : IConnectionLifetimeNotificationFeature, IDisposable
{
    private readonly IConnectionLifetimeNotificationFeature _server;
    private readonly Func<(TimeSpan First, TimeSpan Kept)> _times;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _close = new();
    private readonly Lock _lock = new();
    private readonly CancellationTokenRegistration _stop;
    private bool _begun;
    private bool _inHand;
    private ITimer? _waiting;

    public NextRequest(IConnectionLifetimeNotificationFeature server, Func<(TimeSpan First, TimeSpan Kept)> times, TimeProvider time)
    {
        _server = server;
        _times = times;
        _time = time;
        ConnectionClosedRequested = _close.Token;
        _stop = server.ConnectionClosedRequested.Register(static next => ((NextRequest)next!).Stop(), this);
    }

    /// <summary>What Kestrel's HTTP layer waits for.</summary>
    public CancellationToken ConnectionClosedRequested { get; set; }

    /// <summary>Whether requests of it run side by side: HTTP/2.</summary>
    public bool IsMultiplexed { get; private set; }

    public void RequestClose() => _server.RequestClose();

    /// <summary>A request of the connection has begun: if the server stops, the connection hears of it now, and this answer is its last.</summary>
    /// <param name="isMultiplexed">Whether others may begin beside it.</param>
    public void Begin(bool isMultiplexed = false)
    {
        bool stopped;
        lock (_lock)
        {
            IsMultiplexed = isMultiplexed;
            _begun = true;
            _inHand = true;
            stopped = _waiting is not null;
        }

        if (stopped)
        {
            _close.Cancel();
        }
    }

    /// <summary>The request of an HTTP/1.1 connection has ended: its answer is with the server.</summary>
    public void End()
    {
        lock (_lock)
        {
            _inHand = false;
        }
    }

    public void Dispose()
    {
        _stop.Dispose();
        lock (_lock)
        {
            _waiting?.Dispose();
        }
    }

    private void Stop()
    {
        lock (_lock)
        {
            (TimeSpan first, TimeSpan kept) = _times();
            TimeSpan grace = !_begun ? first : _inHand ? TimeSpan.Zero : kept;
            if (grace > TimeSpan.Zero)
            {
                _waiting = _time.CreateTimer(static next => ((NextRequest)next!)._close.Cancel(), this, grace, Timeout.InfiniteTimeSpan);
                return;
            }
        }

        _close.Cancel();
    }
}
