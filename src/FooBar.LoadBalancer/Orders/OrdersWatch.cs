namespace FooBar.LoadBalancer.Orders;

/// <summary>Has the orders read before the backends are checked, and refreshed from then on.</summary>
internal sealed class OrdersWatch(BackendOrders orders, TimeProvider time) : BackgroundService
{
    /// <summary>A look at a file's size and time: cheaper than a watch, which costs an inotify instance, and blind to nothing.</summary>
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(1);

    /// <inheritdoc />
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        orders.Load();
        return base.StartAsync(cancellationToken);
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await Task.Delay(_interval, time, stoppingToken).ConfigureAwait(false);
            await orders.RefreshAsync(stoppingToken).ConfigureAwait(false);
        }
    }
}
