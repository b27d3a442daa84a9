using System.Text.Encodings.Web;
using System.Text.Json;

namespace FooBar.Benchmarks;

/// <summary>One metric of one workload, ours beside the peers'; what the JSON file is a list of.</summary>
/// <param name="Workload">What was done.</param>
/// <param name="Metric">What of it was measured, such as <c>cpu_us_per_op</c>.</param>
/// <param name="Unit">The unit of <paramref name="Ours"/> and <paramref name="Peers"/>.</param>
/// <param name="Ours">The median of our rounds; null where ours cannot do that.</param>
/// <param name="Peers">The median of each peer's rounds, by its name; one that failed is missing.</param>
/// <param name="Ratios">Ours divided by the peer's, by the peer's name; a peer whose value is zero is missing, and all are where ours is.</param>
internal sealed record Figure(string Workload, string Metric, string Unit, double? Ours, IReadOnlyDictionary<string, double> Peers, IReadOnlyDictionary<string, double> Ratios)
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Figure Of(string workload, string metric, string unit, double? ours, IReadOnlyDictionary<string, double> peers) => new(
        workload, metric, unit, ours, peers, peers.Where(peer => ours is not null && peer.Value != 0).ToDictionary(peer => peer.Key, peer => Math.Round(ours!.Value / peer.Value, 3)));

    public static string ToJson(IEnumerable<Figure> figures) => JsonSerializer.Serialize(figures, Format) + "\n";
}
