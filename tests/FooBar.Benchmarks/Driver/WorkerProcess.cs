using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using FooBar.Testing;

namespace FooBar.Benchmarks.Driver;

/// <summary>The process of one driver, seen from the one that measures. It dies with us.</summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    /// <summary>The program's first argument when it is to be a worker.</summary>
    public const string Argument = "worker";

    private readonly Process _process;

    private WorkerProcess(Contestant contestant, Process process)
    {
        Contestant = contestant;
        _process = process;
    }

    public Contestant Contestant { get; }

    public static async Task<WorkerProcess> StartAsync(Contestant contestant, ServerAddress server)
    {
        string[] arguments = [typeof(WorkerProcess).Assembly.Location, Argument, contestant.Name, server.ToArgument()];
        return new WorkerProcess(contestant, await TestProcess.StartAsync("KILL", Environment.ProcessPath!, arguments, start =>
        {
            start.RedirectStandardInput = true;
            start.RedirectStandardOutput = true;
            if (!contestant.UsesMachinesAuthorities) return;

            start.Environment["SSL_CERT_FILE"] = server.CaPath;
            start.Environment["SSL_CERT_DIR"] = "/dev/null";
        }));
    }

    /// <summary>Opens what a workload needs. Returns what went wrong, or null.</summary>
    public async Task<string?> BeginAsync(string workload, CancellationToken cancellationToken) => (await AskAsync($"begin {workload}", cancellationToken)).Error;

    /// <summary>Works for so long.</summary>
    public Task<WorkerAnswer> RunAsync(double seconds, CancellationToken cancellationToken) =>
        AskAsync($"run {seconds.ToString(CultureInfo.InvariantCulture)}", cancellationToken);

    /// <summary>Closes every connection.</summary>
    public Task EndAsync(CancellationToken cancellationToken) => AskAsync("end", cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task<WorkerAnswer> AskAsync(string line, CancellationToken cancellationToken)
    {
        await _process.StandardInput.WriteLineAsync(line.AsMemory(), cancellationToken);
        await _process.StandardInput.FlushAsync(cancellationToken);
        string answer = await _process.StandardOutput.ReadLineAsync(cancellationToken)
            ?? throw new BenchmarkException($"the process that measures {Contestant.Name} ended at '{line}'; what it wrote is above.");
        return JsonSerializer.Deserialize<WorkerAnswer>(answer)!;
    }
}
