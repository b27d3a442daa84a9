using System.Text.Json;
using FooBar.Testing;

namespace FooBar.Deploy.Tests;

/// <summary>What Ansible makes of a role's templates for a host of an example inventory.</summary>
internal static class Templates
{
    /// <summary>Renders them, in their order.</summary>
    /// <param name="role">The role, with its vars.</param>
    /// <param name="inventory">An example by its name.</param>
    /// <param name="host">A host's name, or a pattern such as <c>gateway[0]</c>.</param>
    /// <param name="names">Files' names without <c>.j2</c>. What the role sets for one of them follows it: <c>a.service {'standby': true}</c>.</param>
    public static async Task<string[]> RenderAsync(string role, string inventory, string host, params string[] names)
    {
        string deploy = Path.Combine(RepositoryRoot.Path, "deploy");
        using TemporaryFolder folder = new();
        string lookups = string.Join(", ", names.Select(name => name.Split(' ', 2)).Select(
            parts => $"lookup('template', '{deploy}/roles/{role}/templates/{parts[0]}.j2', template_vars={(parts.Length > 1 ? parts[1] : "{}")}, convert_data=False)"));
        (int exitCode, string output) = await Tools.AnsibleAsync(
            [
                host, "--playbook-dir", deploy, "-i", $"{deploy}/inventory/{inventory}.yml", "-e", $"@{deploy}/roles/{role}/vars/main.yml",
                "-m", "ansible.builtin.debug", "-a", $"msg={{{{ [{lookups}] | map('string') | list | to_json | b64encode }}}}",
            ],
            start =>
            {
                start.Environment["ANSIBLE_CONFIG"] = Path.Combine(deploy, "ansible.cfg");
                start.Environment["ANSIBLE_CALLBACK_RESULT_FORMAT"] = "json";
                start.Environment["ANSIBLE_HOME"] = folder.Path;
                start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
            });
        Assert.True(exitCode == 0, output);

        // edge-1 | SUCCESS => { ... }. Encoded, because Ansible would take a text that looks like JSON for an object.
        using JsonDocument answer = JsonDocument.Parse(output[output.IndexOf('{', StringComparison.Ordinal)..]);
        return JsonSerializer.Deserialize<string[]>(Convert.FromBase64String(answer.RootElement.GetProperty("msg").GetString()!))!;
    }

    /// <summary>A file of <c>NAME=value</c> lines, by name.</summary>
    public static Dictionary<string, string> Environment(string text) =>
        text.Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
}
