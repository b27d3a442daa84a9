using FooBar.AppHost.Machine;
using FooBar.AppHost.Processes;
using FooBar.AppHost.Progress;
using FooBar.AppHost.Stack;
using FooBar.AppHost.State;

namespace FooBar.AppHost.CommandLine;

/// <summary>The process that owns a stack when no terminal does.</summary>
internal static class Supervisor
{
    /// <summary>Checks the machine and takes the state folder for this process.</summary>
    /// <exception cref="FoobarException">The machine cannot run it, or another process owns the folder.</exception>
    public static StateLock Claim(StackOptions options, StateFolder state)
    {
        if (UnprivilegedUser.ForDatabase is { } user && Path.GetDirectoryName(state.Path) is { } parent && !Checkout.IsOpenToAll(parent))
        {
            throw new FoobarException($"As root the databases run as the user {user}, who cannot pass through {parent}. Give a folder elsewhere with --state, such as /var/lib/foobar.");
        }

        state.Create();
        StateLock? taken = StateLock.TryTake(state);
        if (taken is null)
        {
            StackRecord? owner = StackRecord.ReadLiving(state);
            throw new FoobarException($"www.foobar.com is already up or starting in {state.Path}{(owner is null ? string.Empty : $": {owner.Url}")}. See ./foobar status; ./foobar down stops it.");
        }

        try
        {
            if (StackRecord.ReadAny(state)?.Children.FirstOrDefault(child => child.Process?.IsAlive == true) is { } left)
            {
                // Otherwise its port would be "in use by another program".
                throw new FoobarException($"{left.Name} of a stack that was killed still runs in {state.Path} (pid {left.Process!.Id}). ./foobar down waits for its end; then start again.");
            }

            Preflight.Check(options, state);
            return taken;
        }
        catch
        {
            taken.Dispose();
            throw;
        }
    }

    /// <summary>Runs the stack until SIGTERM. Progress goes to a file that the starting command follows; so does the reason of a failure.</summary>
    public static async Task<int> RunDetachedAsync(StackOptions options, StateFolder state, CancellationToken cancellationToken)
    {
        Signals.LeaveSession();
        try
        {
            using StateLock stateLock = Claim(options, state);
            FileProgress progress = new(state.ProgressFile);
            await using SiteStack stack = new(options, state);
            try
            {
                await stack.StartAsync(progress, cancellationToken);
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            }
            finally
            {
                await stack.StopAsync();
            }

            return 0;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return 0;
        }
        catch (Exception exception) when (FoobarCommand.Explain(exception, state) is { } line)
        {
            PrivateFile.Write(DetachedStart.FailureFile(state), line);
            throw;
        }
    }
}
