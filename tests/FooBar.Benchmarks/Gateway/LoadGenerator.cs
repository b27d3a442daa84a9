using System.Diagnostics;
using FooBar.AppHost.Provisioning;
using FooBar.Testing;

namespace FooBar.Benchmarks.Gateway;

/// <summary>Runs one of the load generators that come as programs.</summary>
internal static class LoadGenerator
{
    /// <summary>For a generator that does not end by itself: h2load goes on for ever on a connection that was not made before the time was up.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(30);

    /// <summary>The program of that name.</summary>
    /// <exception cref="BenchmarkException">Nobody has said where it is.</exception>
    public static string Find(string name) => Environment.GetEnvironmentVariable(LoadGeneratorsInstallation.Variable) is { Length: > 0 } home
        ? Path.Combine(home, "bin", name)
        : throw new BenchmarkException($"there is no {name}: set {LoadGeneratorsInstallation.Variable} to the folder that holds bin/{name}.");

    /// <summary>Runs it to its end, and returns what it printed.</summary>
    /// <param name="program">Its path.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="duration">How long it works.</param>
    /// <param name="cancellationToken">Ends it at once.</param>
    /// <exception cref="BenchmarkException">It failed, or did not end.</exception>
    public static async Task<string> RunAsync(string program, IEnumerable<string> arguments, TimeSpan duration, CancellationToken cancellationToken)
    {
        using Process process = await TestProcess.StartAsync("KILL", "setsid", [program, .. arguments], start =>
        {
            start.RedirectStandardOutput = true;
            start.RedirectStandardError = true;
        });
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
            Task<string> errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
            Task ended = process.WaitForExitAsync(cancellationToken);
            if (!await EndsAsync(ended, duration + Grace, cancellationToken))
                throw new BenchmarkException($"{Path.GetFileName(program)} was to work for {duration.TotalSeconds:0.0} s and did not end {Grace.TotalSeconds:0} s later.");

            await ended;
            return process.ExitCode == 0
                ? await output
                : throw new BenchmarkException($"{Path.GetFileName(program)} failed: {LastLine(await errors) ?? LastLine(await output) ?? $"exit code {process.ExitCode}"}");
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    /// <summary>A lap that lasts until something was answered: on a machine that is full of other work, a second may pass before anything is.</summary>
    /// <param name="time">How long the generator works, at first.</param>
    /// <param name="run">Has it work so long.</param>
    /// <exception cref="BenchmarkException">Nothing was.</exception>
    public static async Task<LoadLap> LapAsync(TimeSpan time, Func<TimeSpan, Task<LoadLap>> run)
    {
        for (TimeSpan before = TimeSpan.Zero; before < LongestSilence; time *= 2)
        {
            LoadLap lap = await run(time);
            if (lap.Requests > 0) return lap with { Elapsed = before + lap.Elapsed };

            before += time;
        }

        throw new BenchmarkException($"nothing was answered in {LongestSilence.TotalSeconds:0} s.");
    }

    private static async Task<bool> EndsAsync(Task ended, TimeSpan within, CancellationToken cancellationToken)
    {
        using CancellationTokenSource enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bool isEnded = await Task.WhenAny(ended, Task.Delay(within, TimeProvider.System, enough.Token)) == ended;
        await enough.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
        return isEnded;
    }

    private static string? LastLine(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault();
}
