using FooBar.LoadBalancer.Balancing;
using FooBar.LoadBalancer.Configuration;

namespace FooBar.LoadBalancer.Orders;

/// <summary>
/// What people have ordered of the backends, kept over reloads and, in a file that other gateway processes share, over restarts. An order that
/// cannot be kept is carried out all the same, and says so. Thread-safe.
/// </summary>
internal sealed partial class BackendOrders(BackendPool pool, CurrentSettings settings, TimeProvider time, ILogger<BackendOrders> logger)
    : IReloadable, IDisposable
{
    /// <summary>Why nothing is kept where no file is configured.</summary>
    public const string NoFile = "Gateway:StatePath is not set";

    private readonly OrdersKeeper? _keeper =
        settings.Options.StatePath is { } path ? new OrdersKeeper(new OrdersFile(path, time), logger) : null;

    /// <summary>Held by who changes the orders or the file.</summary>
    private readonly SemaphoreSlim _turn = new(1, 1);

    private volatile IReadOnlyDictionary<string, BackendOrder> _orders = OrderBook.Empty;

    /// <summary>The latest order about a backend; null if there was none.</summary>
    public BackendOrder? Of(string backend) => _orders.GetValueOrDefault(backend);

    /// <summary>Reads what was ordered of earlier processes and carries it out. To be called before any backend is checked.</summary>
    public void Load()
    {
        if (_keeper is null)
            return;
        _orders = OrderBook.Merge(_orders, _keeper.Read());
        Apply();
    }

    /// <summary>Carries an order out and keeps it.</summary>
    /// <param name="backend">What it is about.</param>
    /// <param name="change">What is to be in force, by what is (nothing, if nothing was ordered yet) and the time.</param>
    /// <param name="evenTheLast">Whether it may take out the last backend that takes requests.</param>
    /// <param name="cancellationToken">Ends the wait for another order; what has begun is finished.</param>
    public async Task<OrderResult> GiveAsync(
        Backend backend, Func<BackendOrder, DateTimeOffset, BackendOrder> change, bool evenTheLast, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // What another process has ordered a moment ago is part of what this order changes.
            using IDisposable? alone = await OpenAsync().ConfigureAwait(false);
            Apply();
            BackendOrder last = Of(backend.Name) ?? new BackendOrder();
            BackendOrder order = change(last, Later(time.GetUtcNow(), last.State, last.Weight));
            (AdminState state, int weight) before = (backend.AdminState, backend.Weight);
            if (!pool.TryOrder(backend, order.State?.Is ?? before.state, order.Weight?.For(backend.ConfiguredWeight), evenTheLast))
                return new OrderResult(before.state, before.weight, IsRefused: true, null);

            if (order.State is { } wanted && wanted.Is != before.state)
                LogState(backend.Name, wanted.Is, wanted.By, wanted.Reason);
            if (order.Weight is { } share && backend.Weight != before.weight)
                LogWeight(backend.Name, backend.Weight, share.By, share.Reason);
            _orders = OrderBook.With(_orders, backend.Name, order);

            // A reload may have put another backend of that name in place meanwhile.
            Apply();
            Keep(alone);
            return new OrderResult(before.state, before.weight, IsRefused: false, _keeper is null ? NoFile : _keeper.NotKept);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>
    /// Takes over what another process has ordered, writes what could not be written before, and forgets what is about backends that are long
    /// gone. To be called now and then.
    /// </summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        if (_keeper is null)
            return;
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_keeper.NotKept is not null || !ReferenceEquals(Tidy(_orders), _orders))
            {
                using IDisposable? alone = await OpenAsync().ConfigureAwait(false);
                Keep(alone);
            }
            else if (_keeper.HasNews)
            {
                _orders = OrderBook.Merge(_orders, _keeper.Read());
            }

            Apply();
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc />
    /// <remarks>After the pool has taken in a new backend, and before that is checked for the first time.</remarks>
    public Action Prepare(GatewaySettings next) => Apply;

    /// <inheritdoc />
    public void Dispose() => _turn.Dispose();

    /// <summary>Now, or just after the last order if the clock was set back: of two, the later one holds.</summary>
    private static DateTimeOffset Later(DateTimeOffset now, params ReadOnlySpan<IOrder?> last)
    {
        foreach (IOrder? order in last)
        {
            if (order?.Since >= now)
                now = order.Since.AddTicks(1);
        }

        return now;
    }

    private void Apply()
    {
        foreach (Backend backend in pool.All)
        {
            if (Of(backend.Name) is not { } order)
                continue;
            AdminState state = order.State?.Is ?? backend.AdminState;
            int weight = order.Weight?.For(backend.ConfiguredWeight) ?? backend.Weight;
            if (state == backend.AdminState && weight == backend.Weight)
                continue;

            // Told first: who sees the new state finds it in the log. Also the last one: whoever ordered that has said that it is meant.
            if (order.State is { } wanted && state != backend.AdminState)
                LogStateTakenOver(backend.Name, state, wanted.By, wanted.Since, wanted.Reason);
            if (order.Weight is { } share && weight != backend.Weight)
                LogWeightTakenOver(backend.Name, weight, share.By, share.Since, share.Reason);
            pool.TryOrder(backend, state, weight, evenTheLast: true);
        }
    }

    /// <summary>
    /// Takes the file for this process alone, and takes over what others have written into it; null if there is none, or it cannot be had. With
    /// the turn held.
    /// </summary>
    private async Task<IDisposable?> OpenAsync()
    {
        IDisposable? alone = _keeper is null ? null : await _keeper.LockAsync().ConfigureAwait(false);
        if (alone is not null)
            _orders = OrderBook.Merge(_orders, _keeper!.Read());
        return alone;
    }

    /// <summary>Writes the orders, if the file was to be had. With the turn held.</summary>
    private void Keep(IDisposable? alone)
    {
        if (alone is null)
            return;
        _orders = Tidy(_orders);
        _keeper!.Write(_orders);
    }

    private IReadOnlyDictionary<string, BackendOrder> Tidy(IReadOnlyDictionary<string, BackendOrder> orders) =>
        OrderBook.Tidy(orders, pool.All.Select(backend => backend.Name), time.GetUtcNow());

    [LoggerMessage(1711, LogLevel.Information, "Backend {Backend} was put into the state {State} by {By}: {Reason}")]
    private partial void LogState(string backend, AdminState state, string by, string? reason);

    [LoggerMessage(1716, LogLevel.Information, "Backend {Backend} was given the weight {Weight} by {By}: {Reason}")]
    private partial void LogWeight(string backend, int weight, string by, string? reason);

    [LoggerMessage(1712, LogLevel.Warning, "Backend {Backend} is in the state {State}, as {By} ordered at {Since:O}: {Reason}")]
    private partial void LogStateTakenOver(string backend, AdminState state, string by, DateTimeOffset since, string? reason);

    [LoggerMessage(1717, LogLevel.Warning, "Backend {Backend} has the weight {Weight}, as {By} ordered at {Since:O}: {Reason}")]
    private partial void LogWeightTakenOver(string backend, int weight, string by, DateTimeOffset since, string? reason);
}

/// <summary>What came of an order.</summary>
/// <param name="StateBefore">The state before it.</param>
/// <param name="WeightBefore">The weight before it.</param>
/// <param name="IsRefused">Whether nothing has changed, because no backend would have been left.</param>
/// <param name="NotKept">Why it would be lost with a restart; null when it would not.</param>
internal sealed record OrderResult(AdminState StateBefore, int WeightBefore, bool IsRefused, string? NotKept);
