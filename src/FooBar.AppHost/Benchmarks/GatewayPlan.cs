using System.Text.Json;

namespace FooBar.AppHost.Benchmarks;

/// <summary>What to measure of the gateway and how; handed to the benchmark's process as one argument.</summary>
/// <param name="Measured">The workloads and the rounds.</param>
/// <param name="WarmUpSeconds">For how long the gateway works unmeasured, in each workload; its peers do for the length of a round.</param>
/// <param name="Environment">What our gateway's environment has beside its usual: <c>NAME=VALUE</c>.</param>
/// <param name="Settings">What our gateway's configuration has beside its usual: <c>Section:Key=Value</c>.</param>
internal sealed record GatewayPlan(BenchmarkPlan Measured, double WarmUpSeconds, IReadOnlyList<string> Environment, IReadOnlyList<string> Settings)
{
    /// <summary>By then the just-in-time compiler has done what it ever does; before, a request costs up to five times as much.</summary>
    public const double UsualWarmUpSeconds = 15;

    /// <summary>A build of the gateway, its FooBar.LoadBalancer.dll, that is measured beside ours and without what was added to it; null for none.</summary>
    public string? Baseline { get; init; }

    public string ToArgument() => JsonSerializer.Serialize(this);

    public static GatewayPlan Parse(string argument) => JsonSerializer.Deserialize<GatewayPlan>(argument) ?? throw new ArgumentException("No plan.", nameof(argument));
}
