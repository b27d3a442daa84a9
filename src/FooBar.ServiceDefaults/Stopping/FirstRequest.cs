using Microsoft.AspNetCore.Connections.Features;

namespace FooBar.ServiceDefaults.Stopping;

/// <summary>What one connection is told of the server's stop, and when. Thread-safe.</summary>
internal sealed class FirstRequest : IConnectionLifetimeNotificationFeature, IDisposable
{
    private readonly IConnectionLifetimeNotificationFeature _server;
    private readonly TimeSpan _grace;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _close = new();
    private readonly Lock _lock = new();
    private readonly CancellationTokenRegistration _stop;
    private bool _begun;
    private ITimer? _waiting;

    public FirstRequest(IConnectionLifetimeNotificationFeature server, TimeSpan grace, TimeProvider time)
    {
        _server = server;
        _grace = grace;
        _time = time;
        ConnectionClosedRequested = _close.Token;
        _stop = server.ConnectionClosedRequested.Register(static first => ((FirstRequest)first!).Stop(), this);
    }

    /// <summary>What Kestrel's HTTP layer waits for.</summary>
    public CancellationToken ConnectionClosedRequested { get; set; }

    public void RequestClose() => _server.RequestClose();

    /// <summary>A request of the connection has begun: from now on the connection hears of a stop at once, and now of one that was before.</summary>
    public void Begin()
    {
        // Each request comes here, and only the first has something to do.
        if (Volatile.Read(ref _begun))
        {
            return;
        }

        bool stopped;
        lock (_lock)
        {
            _begun = true;
            stopped = _waiting is not null;
        }

        if (stopped)
        {
            _close.Cancel();
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
            if (!_begun)
            {
                _waiting = _time.CreateTimer(static first => ((FirstRequest)first!)._close.Cancel(), this, _grace, Timeout.InfiniteTimeSpan);
                return;
            }
        }

        _close.Cancel();
    }
}
