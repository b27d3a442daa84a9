using System.Collections.Concurrent;
using System.Text.Json;
using FooBar.Testing;

namespace FooBar.Deploy.Tests.Monitoring;

/// <summary>The settings of the collector as Ansible makes them of an inventory.</summary>
/// <param name="Prometheus">prometheus.yml.</param>
/// <param name="Alertmanager">alertmanager.yml.</param>
/// <param name="Expectations">The rules that record what the inventory expects.</param>
internal sealed record RenderedCollector(string Prometheus, string Alertmanager, string Expectations)
{
    private static readonly ConcurrentDictionary<string, Lazy<Task<RenderedCollector>>> Rendered = new();

    /// <summary>Renders them for the collector of an example inventory; once for all tests, because it takes a second.</summary>
    public static Task<RenderedCollector> OfAsync(string inventory) =>
        Rendered.GetOrAdd(inventory, _ => new(() => OfAsync(inventory, []))).Value;

    /// <summary>The same with settings that the inventory might hold beside its own.</summary>
    public static async Task<RenderedCollector> OfAsync(string inventory, Dictionary<string, string> settings)
    {
        string deploy = Path.Combine(RepositoryRoot.Path, "deploy");
        string role = Path.Combine(deploy, "roles", "collector");
        string Lookup(string name) => $"lookup('template', '{role}/templates/{name}.yml.j2')";
        using TemporaryFolder folder = new();
        (int exitCode, string output) = await Tools.AnsibleAsync(
            [
                "collector[0]", "--playbook-dir", deploy, "-i", $"{deploy}/inventory/{inventory}.yml", "-e", $"@{role}/vars/main.yml",
                "-e", JsonSerializer.Serialize(settings), "-m", "ansible.builtin.debug",
                "-a", $"msg={{{{ [{Lookup("prometheus")}, {Lookup("alertmanager")}, {Lookup("expectations")}] }}}}",
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
        return new RenderedCollector(texts[0], texts[1], texts[2]);
    }
}
