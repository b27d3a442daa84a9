using System.Net.Security;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Forwarding;
using FooBar.LoadBalancer.Health;
using FooBar.LoadBalancer.Tls;
using FooBar.LoadBalancer.Upstream;

namespace FooBar.LoadBalancer.Balancing;

/// <summary>All configured backends, and those of them that may be picked now. Thread-safe.</summary>
internal sealed class BackendPool : IReloadable, IDisposable
{
    private readonly Func<BackendOptions, Backend>? _create;
    private readonly TimeProvider _time;
    private TimeSpan _slowStart;
    private bool _hasStarted;
    private volatile IReadOnlyList<Backend> _all;
    private volatile Backend[] _available = [];

    /// <summary>Those that are no longer configured, and serve on until one that is has come up.</summary>
    private Backend[] _leaving = [];

    /// <summary>A pool of backends whose health nobody knows yet.</summary>
    /// <param name="backends">The backends to begin with.</param>
    /// <param name="create">Makes those that come with a reload; null if none come.</param>
    /// <param name="time">The clock; null for the system's.</param>
    public BackendPool(IReadOnlyList<Backend> backends, Func<BackendOptions, Backend>? create = null, TimeProvider? time = null)
    {
        _all = backends;
        _create = create;
        _time = time ?? TimeProvider.System;
        foreach (Backend backend in backends)
            backend.Vacancy = Vacancy;
    }

    /// <summary>Held from the look at what is known of a backend to the report of what follows from it. No other lock is taken before it.</summary>
    public Lock Gate { get; } = new();

    /// <summary>Is told of each release of one of the backends.</summary>
    public Vacancy Vacancy { get; } = new();

    /// <summary>Called after each new snapshot. <see cref="Balancer"/> sets it once.</summary>
    public Action? Changed { get; set; }

    /// <summary>Every backend, in the configured order. An immutable snapshot.</summary>
    public IReadOnlyList<Backend> All => _all;

    /// <summary>The backends that take requests, in the configured order: those that are up, or else those that are not ready, but answer. An immutable snapshot.</summary>
    public ReadOnlySpan<Backend> Available => _available;

    /// <summary>The backends that are up and that a person has not taken out.</summary>
    public IEnumerable<Backend> Up => WithStatus(_all, BackendStatus.Up);

    /// <summary>The configured backends, each with connections of its own that trust only <paramref name="trust"/>.</summary>
    public static BackendPool Create(CurrentSettings settings, BackendTrust trust, TimeProvider time)
    {
        return new BackendPool([.. settings.Options.Backends.Select(Make)], Make, time) { _slowStart = settings.Options.Health.SlowStart };

        Backend Make(BackendOptions backend)
        {
            Uri url = new(backend.Url);
            ForwardingOptions forwarding = settings.Options.Forwarding;
            BackendTraffic traffic = new();
            Backend made = new(backend.Name, url, BackendClient.Create(url, trust, forwarding, SslApplicationProtocol.Http11))
            {
                Traffic = traffic,
                Upstream = new UpstreamPool(url, trust, settings, traffic, time),
                Http2Client = BackendClient.Create(url, trust, forwarding, SslApplicationProtocol.Http2),
            };
            return Configure(made, backend);
        }
    }

    /// <summary>Whether the gateway's own start, with the first check of every backend, is over.</summary>
    public bool HasStarted => Volatile.Read(ref _hasStarted);

    /// <summary>The gateway's own start is over.</summary>
    public void NoteStarted()
    {
        lock (Gate)
            Volatile.Write(ref _hasStarted, true);
    }

    /// <summary>Records what a backend's health is now, and publishes a new snapshot.</summary>
    public void Report(Backend backend, BackendHealth health)
    {
        // Each backend has a checker of its own; without the lock two of them could publish snapshots that each miss the other's news.
        lock (Gate)
        {
            BackendStatus before = backend.Health.State.Status;
            if (health.State.Status == BackendStatus.Up && before != BackendStatus.Up)
            {
                if (backend.ComesBack)
                    backend.StartSlowly(_time, _slowStart);
                backend.ComesBack = true;
            }

            backend.Health = health;
            Publish();
        }

        Changed?.Invoke();
    }

    /// <summary>Puts a backend into the state that a person wants, and publishes a new snapshot.</summary>
    /// <remarks>
    /// What was known of a backend ends with maintenance: after it, it takes nothing before a check has passed. Requests that wait on it when
    /// maintenance begins are tried elsewhere if they may be; those on a draining one finish there.
    /// </remarks>
    public void Order(Backend backend, AdminState state)
    {
        AdminState before;
        lock (Gate)
        {
            before = backend.AdminState;
            if (before == state)
                return;

            if (before == AdminState.Maintenance || state == AdminState.Maintenance)
                backend.Health = backend.Health.In(default, _time.GetTimestamp(), _time) with { Penalty = default };
            else if (state == AdminState.Ready && backend.Health.State.Status == BackendStatus.Up)
                backend.StartSlowly(_time, _slowStart);
            backend.AdminState = state;
            backend.OrderedAt = _time.GetTimestamp();
            Publish();
        }

        Changed?.Invoke();
        if (state == AdminState.Maintenance)
            backend.LetGo();
        if (before == AdminState.Maintenance)
            backend.CheckSignal.Set();
    }

    /// <summary>
    /// Puts a backend into the state that a person wants and gives it the weight, in one step; unless that would take out the last one that
    /// takes requests, and the person did not say that this is meant.
    /// </summary>
    /// <param name="backend">The backend.</param>
    /// <param name="state">As in <see cref="Order"/>.</param>
    /// <param name="weight">As in <see cref="SetWeight"/>; null: the one that it has.</param>
    /// <param name="evenTheLast">Whether it may be the last one.</param>
    /// <returns>False when it was the last: nothing has changed.</returns>
    public bool TryOrder(Backend backend, AdminState state, int? weight, bool evenTheLast)
    {
        lock (Gate)
        {
            // Asked with the gate held that every change goes through: of two orders at once, each would see the other's backend.
            bool isOffered = state == AdminState.Ready && (weight ?? backend.Weight) > 0;
            if (!evenTheLast && !isOffered && _available.Contains(backend) && Choose(without: backend).Length == 0)
                return false;

            Order(backend, state);
            if (weight is { } wanted && wanted != backend.Weight)
                SetWeight(backend, wanted);
            return true;
        }
    }

    /// <summary>Gives a backend another weight until the settings give it another one, and publishes a new snapshot.</summary>
    /// <param name="backend">The backend.</param>
    /// <param name="weight">1 to 256; 0: it takes no requests.</param>
    public void SetWeight(Backend backend, int weight)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(weight);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(weight, BackendOptions.MostWeight);
        lock (Gate)
        {
            backend.Weight = weight;
            Publish();
        }

        Changed?.Invoke();
    }

    /// <inheritdoc />
    /// <remarks>A backend whose name and address stay is the same one as before, with its health and its requests; the weight that a
    /// person gave it stays, too, unless the settings now say another than before.</remarks>
    public Action Prepare(GatewaySettings next) => () =>
    {
        lock (Gate)
        {
            Backend[] configured = [.. next.Options.Backends.Select(Take)];
            _leaving = [.. _leaving.Concat(_all).Except(configured)];
            _all = configured;
            _slowStart = next.Options.Health.SlowStart;
            Publish();
        }

        Changed?.Invoke();

        Backend Take(BackendOptions options)
        {
            Backend? known = _all.Concat(_leaving).FirstOrDefault(known => known.Name == options.Name && known.Url == new Uri(options.Url));
            Backend backend = known ?? _create!(options);
            if (known is null)
                backend.ComesBack = true;
            backend.Vacancy = Vacancy;
            return Configure(backend, options);
        }
    };

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (Backend backend in _all.Concat(_leaving))
            backend.Dispose();
    }

    private static Backend Configure(Backend backend, BackendOptions options)
    {
        backend.MaxInFlight = options.MaxInFlight;
        if (backend.ConfiguredWeight != options.Weight)
            backend.Weight = backend.ConfiguredWeight = options.Weight;
        return backend;
    }

    private static IEnumerable<Backend> WithStatus(IEnumerable<Backend> backends, BackendStatus status) =>
        backends.Where(backend => backend.Health.State.Status == status && backend.IsOffered);

    /// <summary>
    /// Those that take requests: the ones that are up. If none is, those that leave and are: a reload that replaces every backend must not leave
    /// a moment without any. Or else those that are not ready. With the lock held.
    /// </summary>
    /// <param name="without">One that is not to be among them; null for none.</param>
    private Backend[] Choose(Backend? without = null)
    {
        foreach (IEnumerable<Backend> kind in (IEnumerable<Backend>[])[Up, WithStatus(_leaving, BackendStatus.Up), WithStatus(_all, BackendStatus.Draining)])
        {
            Backend[] chosen = [.. kind.Where(backend => backend != without)];
            if (chosen.Length > 0)
                return chosen;
        }

        return [];
    }

    /// <summary>With the lock held.</summary>
    private void Publish()
    {
        _available = Choose();
        if (!Up.Any())
            return;
        foreach (Backend backend in _leaving)
            backend.Retire();
        _leaving = [];
    }
}
