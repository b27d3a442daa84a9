using FooBar.LoadBalancer.Configuration;

namespace FooBar.LoadBalancer.Edge;

/// <summary>
/// The first step of a stop: not ready, but serving, for a while. The server's own stop follows: it closes the listeners, tells kept
/// connections that they end (Connection: close, GOAWAY), and waits for the requests in flight.
/// </summary>
internal sealed partial class Drain(CurrentSettings settings, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<Drain> logger)
    : IHostedLifecycleService
{
    /// <inheritdoc />
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Runs before any service stops, the listeners included.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        // Readiness hangs on it. A signal has done this already; a stop by code comes here first.
        lifetime.StopApplication();
        DrainOptions options = settings.Options.Drain;
        LogDraining(options.Delay.TotalSeconds, options.Timeout.TotalSeconds);

        // A host that is out of time goes on with the stop.
        await Task.Delay(options.Delay, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(1301, LogLevel.Information, "The gateway stops: the listeners close after {DelayS} s, requests in flight have {TimeoutS} s from then on")]
    private partial void LogDraining(double delayS, double timeoutS);
}
