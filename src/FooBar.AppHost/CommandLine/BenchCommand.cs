using System.CommandLine;
using FooBar.AppHost.Benchmarks;
using FooBar.AppHost.State;

namespace FooBar.AppHost.CommandLine;

/// <summary><c>foobar bench</c>: ours and its peers side by side, in one run.</summary>
internal static class BenchCommand
{
    private const string MySqlConnector = "MySqlConnector";

    public static Command Create()
    {
        Command command = new("bench", "Side-by-side benchmarks") { Driver(), Data() };
        command.Subcommands.Add(LaterCommands.Create("bench gateway", "Compare the gateway with other proxies"));
        command.Subcommands.Add(LaterCommands.Create("bench site", "Compare the site with another web server"));
        return command;
    }

    private static Command Driver()
    {
        Option<string[]> workloads = BenchOptions.Workloads(DriverWorkload.Grammar);
        Option<int> rounds = BenchOptions.Rounds("driver", 5);
        Option<double> seconds = BenchOptions.Seconds("driver", 1);
        Option<string?> with = new("--with")
        {
            Description = $"A peer that is not measured otherwise: {MySqlConnector}, whose package is then restored, or {MySqlConnector}=FILE, an assembly",
            HelpName = "PEER",
        };
        Option<string?> json = BenchOptions.Json();
        Command command = new("driver", "Compare FooBar.MySql with MySql.Data and MySqlConnector") { workloads, rounds, seconds, with, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string[] wanted = parsed.GetValue(workloads) ?? [];
            string? peer = parsed.GetValue(with);
            string? path = parsed.GetValue(json) is { } file ? Path.GetFullPath(file) : null;
            if ((BenchOptions.ProblemWithWorkloads(wanted, DriverWorkload.Matching, DriverWorkload.Grammar) ?? ProblemWithPeer(peer) ?? BenchOptions.ProblemWithFile(path)) is { } problem)
            {
                return await WrongAsync(problem);
            }

            IEnumerable<DriverWorkload> chosen = wanted.Length == 0 ? DriverWorkload.All : DriverWorkload.All.Intersect(wanted.SelectMany(DriverWorkload.Matching));
            BenchmarkPlan plan = new([.. chosen.Select(workload => workload.Name)], parsed.GetValue(rounds), parsed.GetValue(seconds), path);
            return await RunAsync("driver", plan, BuildProperties(peer), withRouter: false, FoobarCommand.StateOf(parsed), cancellationToken);
        });
        return command;
    }

    private static Command Data()
    {
        Option<string[]> workloads = BenchOptions.Workloads(DataWorkload.Grammar);
        Option<int> rounds = BenchOptions.Rounds("contestant", 40);
        Option<double> seconds = BenchOptions.Seconds("contestant", 0.2);
        Option<string?> json = BenchOptions.Json();
        Command command = new("data", "Compare FooBar.Data with the bare driver and MySQL Router") { workloads, rounds, seconds, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string[] wanted = parsed.GetValue(workloads) ?? [];
            string? path = parsed.GetValue(json) is { } file ? Path.GetFullPath(file) : null;
            if ((BenchOptions.ProblemWithWorkloads(wanted, DataWorkload.Matching, DataWorkload.Grammar) ?? BenchOptions.ProblemWithFile(path)) is { } problem)
            {
                return await WrongAsync(problem);
            }

            IEnumerable<DataWorkload> chosen = wanted.Length == 0 ? DataWorkload.All : DataWorkload.All.Intersect(wanted.SelectMany(DataWorkload.Matching));
            BenchmarkPlan plan = new([.. chosen.Select(workload => workload.Name)], parsed.GetValue(rounds), parsed.GetValue(seconds), path);
            return await RunAsync("data", plan, [], withRouter: chosen.Any(workload => !workload.IsDecision), FoobarCommand.StateOf(parsed), cancellationToken);
        });
        return command;
    }

    private static async Task<int> WrongAsync(string problem)
    {
        await Console.Error.WriteLineAsync($"foobar: {problem}");
        return FoobarCommand.WrongUsage;
    }

    private static async Task<int> RunAsync(string benchmark, BenchmarkPlan plan, string[] buildProperties, bool withRouter, StateFolder state, CancellationToken cancellationToken)
    {
        state.Create();
        using IDisposable? use = ToolsUse.Share(state.Tools);
        return await BenchmarkProgram.RunAsync(benchmark, plan.ToArgument(), buildProperties, withRouter, state, cancellationToken) == 0 ? 0 : FoobarCommand.Failed;
    }

    private static string? ProblemWithPeer(string? peer) => peer?.Split('=', 2) switch
    {
        null or [MySqlConnector] => null,
        [MySqlConnector, string file] => File.Exists(file) ? null : $"--with {peer}: there is no file {Path.GetFullPath(file)}.",
        _ => $"there is no peer '{peer}' to add. Give {MySqlConnector} or {MySqlConnector}=FILE.",
    };

    private static string[] BuildProperties(string? peer) => peer?.Split('=', 2) switch
    {
        null => [],
        [_, string file] => [$"MySqlConnectorPath={Path.GetFullPath(file)}"],
        _ => ["WithMySqlConnector=true"],
    };
}
