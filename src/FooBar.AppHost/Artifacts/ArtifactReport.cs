using System.Text.Json;

namespace FooBar.AppHost.Artifacts;

/// <summary>What a deployment takes: one line of JSON.</summary>
/// <param name="Version">The version of the programs of ours.</param>
/// <param name="Folder">The folder of their archives.</param>
/// <param name="Mysql">The version of the MySQL bundle.</param>
/// <param name="Files">The archives: gateway, web, keeper, mysql.</param>
internal sealed record ArtifactReport(string Version, string Folder, string Mysql, IReadOnlyDictionary<string, Artifact> Files)
{
    private static readonly JsonSerializerOptions CamelCase = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public string ToJson() => JsonSerializer.Serialize(this, CamelCase);
}
