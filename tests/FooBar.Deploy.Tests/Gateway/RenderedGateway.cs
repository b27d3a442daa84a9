using System.Collections.Concurrent;
using System.Text.Json;
using FooBar.Testing;

namespace FooBar.Deploy.Tests.Gateway;

/// <summary>The gateway's settings and unit as Ansible makes them of an inventory.</summary>
/// <param name="Settings">gateway.env, by name.</param>
/// <param name="Service">foobar-gateway.service.</param>
internal sealed record RenderedGateway(IReadOnlyDictionary<string, string> Settings, string Service)
{
    /// <summary>Where the unit's credentials are for the service.</summary>
    public const string Credentials = "/run/credentials/foobar-gateway.service/";

    /// <summary>Where the unit lets the service write.</summary>
    public const string State = "/var/lib/foobar-gateway/";

    private static readonly ConcurrentDictionary<string, Lazy<Task<RenderedGateway>>> Rendered = new();

    /// <summary>Renders them for the first gateway of an example inventory; once for all tests, because it takes a second.</summary>
    public static Task<RenderedGateway> OfAsync(string inventory) => Rendered.GetOrAdd(inventory, _ => new(() => RenderAsync(inventory))).Value;

    private static async Task<RenderedGateway> RenderAsync(string inventory)
    {
        string deploy = Path.Combine(RepositoryRoot.Path, "deploy");
        string role = Path.Combine(deploy, "roles", "gateway");
        using TemporaryFolder folder = new();
        (int exitCode, string output) = await Tools.AnsibleAsync(
            [
                "gateway[0]", "--playbook-dir", deploy, "-i", $"{deploy}/inventory/{inventory}.yml", "-e", $"@{role}/vars/main.yml", "-m", "ansible.builtin.debug",
                "-a", $"msg={{{{ [lookup('template', '{role}/templates/gateway.env.j2'), lookup('template', '{role}/templates/foobar-gateway.service.j2')] }}}}",
            ],
            start =>
            {
                start.Environment["ANSIBLE_CONFIG"] = Path.Combine(deploy, "ansible.cfg");
                start.Environment["ANSIBLE_CALLBACK_RESULT_FORMAT"] = "json";
                start.Environment["ANSIBLE_HOME"] = folder.Path;
                start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
            });
        Assert.True(exitCode == 0, output);

        // edge-1 | SUCCESS => { ... }
        using JsonDocument answer = JsonDocument.Parse(output[output.IndexOf('{', StringComparison.Ordinal)..]);
        string[] texts = [.. answer.RootElement.GetProperty("msg").EnumerateArray().Select(text => text.GetString()!)];
        return new RenderedGateway(
            texts[0].Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]),
            texts[1]);
    }
}
