using System.Diagnostics;
using System.Text.Json;
using FooBar.AppHost.Benchmarks;
using FooBar.AppHost.Machine;
using FooBar.Benchmarks;
using FooBar.Testing;

namespace FooBar.AppHost.Tests.Benchmarks;

/// <summary>The benchmarks' program as <c>./foobar bench</c> runs it once it is built, with a folder of its own for what is temporary.</summary>
internal sealed class BenchmarkRun : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public BenchmarkRun()
    {
        // As root, mysqld runs as somebody else, and wants to write where temporary files go.
        Directory.CreateDirectory(Temporary);
        File.SetUnixFileMode(Temporary, (UnixFileMode)0b111_111_111);
    }

    public string Temporary => _folder["temporary"];

    public string Json => _folder["figures.json"];

    public void Dispose() => _folder.Dispose();

    public Task<Process> StartAsync(string benchmark, BenchmarkPlan plan) => StartAsync(benchmark, plan.ToArgument());

    public Task<Process> StartAsync(string benchmark, string plan)
    {
        string configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        string program = Path.Combine(RepositoryRoot.Path, "artifacts", "bin", "FooBar.Benchmarks", configuration, "FooBar.Benchmarks.dll");
        return TestProcess.StartAsync("TERM", Dotnet.Program, [program, benchmark, plan], start =>
        {
            start.RedirectStandardOutput = true;
            start.RedirectStandardError = true;
            foreach ((string name, string value) in Program.Homes) start.Environment[name] = value;
            start.Environment["TMPDIR"] = Temporary;
        });
    }

    /// <summary>Runs a plan to its end; returns what was printed, and the figures, which are written to <see cref="Json"/>.</summary>
    public Task<(string Output, Figure[] Figures)> CompleteAsync(string benchmark, BenchmarkPlan plan) => CompleteAsync(benchmark, (plan with { JsonPath = Json }).ToArgument());

    /// <inheritdoc cref="CompleteAsync(string, BenchmarkPlan)"/>
    public Task<(string Output, Figure[] Figures)> CompleteGatewayAsync(GatewayPlan plan) =>
        CompleteAsync("gateway", (plan with { Measured = plan.Measured with { JsonPath = Json } }).ToArgument());

    private async Task<(string Output, Figure[] Figures)> CompleteAsync(string benchmark, string plan)
    {
        using Process process = await StartAsync(benchmark, plan);
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"{output}\n{await errors}");
        return (output, JsonSerializer.Deserialize<Figure[]>(File.ReadAllText(Json), JsonSerializerOptions.Web)!);
    }
}
