using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Forwarding;
using FooBar.LoadBalancer.Metrics;

namespace FooBar.LoadBalancer.Balancing;

/// <summary>
/// Picks a backend and claims it in one step. While every backend has as many requests as it may have, requests wait in one queue: bound to
/// a backend of its own, one would wait while another is free. Thread-safe.
/// </summary>
/// <remarks>
/// Choosing and counting are one critical section: between the two, every other request of a burst would see the same counts and choose the
/// same backend. The room that a release makes is claimed, within it too, for the first in the queue that can use it.
/// </remarks>
internal sealed class Balancer : IReloadable
{
    private readonly Lock _lock = new();
    private readonly LinkedList<QueuedClaim> _queue = [];
    private readonly BackendPool _pool;
    private readonly CurrentSettings _settings;
    private readonly QueueMetrics _metrics;
    private readonly TimeProvider _time;
    private ILoadBalancingPolicy _policy;
    private Backend[] _candidates = [];

    /// <summary>A balancer over the pool, the only one.</summary>
    public Balancer(BackendPool pool, ILoadBalancingPolicy policy, CurrentSettings settings, QueueMetrics metrics, TimeProvider time)
    {
        _pool = pool;
        _policy = policy;
        _settings = settings;
        _metrics = metrics;
        _time = time;
        pool.Vacancy.Listener = () => Serve(everybody: false);
        pool.Changed = () => Serve(everybody: true);
    }

    /// <summary>Claims an available backend, or waits for one. Nearly always one is free, and nothing is allocated.</summary>
    /// <exception cref="OperationCanceledException">The client left while the request waited.</exception>
    public ValueTask<Claim> ClaimAsync(CancellationToken cancel) => ClaimAsync(null, TimeSpan.MaxValue, cancel);

    /// <summary>Claims an available backend, or waits for one.</summary>
    /// <param name="except">A backend that must not be chosen, because the request has failed there; null if there is none.</param>
    /// <param name="left">Time for which it may wait, if <see cref="QueueOptions.Timeout"/> is not shorter.</param>
    /// <param name="cancel">Is cancelled when the client leaves.</param>
    /// <exception cref="OperationCanceledException">The client left while the request waited.</exception>
    public ValueTask<Claim> ClaimAsync(Backend? except, TimeSpan left, CancellationToken cancel)
    {
        QueueOptions options = _settings.Options.Queue;
        QueuedClaim wait;
        lock (_lock)
        {
            // Those who wait come first.
            if (_queue.Count > 0)
                ServeInTurn(everybody: false);
            if (TryClaim(except) is { } claim)
                return new ValueTask<Claim>(claim);
            if (_queue.Count >= Bound(options, except))
                return new ValueTask<Claim>(new Claim(null, Outcome.QueueFull));

            wait = new QueuedClaim(except);
            _queue.AddLast(wait.Place);
            _pool.Vacancy.IsAwaited = true;

            // A request that ended between the look and the entry did not know that anybody waits.
            ServeInTurn(everybody: false);
        }

        return WaitAsync(wait, options.Timeout < left ? options.Timeout : left, cancel);
    }

    /// <summary>Whether a request at <paramref name="backend"/> could go to another now, or wait for another.</summary>
    public bool HasPlaceBeside(Backend backend)
    {
        QueueOptions options = _settings.Options.Queue;
        lock (_lock)
            return !Candidates(backend).IsEmpty || _queue.Count < Bound(options, backend);
    }

    /// <summary>Requests in the queue that <paramref name="backend"/> could take; 0 while it takes none.</summary>
    public int QueuedFor(Backend backend)
    {
        lock (_lock)
            return _pool.Available.Contains(backend) ? _queue.Count(wait => wait.Except != backend) : 0;
    }

    /// <inheritdoc />
    public Action Prepare(GatewaySettings next)
    {
        ILoadBalancingPolicy wanted = LoadBalancingPolicies.Create(next.Options.Policy);
        return () =>
        {
            lock (_lock)
            {
                if (_policy.GetType() != wanted.GetType())
                    _policy = wanted;
            }
        };
    }

    private async ValueTask<Claim> WaitAsync(QueuedClaim wait, TimeSpan limit, CancellationToken cancel)
    {
        long start = _time.GetTimestamp();
        Outcome end = Outcome.ClientAbortedRequest;
        try
        {
            // Either finds the request in the queue and takes it out, or it has a backend already.
            using CancellationTokenRegistration left = cancel.UnsafeRegister((_, token) => Leave(wait, gone => gone.Cancel(token)), null);
            await using ITimer timer = _time.CreateTimer(
                _ => Leave(wait, late => late.End(new Claim(null, Outcome.QueueTimeout))), null, limit, Timeout.InfiniteTimeSpan);

            // With its time: who sees it counted knows that it does not wait for ever.
            _metrics.Entered();
            Claim claim = await wait.Task.ConfigureAwait(false);
            end = claim.Refusal;
            return claim;
        }
        finally
        {
            _metrics.Left(end, _time.GetElapsedTime(start));
        }
    }

    private void Leave(QueuedClaim wait, Action<QueuedClaim> end)
    {
        lock (_lock)
        {
            if (wait.Place.List is null)
                return;
            _queue.Remove(wait.Place);
            end(wait);
        }
    }

    private void Serve(bool everybody)
    {
        lock (_lock)
            ServeInTurn(everybody);
    }

    /// <summary>Gives those who wait what there is, in the order in which they came. With the lock held.</summary>
    /// <param name="everybody">Whether backends came or went, so that even who has to wait on may have nobody left to wait for.</param>
    private void ServeInTurn(bool everybody)
    {
        LinkedListNode<QueuedClaim>? next;
        for (LinkedListNode<QueuedClaim>? place = _queue.First; place is not null; place = next)
        {
            next = place.Next;
            if (TryClaim(place.Value.Except) is { } claim)
            {
                _queue.Remove(place);
                place.Value.End(claim);
            }
            else if (place.Value.Except is null && !everybody)
            {
                // There is no room for one that would take any: none for those behind it either.
                break;
            }
        }

        _pool.Vacancy.IsAwaited = _queue.Count > 0;
    }

    /// <summary>A backend, or that there is none to wait for; null: wait. With the lock held.</summary>
    private Claim? TryClaim(Backend? except)
    {
        while (true)
        {
            ReadOnlySpan<Backend> candidates = Candidates(except);
            if (candidates.IsEmpty)
                return Others(except) == 0 ? new Claim(null, Outcome.NoBackend) : null;

            // It fails only when the backend left the configuration a moment ago: the next snapshot is without it.
            Backend backend = _policy.Pick(candidates);
            if (backend.TryClaim())
                return new Claim(backend);
        }
    }

    /// <summary>The backends that can take a request now. With the lock held, and valid as long as it is.</summary>
    private ReadOnlySpan<Backend> Candidates(Backend? except)
    {
        ReadOnlySpan<Backend> available = _pool.Available;
        int count = 0;
        while (count < available.Length && available[count] != except && available[count].HasRoom)
            count++;
        if (count == available.Length)
            return available;

        if (_candidates.Length < available.Length)
            _candidates = new Backend[available.Length];
        available[..count].CopyTo(_candidates);
        foreach (Backend backend in available[count..])
        {
            if (backend != except && backend.HasRoom)
                _candidates[count++] = backend;
        }

        return _candidates.AsSpan(0, count);
    }

    private int Bound(QueueOptions options, Backend? except) => Math.Min(options.Length, options.PerBackend * Others(except));

    private int Others(Backend? except)
    {
        ReadOnlySpan<Backend> available = _pool.Available;
        return except is not null && available.Contains(except) ? available.Length - 1 : available.Length;
    }
}
