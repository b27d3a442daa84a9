using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace FooBar.Deploy.Tests.Gateway;

/// <summary>The gateway's settings and units as Ansible makes them of an inventory.</summary>
/// <param name="Settings">gateway.env and what the unit sets beside it, by name.</param>
/// <param name="Json">gateway.json.</param>
/// <param name="Service">foobar-gateway.service.</param>
/// <param name="Standby">foobar-gateway-standby.service.</param>
/// <param name="Sockets">The socket units that both name, in that order.</param>
internal sealed partial record RenderedGateway(IReadOnlyDictionary<string, string> Settings, string Json, string Service, string Standby, IReadOnlyList<string> Sockets)
{
    /// <summary>Where the unit's credentials are for the service.</summary>
    public const string Credentials = "/run/credentials/foobar-gateway.service/";

    /// <summary>Where the unit lets the service write.</summary>
    public const string State = "/var/lib/foobar-gateway/";

    /// <summary>Where the deployment puts settings and certificates.</summary>
    public const string Etc = "/etc/foobar/";

    private static readonly ConcurrentDictionary<string, Lazy<Task<RenderedGateway>>> Rendered = new();

    /// <summary>The names that it serves.</summary>
    public string[] Hosts => [.. Section.GetProperty(nameof(Hosts)).EnumerateArray().Select(name => name.GetString()!)];

    /// <summary>What gateway.json says of the gateway.</summary>
    public JsonElement Section => JsonElement.Parse(Json).GetProperty("Gateway");

    /// <summary>Renders them for the first gateway of an example inventory; once for all tests, because it takes a second.</summary>
    public static Task<RenderedGateway> OfAsync(string inventory) => Rendered.GetOrAdd(inventory, _ => new(() => RenderAsync(inventory))).Value;

    private static async Task<RenderedGateway> RenderAsync(string inventory)
    {
        string[] texts = await Templates.RenderAsync(
            "gateway",
            inventory,
            "gateway[0]",
            "gateway.env",
            "gateway.json",
            "foobar-gateway.service",
            "foobar-gateway.service {'standby': true}",
            "foobar-gateway.socket {'name': 'https'}",
            "foobar-gateway.socket {'name': 'http'}",
            "foobar-gateway.socket {'name': 'admin'}");
        Dictionary<string, string> settings = Templates.Environment(texts[0]);
        foreach (Match match in OfTheUnit().Matches(texts[2]))
            settings.Add(match.Groups["name"].Value, match.Groups["value"].Value.Replace("%d/", Credentials, StringComparison.Ordinal));
        return new RenderedGateway(settings, texts[1], texts[2], texts[3], texts[4..]);
    }

    [GeneratedRegex("^Environment=(?<name>[^=]+)=(?<value>.*)$", RegexOptions.Multiline)]
    private static partial Regex OfTheUnit();
}
