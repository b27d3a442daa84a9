using System.CommandLine;
using System.Globalization;
using FooBar.AppHost.Benchmarks;
using FooBar.AppHost.State;

namespace FooBar.AppHost.CommandLine;

/// <summary><c>foobar bench</c>: ours and its peers side by side, in one run.</summary>
internal static class BenchCommand
{
    private const string MySqlConnector = "MySqlConnector";

    public static Command Create()
    {
        Command command = new("bench", "Side-by-side benchmarks") { Driver() };
        command.Subcommands.Add(LaterCommands.Create("bench data", "Compare routed reads and writes with the bare driver"));
        command.Subcommands.Add(LaterCommands.Create("bench gateway", "Compare the gateway with other proxies"));
        command.Subcommands.Add(LaterCommands.Create("bench site", "Compare the site with another web server"));
        return command;
    }

    private static Command Driver()
    {
        Option<string[]> workloads = new("--workload") { Description = $"Measure this one alone; may be repeated. {DriverWorkload.Grammar}", HelpName = "NAME" };
        Option<int> rounds = new("--rounds")
        {
            Description = $"How often each driver is measured in each workload, 1 to {DriverPlan.MostRounds}; the medians count",
            HelpName = "N",
            DefaultValueFactory = _ => 5,
            CustomParser = argument =>
            {
                string text = argument.Tokens[0].Value;
                if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number is < 1 or > DriverPlan.MostRounds)
                {
                    argument.AddError($"--rounds {text}: give a whole number from 1 to {DriverPlan.MostRounds}.");
                }

                return number;
            },
        };
        Option<double> seconds = new("--seconds")
        {
            Description = "Seconds of a round, 0.05 to 60; before its first each driver warms up as long",
            HelpName = "S",
            DefaultValueFactory = _ => 1,
            CustomParser = argument =>
            {
                string text = argument.Tokens[0].Value;
                if (!double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) || number is < DriverPlan.LeastSeconds or > DriverPlan.MostSeconds)
                {
                    argument.AddError($"--seconds {text}: give a number from 0.05 to 60.");
                }

                return number;
            },
        };
        Option<string?> with = new("--with")
        {
            Description = $"A peer that is not measured otherwise: {MySqlConnector}, whose package is then restored, or {MySqlConnector}=FILE, an assembly",
            HelpName = "PEER",
        };
        Option<string?> json = new("--json") { Description = "Write the figures there too", HelpName = "FILE" };
        Command command = new("driver", "Compare FooBar.MySql with MySql.Data and MySqlConnector") { workloads, rounds, seconds, with, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string[] wanted = parsed.GetValue(workloads) ?? [];
            string? peer = parsed.GetValue(with);
            string? path = parsed.GetValue(json) is { } file ? Path.GetFullPath(file) : null;
            if ((Problem(wanted) ?? ProblemWithPeer(peer) ?? ProblemWithFile(path)) is { } problem)
            {
                await Console.Error.WriteLineAsync($"foobar: {problem}");
                return FoobarCommand.WrongUsage;
            }

            IEnumerable<DriverWorkload> chosen = wanted.Length == 0 ? DriverWorkload.All : DriverWorkload.All.Intersect(wanted.SelectMany(DriverWorkload.Matching));
            DriverPlan plan = new([.. chosen.Select(workload => workload.Name)], parsed.GetValue(rounds), parsed.GetValue(seconds), path);
            StateFolder state = FoobarCommand.StateOf(parsed);
            state.Create();
            using IDisposable? use = ToolsUse.Share(state.Tools);
            return await BenchmarkProgram.RunAsync("driver", plan.ToArgument(), BuildProperties(peer), state, cancellationToken) == 0 ? 0 : FoobarCommand.Failed;
        });
        return command;
    }

    private static string? Problem(string[] workloads) =>
        workloads.FirstOrDefault(pattern => DriverWorkload.Matching(pattern).Count == 0) is { } unknown
            ? $"there is no workload '{unknown}'. {DriverWorkload.Grammar}."
            : null;

    private static string? ProblemWithPeer(string? peer) => peer?.Split('=', 2) switch
    {
        null or [MySqlConnector] => null,
        [MySqlConnector, string file] => File.Exists(file) ? null : $"--with {peer}: there is no file {Path.GetFullPath(file)}.",
        _ => $"there is no peer '{peer}' to add. Give {MySqlConnector} or {MySqlConnector}=FILE.",
    };

    private static string? ProblemWithFile(string? path) =>
        path is not null && !Directory.Exists(Path.GetDirectoryName(path)) ? $"--json {path}: there is no folder {Path.GetDirectoryName(path)}." : null;

    private static string[] BuildProperties(string? peer) => peer?.Split('=', 2) switch
    {
        null => [],
        [_, string file] => [$"MySqlConnectorPath={Path.GetFullPath(file)}"],
        _ => ["WithMySqlConnector=true"],
    };
}
