using System.Text.Json;

namespace FooBar.AppHost.Benchmarks;

/// <summary>What to measure, as the command line said it; handed to the benchmark's process as one argument.</summary>
/// <param name="Workloads">Their names, in the order in which they run.</param>
/// <param name="Rounds">How often each contestant is measured in each workload; the medians count.</param>
/// <param name="SecondsPerRound">How long one is measured without a break; before its first round it works as long unmeasured.</param>
/// <param name="JsonPath">Where the figures go as JSON; null for nowhere.</param>
internal sealed record BenchmarkPlan(IReadOnlyList<string> Workloads, int Rounds, double SecondsPerRound, string? JsonPath)
{
    public const int MostRounds = 999;
    public const double LeastSeconds = 0.05;
    public const double MostSeconds = 60;

    public string ToArgument() => JsonSerializer.Serialize(this);

    public static BenchmarkPlan Parse(string argument) => JsonSerializer.Deserialize<BenchmarkPlan>(argument) ?? throw new ArgumentException("No plan.", nameof(argument));
}
