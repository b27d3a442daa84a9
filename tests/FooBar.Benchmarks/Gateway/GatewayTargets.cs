using System.Globalization;

namespace FooBar.Benchmarks.Gateway;

/// <summary>What the gateway is wanted to reach, beside what it did: a line for each target of which there are figures.</summary>
internal static class GatewayTargets
{
    private const string Haproxy = "haproxy";
    private const string Nginx = "nginx";

    /// <summary>A ratio to the peer at most, or without a peer a value.</summary>
    private static readonly (string Workload, string Metric, string? Peer, double AtMost)[] All =
    [
        ("h1-keepalive-1k", ProxyContestant.Cpu, Haproxy, 1.25),
        ("h1-keepalive-100k", ProxyContestant.Cpu, Haproxy, 1.25),
        ("h2-keepalive-1k", ProxyContestant.Cpu, Haproxy, 1.6),
        ("h2-keepalive-100k", ProxyContestant.Cpu, Haproxy, 1.6),
        ("h1-new-connection", ProxyContestant.Cpu, Haproxy, 1.35),
        ("h1-new-connection-resumed", ProxyContestant.Cpu, Haproxy, 1.35),
        ("cache-hit", ProxyContestant.Cpu, Nginx, 0.8),
        ("h1-keepalive-1k-half", ProxyContestant.P99, Haproxy, 1.5),
        ("idle-2000", ProxyContestant.Resident, null, 150),
    ];

    public static IEnumerable<string> Lines(IReadOnlyList<Figure> figures)
    {
        foreach ((string workload, string metric, string? peer, double atMost) in All)
        {
            Figure? figure = figures.FirstOrDefault(figure => figure.Workload == workload && figure.Metric == metric);
            double? reached = peer is null ? figure?.Ours : figure is not null && figure.Ratios.TryGetValue(peer, out double ratio) ? ratio : null;
            if (reached is not { } value) continue;

            string of = peer is null ? $" {figure!.Unit}" : $" of {peer}'s";
            yield return string.Create(CultureInfo.InvariantCulture, $"{workload,-26}{metric,-14}{value,8:0.00}{of,-13} wanted: at most {atMost:0.##}{(value <= atMost ? "" : ", missed")}");
        }
    }
}
