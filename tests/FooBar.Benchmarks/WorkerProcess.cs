using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using FooBar.Testing;

namespace FooBar.Benchmarks;

/// <summary>The process of one contestant, seen from the one that measures. It dies with us.</summary>
internal sealed class WorkerProcess : IContestant<Measurement>, IAsyncDisposable
{
    /// <summary>The program's first argument when it is to be a worker.</summary>
    public const string Argument = "worker";

    private readonly Process _process;

    private WorkerProcess(string name, Process process)
    {
        Name = name;
        _process = process;
    }

    /// <summary>The contestant's, as it is reported.</summary>
    public string Name { get; }

    /// <summary>Starts a contestant's process.</summary>
    /// <param name="benchmark">Whose contestant it is: <c>driver</c> or <c>data</c>.</param>
    /// <param name="name">The contestant's.</param>
    /// <param name="setting">Where it finds its servers.</param>
    /// <param name="environment">What its environment has beside ours.</param>
    public static async Task<WorkerProcess> StartAsync(string benchmark, string name, string setting, IReadOnlyDictionary<string, string>? environment = null)
    {
        string[] arguments = [typeof(WorkerProcess).Assembly.Location, Argument, benchmark, name, setting];
        return new WorkerProcess(name, await TestProcess.StartAsync("KILL", Environment.ProcessPath!, arguments, start =>
        {
            start.RedirectStandardInput = true;
            start.RedirectStandardOutput = true;
            foreach ((string variable, string value) in environment ?? new Dictionary<string, string>()) start.Environment[variable] = value;
        }));
    }

    /// <summary>Opens what a workload needs. Returns what went wrong, or null.</summary>
    public async Task<string?> BeginAsync(string workload, CancellationToken cancellationToken) => (await AskAsync($"begin {workload}", cancellationToken)).Error;

    /// <summary>Works for so long.</summary>
    public Task<RoundAnswer<Measurement>> RunAsync(double seconds, CancellationToken cancellationToken) =>
        AskAsync($"run {seconds.ToString(CultureInfo.InvariantCulture)}", cancellationToken);

    /// <summary>Closes every connection.</summary>
    public Task EndAsync(CancellationToken cancellationToken) => AskAsync("end", cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task<RoundAnswer<Measurement>> AskAsync(string line, CancellationToken cancellationToken)
    {
        await _process.StandardInput.WriteLineAsync(line.AsMemory(), cancellationToken);
        await _process.StandardInput.FlushAsync(cancellationToken);
        string answer = await _process.StandardOutput.ReadLineAsync(cancellationToken)
            ?? throw new BenchmarkException($"the process that measures {Name} ended at '{line}'; what it wrote is above.");
        return JsonSerializer.Deserialize<RoundAnswer<Measurement>>(answer)!;
    }
}
