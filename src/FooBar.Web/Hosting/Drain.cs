using Microsoft.Extensions.Options;

namespace FooBar.Web.Hosting;

/// <summary>How an instance leaves, section <c>Web:Drain</c>.</summary>
internal sealed class DrainOptions
{
    /// <summary>
    /// How long requests are still taken after the instance was asked to stop, while its readiness says no already: long enough for
    /// whoever spreads the requests to ask twice. 0 s to 8 s. Default 2.5 s, for a gateway that asks every second.
    /// </summary>
    public TimeSpan Delay { get; set; } = TimeSpan.FromSeconds(2.5);
}

/// <summary>
/// Between the request to stop and the end of the listeners: by then the gateway has learned that this instance is not ready and sends
/// its requests elsewhere, so that none of them meets a closed port. Connections are answered as ever meanwhile, and told to close by
/// what they get afterwards.
/// </summary>
internal sealed partial class Drain(IOptions<WebOptions> options, TimeProvider time, ILogger<Drain> logger) : IHostedLifecycleService
{
    /// <summary>The longest delay.</summary>
    public static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(8);

    /// <summary>For a connection that was accepted before the listeners closed to send its first request.</summary>
    public static readonly TimeSpan FirstRequest = TimeSpan.FromSeconds(2);

    /// <summary>Longest time from the end of the drain to the next request on a connection that has had one. The gateway's are busy, or closed in peace.</summary>
    public static readonly TimeSpan NextRequest = TimeSpan.FromSeconds(1);

    /// <summary>
    /// For the whole stop. Behind the delay there has to be room for a notice that waits for a primary: 10 s, and 2 s for its COMMIT.
    /// </summary>
    public static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(20);

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Runs before any service stops, the listeners' among them. The readiness says no since the stop was asked for.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        TimeSpan delay = options.Value.Drain.Delay;
        LogDraining(delay.TotalSeconds);
        await Task.Delay(delay, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(5040, LogLevel.Information, "Stopping: not ready any more; requests are taken for {Seconds} s, then those in flight are finished")]
    private partial void LogDraining(double seconds);
}
