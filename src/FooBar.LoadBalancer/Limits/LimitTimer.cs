using FooBar.LoadBalancer.Configuration;

namespace FooBar.LoadBalancer.Limits;

/// <summary>What the limits do once a second, so that no connection and no request has to.</summary>
internal sealed partial class LimitTimer(
    CurrentSettings settings,
    Descriptors descriptors,
    MemoryWatch memory,
    ClientTable clients,
    ShedRecord shed,
    TimeProvider time,
    ILogger<LimitTimer> logger) : BackgroundService
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(1);

    /// <inheritdoc />
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        LimitOptions limits = settings.Options.Limits;
        if (descriptors.Affordable(limits) < limits.Connections)
            LogDescriptors(limits.Connections, descriptors.Most, descriptors.Affordable(limits), limits.InFlight);
        return base.StartAsync(cancellationToken);
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(_interval, time);
        while (await TickAsync(timer, stoppingToken).ConfigureAwait(false))
        {
            try
            {
                memory.Look();
                clients.Sweep();
                shed.Look();
            }
#pragma warning disable CA1031 // The loop outlives any failure: without it, a gateway that refuses because of memory would do so for ever.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                LogFailed(exception);
            }
        }
    }

    private static async Task<bool> TickAsync(PeriodicTimer timer, CancellationToken stopping)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stopping).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    [LoggerMessage(1505, LogLevel.Warning, "Gateway:Limits:Connections is {Connections}, but the process may open {Descriptors} files, of which requests in hand take up to {InFlight}: {Affordable} connections are taken. Raise LimitNOFILE= or lower Gateway:Limits:Connections")]
    private partial void LogDescriptors(int connections, int descriptors, int affordable, int inFlight);

    [LoggerMessage(1506, LogLevel.Error, "The limits could not be looked after this time")]
    private partial void LogFailed(Exception exception);
}
