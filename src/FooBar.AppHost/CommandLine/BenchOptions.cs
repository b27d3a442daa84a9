using System.CommandLine;
using System.Globalization;
using FooBar.AppHost.Benchmarks;

namespace FooBar.AppHost.CommandLine;

/// <summary>The options that every benchmark has.</summary>
internal static class BenchOptions
{
    public static Option<string[]> Workloads(string grammar) =>
        new("--workload") { Description = $"Measure this one alone; may be repeated. {grammar}", HelpName = "NAME" };

    public static Option<string?> Json() => new("--json") { Description = "Write the figures there too", HelpName = "FILE" };

    public static Option<int> Rounds(string contestant, int usual) => new("--rounds")
    {
        Description = $"How often each {contestant} is measured in each workload, 1 to {BenchmarkPlan.MostRounds}; the medians count",
        HelpName = "N",
        DefaultValueFactory = _ => usual,
        CustomParser = argument =>
        {
            string text = argument.Tokens[0].Value;
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number is < 1 or > BenchmarkPlan.MostRounds)
            {
                argument.AddError($"--rounds {text}: give a whole number from 1 to {BenchmarkPlan.MostRounds}.");
            }

            return number;
        },
    };

    public static Option<double> Seconds(string contestant, double usual) =>
        SecondsOf("--seconds", $"Seconds of a round, 0.05 to 60; before its first each {contestant} warms up as long", usual);

    /// <summary>An option that takes a number of seconds, in the range of a round's.</summary>
    public static Option<double> SecondsOf(string name, string description, double usual) => new(name)
    {
        Description = description,
        HelpName = "S",
        DefaultValueFactory = _ => usual,
        CustomParser = argument =>
        {
            string text = argument.Tokens[0].Value;
            if (!double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) || number is < BenchmarkPlan.LeastSeconds or > BenchmarkPlan.MostSeconds)
            {
                argument.AddError($"{name} {text}: give a number from 0.05 to 60.");
            }

            return number;
        },
    };

    /// <summary>An option that takes a name and its value, and may be repeated.</summary>
    public static Option<string[]> Pairs(string name, string form, string description)
    {
        Option<string[]> option = new(name) { Description = description, HelpName = form };
        option.Validators.Add(result =>
        {
            if (result.Tokens.FirstOrDefault(token => token.Value.IndexOf('=') < 1) is { } wrong)
            {
                result.AddError($"{name} {wrong.Value}: give {form}.");
            }
        });
        return option;
    }

    /// <summary>The first name or pattern that stands for no workload, in a sentence; null when there is none.</summary>
    public static string? ProblemWithWorkloads<T>(string[] wanted, Func<string, IReadOnlyList<T>> matching, string grammar) =>
        wanted.FirstOrDefault(pattern => matching(pattern).Count == 0) is { } unknown ? $"there is no workload '{unknown}'. {grammar}." : null;

    /// <summary>What is wrong with the file for the figures; null when nothing is.</summary>
    public static string? ProblemWithFile(string? path) =>
        path is not null && !Directory.Exists(Path.GetDirectoryName(path)) ? $"--json {path}: there is no folder {Path.GetDirectoryName(path)}." : null;
}
