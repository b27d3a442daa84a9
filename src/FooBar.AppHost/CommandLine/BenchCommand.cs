using System.CommandLine;
using FooBar.AppHost.Benchmarks;
using FooBar.AppHost.Machine;
using FooBar.AppHost.Progress;
using FooBar.AppHost.State;

namespace FooBar.AppHost.CommandLine;

/// <summary><c>foobar bench</c>: ours and its peers side by side, in one run.</summary>
internal static class BenchCommand
{
    private const string MySqlConnector = "MySqlConnector";

    private static string GatewayBuild => Path.Combine(Checkout.Artifacts, "bin", "FooBar.LoadBalancer", "release", "FooBar.LoadBalancer.dll");

    public static Command Create()
    {
        Command command = new("bench", "Side-by-side benchmarks") { Driver(), Data(), Gateway() };
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
            return await RunWithMySqlAsync("driver", plan, BuildProperties(peer), withRouter: false, FoobarCommand.StateOf(parsed), cancellationToken);
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
            return await RunWithMySqlAsync("data", plan, [], withRouter: chosen.Any(workload => !workload.IsDecision), FoobarCommand.StateOf(parsed), cancellationToken);
        });
        return command;
    }

    private static Command Gateway()
    {
        Option<string[]> workloads = BenchOptions.Workloads(GatewayWorkload.Grammar);
        Option<int> rounds = BenchOptions.Rounds("proxy", 5);
        Option<double> seconds = BenchOptions.Seconds("proxy", 3);
        Option<double> warmUp = BenchOptions.SecondsOf("--warm-up", "Seconds for which the gateway works unmeasured in each workload", GatewayPlan.UsualWarmUpSeconds);
        Option<string[]> environment = BenchOptions.Pairs("--gateway-env", "NAME=VALUE", "Start our gateway with this in its environment; may be repeated");
        Option<string[]> settings = BenchOptions.Pairs("--gateway-set", "SECTION:KEY=VALUE", "Start our gateway with this in its configuration; may be repeated");
        Option<string?> baseline = new("--baseline")
        {
            Description = "Measure our gateway a second time, without --gateway-env and --gateway-set; or the build of it whose FooBar.LoadBalancer.dll is given",
            HelpName = "FILE",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<string?> json = BenchOptions.Json();
        Command command = new("gateway", "Compare the gateway with HAProxy and nginx") { workloads, rounds, seconds, warmUp, environment, settings, baseline, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string[] wanted = parsed.GetValue(workloads) ?? [];
            string? path = parsed.GetValue(json) is { } file ? Path.GetFullPath(file) : null;
            string? build = parsed.GetResult(baseline) is null ? null : Path.GetFullPath(parsed.GetValue(baseline) ?? GatewayBuild);
            if ((BenchOptions.ProblemWithWorkloads(wanted, GatewayWorkload.Matching, GatewayWorkload.Grammar) ?? BenchOptions.ProblemWithFile(path) ?? ProblemWithBuild(parsed.GetValue(baseline))) is { } problem)
            {
                return await WrongAsync(problem);
            }

            IEnumerable<GatewayWorkload> chosen = wanted.Length == 0 ? GatewayWorkload.All : GatewayWorkload.All.Intersect(wanted.SelectMany(GatewayWorkload.Matching));
            BenchmarkPlan measured = new([.. chosen.Select(workload => workload.Name)], parsed.GetValue(rounds), parsed.GetValue(seconds), path);
            GatewayPlan plan = new(measured, parsed.GetValue(warmUp), parsed.GetValue(environment) ?? [], parsed.GetValue(settings) ?? []) { Baseline = build };
            StateFolder state = FoobarCommand.StateOf(parsed);
            return await RunAsync(
                "gateway", plan.ToArgument(), new BenchmarkBuild([], ["src/FooBar.LoadBalancer"]), (progress, token) => BenchmarkNeeds.ProxiesAsync(state, progress, token), state, cancellationToken);
        });
        return command;
    }

    private static async Task<int> WrongAsync(string problem)
    {
        await Console.Error.WriteLineAsync($"foobar: {problem}");
        return FoobarCommand.WrongUsage;
    }

    private static Task<int> RunWithMySqlAsync(string benchmark, BenchmarkPlan plan, string[] properties, bool withRouter, StateFolder state, CancellationToken cancellationToken) =>
        RunAsync(
            benchmark, plan.ToArgument(), new BenchmarkBuild(properties, []), (progress, token) => BenchmarkNeeds.MySqlAsync(state, withRouter, progress, token), state, cancellationToken);

    private static async Task<int> RunAsync(
        string benchmark,
        string plan,
        BenchmarkBuild build,
        Func<IStartProgress, CancellationToken, Task<IReadOnlyDictionary<string, string>>> provision,
        StateFolder state,
        CancellationToken cancellationToken)
    {
        state.Create();
        using IDisposable? use = ToolsUse.Share(state.Tools);
        return await BenchmarkProgram.RunAsync(benchmark, plan, build, provision, cancellationToken) == 0 ? 0 : FoobarCommand.Failed;
    }

    private static string? ProblemWithBuild(string? file) =>
        file is null || File.Exists(file) ? null : $"--baseline {file}: there is no file {Path.GetFullPath(file)}.";

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
