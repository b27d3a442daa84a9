using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Forwarding;
using FooBar.LoadBalancer.Health;
using FooBar.LoadBalancer.Tls;

namespace FooBar.LoadBalancer.Balancing;

/// <summary>All configured backends, and those of them that may be picked now. Thread-safe.</summary>
internal sealed class BackendPool(IReadOnlyList<Backend> backends) : IDisposable
{
    private readonly Lock _lock = new();
    private volatile Backend[] _available = [];

    /// <summary>Every backend, in the configured order.</summary>
    public IReadOnlyList<Backend> All { get; } = backends;

    /// <summary>The backends that take requests, in the configured order: those that are up, or else those that are not ready, but answer. An immutable snapshot.</summary>
    public ReadOnlySpan<Backend> Available => _available;

    /// <summary>The backends that are up.</summary>
    public IEnumerable<Backend> Up => All.Where(backend => backend.Health.State.Status == BackendStatus.Up);

    /// <summary>The backends that take requests, without one of them.</summary>
    public Backend[] AvailableExcept(Backend except) => Array.FindAll(_available, backend => backend != except);

    /// <summary>The configured backends, each with a client of its own that trusts only <paramref name="trust"/>.</summary>
    public static BackendPool Create(GatewayOptions options, BackendTrust trust) => new(
    [
        .. options.Backends.Select(backend =>
        {
            Uri url = new(backend.Url);
            return new Backend(backend.Name, url, BackendClient.Create(url, trust, options.Forwarding));
        }),
    ]);

    /// <summary>Records what a backend's health is now, and publishes a new snapshot.</summary>
    public void Report(Backend backend, BackendHealth health)
    {
        // Each backend has a checker of its own; without the lock two of them could publish snapshots that each miss the other's news.
        lock (_lock)
        {
            backend.Health = health;
            _available = Up.Any() ? [.. Up] : [.. All.Where(candidate => candidate.Health.State.Status == BackendStatus.Draining)];
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (Backend backend in All)
            backend.Dispose();
    }
}
