using FooBar.AppHost.Processes;
using FooBar.AppHost.Supervision;

namespace FooBar.AppHost.Faults;

/// <summary>What can be done to one process of a running stack. Each returns when its effect can be seen.</summary>
/// <param name="stack">The stack.</param>
/// <param name="http">Asks processes whether they are ready.</param>
/// <param name="say">Told what is waited for.</param>
internal sealed class ProcessFaults(RunningStack stack, HttpClient http, Action<string> say)
{
    /// <summary>As long as a member may take: it leaves its group first.</summary>
    private static readonly TimeSpan EndDeadline = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan SignalDeadline = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan BackDeadline = TimeSpan.FromSeconds(90);

    /// <summary>Ends it at once, as a crash would (SIGKILL).</summary>
    public async Task<string> KillAsync(string name, bool hold, CancellationToken cancellationToken)
    {
        ProcessIdentity process = stack.FindLiving(name);
        stack.Orders.Give(name, hold ? Order.Hold : Order.None);
        Signals.Send(process.Id, Signals.Kill);
        await EndedAsync(name, process, SignalDeadline, cancellationToken);
        return $"{name} (pid {process.Id}) was killed{Consequence(name, hold)}";
    }

    /// <summary>Freezes it, as an overload would: it keeps its connections and answers nothing (SIGSTOP).</summary>
    public async Task<string> StopAsync(string name, bool hold, CancellationToken cancellationToken)
    {
        ProcessIdentity process = stack.FindLiving(name);
        if (hold)
        {
            stack.Orders.Give(name, Order.Hold);
        }

        Signals.Send(process.Id, Signals.Stop);
        await RunningStack.UntilAsync(() => Task.FromResult(process.IsStopped), SignalDeadline, () => $"{name} (pid {process.Id}) could not be stopped.", cancellationToken);
        return $"{name} (pid {process.Id}) is stopped; ./foobar fault cont {name} lets it go on";
    }

    /// <summary>Lets a stopped one go on (SIGCONT); it is supervised again as before, if it was to be held down.</summary>
    public async Task<string> ContinueAsync(string name, CancellationToken cancellationToken)
    {
        ProcessIdentity process = stack.FindLiving(name);
        bool wasStopped = process.IsStopped;
        stack.Orders.Clear(name);
        Signals.Send(process.Id, Signals.Continue);
        await RunningStack.UntilAsync(() => Task.FromResult(!process.IsStopped), SignalDeadline, () => $"{name} (pid {process.Id}) could not be continued.", cancellationToken);
        return $"{name} (pid {process.Id}) {(wasStopped ? "goes on" : "was not stopped")}";
    }

    /// <summary>Ends it in order (SIGTERM) and, unless it is to be held down, waits until it works again; starts one that is down.</summary>
    public async Task<string> RestartAsync(string name, bool hold, CancellationToken cancellationToken)
    {
        ProcessIdentity? before = stack.Find(name).Process is { IsAlive: true } living ? living : null;
        stack.Orders.Give(name, hold ? Order.Hold : Order.Restart);
        if (before is not null)
        {
            say($"{name} (pid {before.Id}) is asked to end...");
            Signals.Send(before.Id, Signals.Term);

            // One that is stopped would never learn of it.
            Signals.Send(before.Id, Signals.Continue);
            await EndedAsync(name, before, EndDeadline, cancellationToken);
        }

        if (hold)
        {
            return $"{name} {(before is null ? "is down" : $"(pid {before.Id}) has ended")}{Consequence(name, hold)}";
        }

        say($"waiting for {name} to work again...");
        long started = TimeProvider.System.GetTimestamp();
        await RunningStack.UntilAsync(
            async () => stack.Find(name).Process is { IsAlive: true } now && now != before && await stack.IsWholeAsync(name, http, cancellationToken),
            BackDeadline,
            () => $"{name} did not come back within {BackDeadline.TotalSeconds:0} s. See ./foobar logs {name} and ./foobar logs supervisor.",
            cancellationToken);
        return $"{name} (pid {stack.FindLiving(name).Id}) is back after {TimeProvider.System.GetElapsedTime(started).TotalSeconds:0.0} s";
    }

    private static string Consequence(string name, bool hold) =>
        hold ? $" and is held down; ./foobar fault restart {name} starts it" : "; its supervisor starts it again";

    private static Task EndedAsync(string name, ProcessIdentity process, TimeSpan within, CancellationToken cancellationToken) => RunningStack.UntilAsync(
        () => Task.FromResult(!process.IsAlive),
        within,
        () => $"{name} (pid {process.Id}) did not end within {within.TotalSeconds:0} s. ./foobar fault kill {name} ends it at once.",
        cancellationToken);
}
