using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace FooBar.AppHost.Processes;

/// <summary>What to run as a child. Secrets never belong in <see cref="Arguments"/>: other users can read them.</summary>
/// <param name="Name">The name that people use for it: <c>web-1</c>, <c>db-2</c>, <c>gateway</c>.</param>
/// <param name="FileName">The program.</param>
/// <param name="Arguments">Its arguments, one each.</param>
/// <param name="WorkingDirectory">Its working directory.</param>
/// <param name="LogFile">Where its standard output and error are appended.</param>
internal sealed record ChildSpecification(string Name, string FileName, IReadOnlyList<string> Arguments, string WorkingDirectory, string LogFile)
{
    /// <summary>Variables added to the environment that the child inherits.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The signal the kernel sends it when the supervisor dies: KILL, or TERM for what must flush first.</summary>
    public string ParentDeathSignal { get; init; } = "KILL";

    /// <summary>The user to run it as, when the supervisor is root; null keeps the supervisor's user.</summary>
    public string? User { get; init; }
}

/// <summary>
/// A running child: in a session of its own, so that Ctrl-C in the terminal reaches the supervisor alone and the order of stopping is ours;
/// with a parent-death signal, so that it never outlives the supervisor; its output appended to a file by the kernel, so that no byte of it
/// depends on the supervisor's health. Thread-safe.
/// </summary>
internal sealed class ChildProcess
{
    private readonly Process _process;

    private ChildProcess(ChildSpecification specification, Process process)
    {
        Specification = specification;
        _process = process;
        Id = process.Id;
        Identity = ProcessIdentity.Of(process.Id);
    }

    public ChildSpecification Specification { get; }

    public string Name => Specification.Name;

    public int Id { get; }

    /// <summary>Who it is, taken when it was started: later another process may have its id. Null when it had ended by then.</summary>
    public ProcessIdentity? Identity { get; }

    public bool HasExited => _process.HasExited;

    /// <summary>The exit code; 128 + N when signal N ended it. Only after <see cref="HasExited"/>.</summary>
    public int ExitCode => _process.ExitCode;

    public static async Task<ChildProcess> StartAsync(ChildSpecification specification)
    {
        ProcessStartInfo start = new("/bin/sh")
        {
            WorkingDirectory = specification.WorkingDirectory,
            RedirectStandardInput = true,
        };

        // Each link replaces itself with the next by exec, so the process id stays the child's.
        // setsid(1) forks only as a process group leader, which a child of Process.Start never is.
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("exec \"$@\" >>\"$0\" 2>&1 </dev/null");
        start.ArgumentList.Add(specification.LogFile);
        start.ArgumentList.Add("setsid");
        start.ArgumentList.Add("setpriv");
        if (specification.User is { } user)
        {
            start.ArgumentList.Add($"--reuid={user}");
            start.ArgumentList.Add("--clear-groups");
            start.ArgumentList.Add($"--regid={UnprivilegedUser.Group}");
        }

        start.ArgumentList.Add("--pdeathsig");
        start.ArgumentList.Add(specification.ParentDeathSignal);
        start.ArgumentList.Add("--");

        // The death signal counts from when it is asked for. Had we died before, nobody would send it: then the child's parent is another by now.
        start.ArgumentList.Add("/bin/sh");
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("[ \"$PPID\" = \"$0\" ] && exec \"$@\"");
        start.ArgumentList.Add(Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        start.ArgumentList.Add(specification.FileName);
        foreach (string argument in specification.Arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (string inherited in start.Environment.Keys.ToList())
        {
            if (inherited.StartsWith("ASPNETCORE_", StringComparison.Ordinal) || inherited is "DOTNET_ENVIRONMENT")
            {
                start.Environment.Remove(inherited);
            }
        }

        foreach ((string name, string value) in specification.Environment)
        {
            start.Environment[name] = value;
        }

        return new ChildProcess(specification, await ChildSpawner.StartAsync(start));
    }

    public Task WaitForExitAsync(CancellationToken cancellationToken) => _process.WaitForExitAsync(cancellationToken);

    /// <summary>Asks the child to end and waits; kills it when it has not within <paramref name="grace"/>. Returns whether it ended by itself.</summary>
    public async Task<bool> StopAsync(TimeSpan grace)
    {
        if (HasExited)
        {
            return true;
        }

        Signals.Send(Id, Signals.Term);

        // One that somebody stopped would keep the request waiting until it is continued.
        Signals.Send(Id, Signals.Continue);
        using CancellationTokenSource deadline = new(grace);
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
            return false;
        }
    }

    public void Kill()
    {
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It ended between the question and the signal: that is what was wanted.
        }
        catch (Win32Exception)
        {
            // The same race, one system call later.
        }
    }

    /// <summary>The line of its log that says why it ended: the last error of a database, else the last line.</summary>
    public string LastWords()
    {
        string[] lines = LogTail(50).Split('\n');
        return lines.LastOrDefault(line => line.Contains("[ERROR]", StringComparison.Ordinal) && !line.Contains("Aborting", StringComparison.Ordinal)) ?? lines[^1];
    }

    /// <summary>The last lines of its log, for an error message.</summary>
    public string LogTail(int lines = 15)
    {
        if (!File.Exists(Specification.LogFile))
        {
            return "(no log)";
        }

        using FileStream log = new(Specification.LogFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        log.Seek(-Math.Min(log.Length, 64 * 1024), SeekOrigin.End);
        using StreamReader reader = new(log);
        return string.Join('\n', reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(lines));
    }
}
