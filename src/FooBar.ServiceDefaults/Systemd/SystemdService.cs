using System.Net;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FooBar.ServiceDefaults.Systemd;

/// <summary>
/// Tells systemd when the process has started and when it stops, and in between, three times within the watchdog's timeout, that it lives:
/// only as long as its own listener answers. A process whose accept path is stuck falls silent and is restarted.
/// </summary>
internal sealed partial class SystemdService(
    SystemdEnvironment environment,
    WatchedListener listener,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<SystemdService> logger) : IHostedService
{
    private const string Alive = "WATCHDOG=1";
    private const string Serving = "STATUS=Serving";

    private readonly NotifySocket _systemd = new(environment.NotifySocket, logger);
    private Task _watching = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (_systemd.IsConnected)
        {
            // Not in StartedAsync: other services have that step too, and nobody is started before all of them are.
            lifetime.ApplicationStarted.Register(Started);
            lifetime.ApplicationStopping.Register(() => _systemd.Send("STOPPING=1", "STATUS=Stopping: finishing what is in hand"));
        }

        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken) =>
        await _watching.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private void Started()
    {
        _systemd.Send("READY=1", Serving);
        if (environment.WatchdogTimeout is { } timeout)
        {
            _watching = Task.Run(() => WatchAsync(timeout / 3, lifetime.ApplicationStopping));
        }
    }

    /// <summary>Ends with the stop: systemd does not watch a process that is stopping, and its listeners are closed by then.</summary>
    private async Task WatchAsync(TimeSpan interval, CancellationToken stopping)
    {
        using PeriodicTimer timer = new(interval, time);
        bool answers = true;
        do
        {
            ProbeResult result = await ProbeAsync(interval, stopping).ConfigureAwait(false);
            if (stopping.IsCancellationRequested)
            {
                return;
            }

            // Another process that answers neither proves this one dead nor brings it back to life.
            string? failure = result.Verdict == ProbeVerdict.None && !answers ? "another process answers in its place" : result.Failure;
            Report(failure, answers);
            answers = failure is null;
        }
        while (await TickAsync(timer, stopping).ConfigureAwait(false));
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

    private async Task<ProbeResult> ProbeAsync(TimeSpan deadline, CancellationToken stopping)
    {
        try
        {
            return listener.EndPoint is { } endPoint
                ? await new AcceptProbe(endPoint, listener.Accepted, listener.IsTls, deadline, time).AskAsync(stopping).ConfigureAwait(false)
                : ProbeResult.Failed("it does not listen");
        }
#pragma warning disable CA1031 // The loop outlives any failure. One that it was not written for counts as silence, and its name is in the log.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return ProbeResult.Failed(BindingMistake.OneLine($"{exception.GetType().Name}: {exception.Message}"));
        }
    }

    private void Report(string? failure, bool answered)
    {
        switch (failure, answered)
        {
            case (null, true):
                _systemd.Send(Alive);
                break;
            case (null, false):
                LogAnswers(listener.EndPoint);
                _systemd.Send(Alive, Serving);
                break;
            case (_, true):
                LogSilent(listener.EndPoint, failure);
                _systemd.Send($"STATUS=Its own listener does not answer: {failure}");
                break;
        }
    }

    [LoggerMessage(4022, LogLevel.Error, "The listener {Listener} does not answer this process itself: {Reason}. The watchdog is not told that it lives, so that systemd restarts it")]
    private partial void LogSilent(IPEndPoint? listener, string reason);

    [LoggerMessage(4023, LogLevel.Information, "The listener {Listener} answers this process itself again; the watchdog is told so")]
    private partial void LogAnswers(IPEndPoint? listener);
}
