using System.Diagnostics;
using FooBar.AppHost.Machine;
using FooBar.AppHost.Processes;
using FooBar.AppHost.Progress;
using FooBar.AppHost.Stack;
using FooBar.AppHost.State;
using Spectre.Console;

namespace FooBar.AppHost.CommandLine;

/// <summary><c>up --detach</c>: starts a supervisor of its own session, shows its progress, and leaves it when the site is up.</summary>
internal static class DetachedStart
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    /// <summary>Where the supervisor writes why it failed.</summary>
    public static string FailureFile(StateFolder state) => Path.Combine(state.Run, "failure");

    public static async Task<int> RunAsync(StackOptions options, StateFolder state, CancellationToken cancellationToken)
    {
        // The same checks as the supervisor's own, here where the user sees them; the lock is given back for it to take.
        Supervisor.Claim(options, state).Dispose();
        File.Delete(FailureFile(state));
        File.Delete(state.ProgressFile);
        using Process supervisor = Start(options, state);
        try
        {
            if (AnsiConsole.Profile.Capabilities.Interactive && !Console.IsOutputRedirected)
            {
                await BarProgress.RunAsync(progress => FollowAsync(supervisor, state, progress, cancellationToken));
            }
            else
            {
                await FollowAsync(supervisor, state, new LineProgress(Console.Out, TimeProvider.System), cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Signals.Send(supervisor.Id, Signals.Term);
            TerminalLine.TryWrite("Stopping...");
            await supervisor.WaitForExitAsync(CancellationToken.None);
            throw new FoobarException("interrupted before the site was up; what had started is stopped.");
        }

        UpCommand.Announce(StackRecord.ReadLiving(state)?.Url ?? string.Empty, state);
        Console.WriteLine("  ./foobar status shows it, ./foobar logs -f follows it, ./foobar down stops it.");
        return 0;
    }

    private static async Task FollowAsync(Process supervisor, StateFolder state, IStartProgress progress, CancellationToken cancellationToken)
    {
        long position = 0;
        while (true)
        {
            // First: an interruption in the terminal may have ended the supervisor too, before it had a session of its own.
            cancellationToken.ThrowIfCancellationRequested();
            bool ended = supervisor.HasExited;
            bool running = StackRecord.ReadLiving(state) is { Phase: "running" };
            position = FileProgress.Follow(state.ProgressFile, position, progress);
            if (ended)
            {
                string log = state.Log("supervisor");
                throw new FoobarException(File.Exists(FailureFile(state))
                    ? await File.ReadAllTextAsync(FailureFile(state), CancellationToken.None)
                    : $"The supervisor ended with exit code {supervisor.ExitCode} before the site was up (log: {log}).");
            }

            if (running)
            {
                return;
            }

            await Task.Delay(Poll, TimeProvider.System, cancellationToken);
        }
    }

    private static Process Start(StackOptions options, StateFolder state)
    {
        ProcessStartInfo start = new("/bin/sh") { WorkingDirectory = Checkout.Root };
        foreach (string argument in (string[])
        [
            "-c", "exec \"$@\" >>\"$0\" 2>&1 </dev/null", state.Log("supervisor"),
            Dotnet.Program, typeof(DetachedStart).Assembly.Location, "up", "--supervised",
            "--state", state.Path,
            "--https-port", $"{options.HttpsPort}", "--http-port", $"{options.HttpPort}",
            "--web", $"{options.Web}", "--db", $"{options.Db}", "--port-offset", $"{options.PortOffset}",
            "--replication", ReplicationFile.Word(options.Replication),
        ])
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start) ?? throw new FoobarException("The supervisor could not be started: /bin/sh did not run.");
    }
}
