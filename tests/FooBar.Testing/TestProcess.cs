using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;

namespace FooBar.Testing;

/// <summary>
/// Starts processes that die with the test process, however it dies. The parent-death signal follows the thread that forked the child
/// (prctl(2)), so all are forked by one thread that never ends. Thread-safe.
/// </summary>
public static class TestProcess
{
    private static readonly BlockingCollection<Action> Queue = StartThread();

    /// <summary>Starts a program; the caller owns the process.</summary>
    /// <param name="deathSignal">What it gets when the test process dies: KILL, or TERM for what must clean up after itself.</param>
    /// <param name="fileName">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="configure">Sets the environment, the folder and the redirections.</param>
    public static Task<Process> StartAsync(string deathSignal, string fileName, IEnumerable<string> arguments, Action<ProcessStartInfo>? configure = null)
    {
        ProcessStartInfo start = new("setpriv");
        foreach (string argument in (IEnumerable<string>)["--pdeathsig", deathSignal, "--", fileName, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        configure?.Invoke(start);
        TaskCompletionSource<Process> started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Queue.Add(() =>
        {
            try
            {
                started.SetResult(Process.Start(start)!);
            }
            catch (Exception exception)
            {
                started.SetException(exception);
            }
        });
        return started.Task;
    }

    /// <summary>Runs a program to its end; returns its exit code and everything it wrote.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(string fileName, IEnumerable<string> arguments, CancellationToken cancellationToken, Action<ProcessStartInfo>? configure = null, string? input = null)
    {
        using Process process = await StartAsync("TERM", fileName, arguments, start =>
        {
            start.RedirectStandardInput = true;
            start.RedirectStandardOutput = true;
            start.RedirectStandardError = true;
            configure?.Invoke(start);
        });
        StringBuilder output = new();
        DataReceivedEventHandler collect = (_, line) =>
        {
            lock (output)
            {
                output.AppendLine(line.Data);
            }
        };
        process.OutputDataReceived += collect;
        process.ErrorDataReceived += collect;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        lock (output)
        {
            return (process.ExitCode, output.ToString());
        }
    }

    private static BlockingCollection<Action> StartThread()
    {
        BlockingCollection<Action> queue = [];
        Thread thread = new(() =>
        {
            foreach (Action action in queue.GetConsumingEnumerable())
            {
                action();
            }
        })
        {
            IsBackground = true,
            Name = "test process spawner",
        };
        thread.Start();
        return queue;
    }
}
