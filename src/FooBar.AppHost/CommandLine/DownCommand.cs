using System.CommandLine;
using FooBar.AppHost.Lab;
using FooBar.AppHost.Machine;
using FooBar.AppHost.Processes;
using FooBar.AppHost.State;

namespace FooBar.AppHost.CommandLine;

/// <summary><c>foobar down</c>.</summary>
internal static class DownCommand
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);

    public static Command Create()
    {
        Option<bool> purge = new("--purge") { Description = "Also remove the state folder: data, certificates, downloads, logs" };
        Command command = new("down", "Stop everything; the data stays unless --purge") { purge };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            StateFolder state = FoobarCommand.StateOf(parsed);
            bool stopped = await StopAsync(state, cancellationToken);
            if (parsed.GetValue(purge))
            {
                bool existed = state.Exists;
                Purge(state);
                Console.WriteLine(existed ? $"Stopped, and removed {state.Path}." : $"There was nothing to remove: {state.Path} does not exist.");
            }
            else
            {
                Console.WriteLine(stopped ? "Stopped. The data is kept; ./foobar up goes on with it." : $"Nothing was running in {state.Path}.");
            }

            return 0;
        });
        return command;
    }

    /// <summary>Removes the folder, unless somebody began to use it since the stop.</summary>
    private static void Purge(StateFolder state)
    {
        if (!state.Exists)
        {
            return;
        }

        state.RequireOurs();
        using StateLock taken = StateLock.TryTake(state, usesTools: false)
            ?? throw new FoobarException($"Another ./foobar up has just begun in {state.Path}, so nothing was removed. Purge again to stop that one too.");
        using IDisposable? tools = ToolsUse.Own(state.OwnTools);
        LabFolder folder = new(state);
        using IDisposable? changing = Directory.Exists(folder.Path)
            ? FileLock.TryTake(folder.LockFile) ?? throw new FoobarException($"a lab is being brought up or down in {folder.Path}, so nothing was removed. Purge again when that is done.")
            : null;
        if (RunningLab.Find(folder) is { } lab)
        {
            throw new FoobarException($"a lab is up in {lab.Folder.Path}, so nothing was removed. End it with ./foobar lab down; then purge again.");
        }

        state.Delete();
    }

    private static async Task<bool> StopAsync(StateFolder state, CancellationToken cancellationToken)
    {
        if (StackRecord.ReadLiving(state) is not { Supervisor: { } supervisor } record)
        {
            return await StopOrphansAsync(state, cancellationToken);
        }

        await StopProgress.ShowAsync(record, () =>
        {
            Signals.Send(supervisor.Id, Signals.Term);

            // A supervisor that somebody stopped would never learn of it.
            Signals.Send(supervisor.Id, Signals.Continue);
            return WaitAsync([supervisor], "the supervisor", state, cancellationToken);
        });
        return true;
    }

    /// <summary>
    /// A supervisor that was killed took its children along by their parent-death signal; databases need a moment to flush.
    /// Whoever is still there after it is asked once more.
    /// </summary>
    private static async Task<bool> StopOrphansAsync(StateFolder state, CancellationToken cancellationToken)
    {
        ProcessIdentity[] orphans = [.. StackRecord.ReadAny(state)?.Children.Select(child => child.Process).OfType<ProcessIdentity>().Where(process => process.IsAlive) ?? []];
        foreach (ProcessIdentity orphan in orphans)
        {
            Signals.Send(orphan.Id, Signals.Term);

            // One that was stopped would never learn of it.
            Signals.Send(orphan.Id, Signals.Continue);
        }

        await WaitAsync(orphans, "its processes", state, cancellationToken);
        if (File.Exists(state.RuntimeFile))
        {
            // Only then: without its folder there is an exception instead of nothing to do.
            File.Delete(state.RuntimeFile);
        }

        return orphans.Length > 0;
    }

    private static async Task WaitAsync(IReadOnlyList<ProcessIdentity> processes, string who, StateFolder state, CancellationToken cancellationToken)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (processes.Any(process => process.IsAlive))
        {
            if (TimeProvider.System.GetElapsedTime(started) > Deadline)
            {
                int id = processes.First(process => process.IsAlive).Id;
                throw new FoobarException($"{who} did not end within {Deadline.TotalSeconds:0} s (pid {id}; logs: {state.Logs}). Look there, then end it with kill -9 {id}.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
        }
    }
}
