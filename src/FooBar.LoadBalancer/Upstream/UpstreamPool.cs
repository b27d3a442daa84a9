using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using FooBar.LoadBalancer.Balancing;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Tls;

namespace FooBar.LoadBalancer.Upstream;

/// <summary>
/// The connections to one backend, over HTTP/1.1 and verified TLS. The one that was used last is used next, so that those that are not needed
/// grow old and go. Thread-safe.
/// </summary>
internal sealed class UpstreamPool : IDisposable
{
    private static readonly TimeSpan _sweepInterval = TimeSpan.FromSeconds(1);

    /// <summary>How long the last of a request may be on its way after the answer.</summary>
    private static readonly TimeSpan _longestLag = TimeSpan.FromSeconds(1);

    private readonly DnsEndPoint _endPoint;
    private readonly BackendTrust _trust;
    private readonly CurrentSettings _settings;
    private readonly BackendTraffic _traffic;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly List<UpstreamConnection> _idle = [];
    private readonly LinkedList<Waiter> _waiting = new();
    private readonly ITimer _sweep;
    private bool _disposed;

    /// <summary>A pool without connections; the first are made when they are asked for.</summary>
    public UpstreamPool(Uri url, BackendTrust trust, CurrentSettings settings, BackendTraffic traffic, TimeProvider time)
    {
        _endPoint = new DnsEndPoint(url.IdnHost.Trim('[', ']'), url.Port);
        _trust = trust;
        _settings = settings;
        _traffic = traffic;
        _time = time;
        _sweep = time.CreateTimer(static state => ((UpstreamPool)state!).Sweep(), this, _sweepInterval, _sweepInterval);
    }

    /// <summary>Connections that wait for a request.</summary>
    public int Idle
    {
        get
        {
            lock (_lock)
                return _idle.Count;
        }
    }

    /// <summary>Requests that have no connection yet.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock)
                return _waiting.Count;
        }
    }

    /// <summary>
    /// Takes a connection out: one that waits, or a new one, or one that comes back before the new one is there, whichever is first.
    /// </summary>
    /// <exception cref="HttpRequestException">No verified connection came about; <see cref="HttpRequestException.HttpRequestError"/> says where it failed.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled; or it took too long, and then there is a <see cref="TimeoutException"/> inside.</exception>
    public ValueTask<UpstreamConnection> RentAsync(CancellationToken cancellationToken)
    {
        List<UpstreamConnection>? dead = null;
        UpstreamConnection? found = null;
        LinkedListNode<Waiter>? place = null;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            while (found is null && _idle.Count > 0)
            {
                UpstreamConnection last = _idle[^1];
                _idle.RemoveAt(_idle.Count - 1);
                if (last.IsUsable)
                    found = last;
                else
                    (dead ??= []).Add(last);
            }

            if (found is null)
                place = _waiting.AddLast(new Waiter(cancellationToken));
        }

        End(dead);
        if (found is not null)
            return new ValueTask<UpstreamConnection>(found);
        _ = ConnectForAsync(place!.Value);
        return WaitAsync(place);
    }

    /// <summary>Gives a connection back.</summary>
    /// <param name="connection">One that was taken out.</param>
    /// <param name="reusable">Whether its last exchange left it in order.</param>
    public void Return(UpstreamConnection connection, bool reusable)
    {
        long now = _time.GetTimestamp();
        if (!reusable || _time.GetElapsedTime(connection.CreatedAt, now) >= _settings.Options.Forwarding.ConnectionLifetime)
        {
            connection.Dispose();
            return;
        }

        bool kept = false;
        lock (_lock)
        {
            // Whoever is served leaves the list by itself, and at that moment may be still in it.
            foreach (Waiter waiter in _waiting)
            {
                if (waiter.TryServe(connection))
                    return;
            }

            if (!_disposed)
            {
                connection.BeginIdle(now);
                _idle.Add(connection);
                kept = true;
            }
        }

        if (!kept)
            connection.Dispose();
    }

    /// <summary>Gives a connection back as soon as the last of its request has left, and ends it if that takes long, or fails.</summary>
    /// <param name="connection">One that was taken out, and that has its answer.</param>
    /// <param name="sent">Ends with true when the last of the request has left. Never fails.</param>
    public void ReturnWhen(UpstreamConnection connection, Task<bool> sent) => _ = ReturnWhenAsync(connection, sent);

    /// <summary>Ends those that wait, and each other one when it comes back.</summary>
    public void Dispose()
    {
        List<UpstreamConnection> idle;
        lock (_lock)
        {
            _disposed = true;
            idle = [.. _idle];
            _idle.Clear();
        }

        _sweep.Dispose();
        End(idle);
    }

    private async ValueTask<UpstreamConnection> WaitAsync(LinkedListNode<Waiter> place)
    {
        try
        {
            return await place.Value.ConnectionAsync().ConfigureAwait(false);
        }
        finally
        {
            // However it ended: what stayed in the list would keep its connection, too.
            lock (_lock)
                _waiting.Remove(place);
        }
    }

    private async Task ReturnWhenAsync(UpstreamConnection connection, Task<bool> sent)
    {
        bool inOrder = false;
        try
        {
            inOrder = await sent.WaitAsync(_longestLag, _time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The backend has answered, and takes no more.
        }

        Return(connection, inOrder);
    }

    private static void End(List<UpstreamConnection>? connections)
    {
        foreach (UpstreamConnection connection in connections ?? [])
            connection.Dispose();
    }

    /// <summary>Ends what has waited too long, what is too old, and what the backend has ended.</summary>
    private void Sweep()
    {
        ForwardingOptions options = _settings.Options.Forwarding;
        long now = _time.GetTimestamp();
        List<UpstreamConnection> old;
        lock (_lock)
        {
            old = _idle.FindAll(connection => !connection.IsUsable
                || _time.GetElapsedTime(connection.IdleSince, now) >= options.IdleConnectionTimeout
                || _time.GetElapsedTime(connection.CreatedAt, now) >= options.ConnectionLifetime);
            if (old.Count > 0)
                _idle.RemoveAll(old.Contains);
        }

        End(old);
    }

    /// <summary>Makes a connection for the waiter. If another served it meanwhile, this one serves the next, or waits.</summary>
    private async Task ConnectForAsync(Waiter waiter)
    {
        UpstreamConnection connection;
        try
        {
            connection = await ConnectAsync(waiter.Cancelled).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whoever waits gets it, whatever it is.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            waiter.Fail(exception);
            return;
        }

        if (!waiter.TryServe(connection))
            Return(connection, reusable: true);
    }

    /// <summary>Makes a connection, whatever there is.</summary>
    /// <inheritdoc cref="RentAsync" path="/exception" />
    public async Task<UpstreamConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        TimeSpan limit = _settings.Options.Forwarding.ConnectTimeout;
        using CancellationTokenSource timeout = new(limit, _time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        SslStream? tls = null;
        try
        {
            await socket.ConnectAsync(_endPoint, either.Token).ConfigureAwait(false);
            tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
            await tls.AuthenticateAsClientAsync(_trust.Handshake(_endPoint.Host, SslApplicationProtocol.Http11), either.Token).ConfigureAwait(false);
            return new UpstreamConnection(socket, tls, _time.GetTimestamp(), _traffic);
        }
        catch (Exception exception)
        {
            socket.Dispose();
            if (tls is not null)
                await tls.DisposeAsync().ConfigureAwait(false);
            if (exception is OperationCanceledException)
            {
                throw cancellationToken.IsCancellationRequested
                    ? exception
                    : new TaskCanceledException(null, new TimeoutException($"No connection to {_endPoint.Host}:{_endPoint.Port} within {limit.TotalSeconds} s."));
            }

            HttpRequestError error = exception switch
            {
                AuthenticationException => HttpRequestError.SecureConnectionError,
                SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData } => HttpRequestError.NameResolutionError,
                SocketException => HttpRequestError.ConnectionError,

                // A peer that ends the connection in the handshake.
                IOException => HttpRequestError.SecureConnectionError,
                _ => HttpRequestError.Unknown,
            };
            throw new HttpRequestException(error, $"No verified connection to {_endPoint.Host}:{_endPoint.Port}: {exception.Message}", exception);
        }
    }

    /// <summary>One request that has no connection yet. Exactly one of served, failed and cancelled happens.</summary>
    private sealed class Waiter(CancellationToken cancelled)
    {
        // Whoever gives a connection back must not run the request that takes it.
        private readonly TaskCompletionSource<UpstreamConnection> _served = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public CancellationToken Cancelled { get; } = cancelled;

        public bool TryServe(UpstreamConnection connection) => _served.TrySetResult(connection);

        public void Fail(Exception exception) => _served.TrySetException(exception);

        public async ValueTask<UpstreamConnection> ConnectionAsync()
        {
            await using CancellationTokenRegistration registration = Cancelled.UnsafeRegister(
                static (state, token) => ((Waiter)state!)._served.TrySetCanceled(token), this);
            return await _served.Task.ConfigureAwait(false);
        }
    }
}
