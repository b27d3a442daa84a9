using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using FooBar.Testing;

namespace FooBar.Deploy.Tests.Services;

/// <summary>The settings of the gateway and of the instances, as Ansible makes them of an inventory, against the programs that read them.</summary>
public sealed class ServiceSettingsTests : IDisposable
{
    private readonly TestCertificates _certificates = new();
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string> Gateways => new() { { "three-hosts", "edge-1" }, { "five-hosts", "edge-1" }, { "eight-hosts", "edge-1" } };

    public static TheoryData<string, string> Instances => new() { { "three-hosts", "app-1" }, { "eight-hosts", "app-3" } };

    public void Dispose()
    {
        _folder.Dispose();
        _certificates.Dispose();
    }

    [Theory]
    [MemberData(nameof(Gateways))]
    public async Task Gateway_ReadsItsSettings(string inventory, string host)
    {
        string[] rendered = await RenderAsync("gateway", inventory, host, "gateway.env", "gateway.json");
        Write("gateway.json", rendered[1]);
        using JsonDocument settings = JsonDocument.Parse(rendered[1]);
        JsonElement section = settings.RootElement.GetProperty("Gateway");
        WritePair("certificates/gateway", [.. section.GetProperty("Hosts").EnumerateArray().Select(name => name.GetString()!)]);
        WritePair("certificates/gateway-client", $"{host}-gateway");
        WriteCredentials("foobar-gateway", host);

        (int exitCode, string output) = await CheckAsync("FooBar.LoadBalancer", rendered[0]);

        Assert.Equal((0, "The configuration is valid."), (exitCode, output.Trim()));
        Assert.Equal(inventory == "eight-hosts" ? 3 : 2, section.GetProperty("Backends").GetArrayLength());
    }

    [Theory]
    [MemberData(nameof(Instances))]
    public async Task Instance_ReadsItsSettingsAndNamesTheGatewaysItLetsIn(string inventory, string host)
    {
        string environment = Assert.Single(await RenderAsync("web", inventory, host, "web.env"));
        WriteCredentials("foobar-web", host);
        foreach (string account in (string[])["mysql_app", "mysql_schema", "mysql_monitor"])
            Write($"credentials/foobar-web/{account}", "secret\n");

        (int exitCode, string output) = await CheckAsync("FooBar.Web", environment);

        Assert.Equal((0, "The configuration is valid."), (exitCode, output.Trim()));
        string[] clients = [.. environment.Split('\n').Where(line => line.StartsWith("Web__AllowedClients__", StringComparison.Ordinal)).Select(line => line.Split('=')[1])];
        Assert.Contains("edge-1-gateway", clients);
        Assert.Equal($"{host}-web", clients[^1]);
    }

    /// <summary>What is deployed to hosts lies in a folder of this test instead.</summary>
    private string Here(string text) => text
        .Replace("/run/credentials/foobar-gateway.service/", $"{_folder.Path}/credentials/foobar-gateway/", StringComparison.Ordinal)
        .Replace("/run/credentials/foobar-web.service/", $"{_folder.Path}/credentials/foobar-web/", StringComparison.Ordinal)
        .Replace("/etc/foobar/", $"{_folder.Path}/", StringComparison.Ordinal);

    private void Write(string name, string text)
    {
        string path = Path.Combine(_folder.Path, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, Here(text));
    }

    /// <summary>As the certificates role leaves it: the certificate, then the authority.</summary>
    private void WritePair(string name, params string[] hosts)
    {
        using X509Certificate2 certificate = name.EndsWith("-client", StringComparison.Ordinal) ? _certificates.IssueForClient(hosts) : _certificates.Issue(hosts);
        (string certificatePath, string keyPath) = _certificates.Write(certificate);
        Write($"{name}.crt", File.ReadAllText(certificatePath) + File.ReadAllText(_certificates.AuthorityPath));
        Write($"{name}.key", File.ReadAllText(keyPath));
        Write("ca.crt", File.ReadAllText(_certificates.AuthorityPath));
    }

    private void WriteCredentials(string unit, string host)
    {
        foreach (string name in (string[])["admin", "tls"])
            WritePair($"credentials/{unit}/{name}", host);
        Write($"credentials/{unit}/ca.crt", File.ReadAllText(_certificates.AuthorityPath));
    }

    private Task<(int ExitCode, string Output)> CheckAsync(string program, string environment) => TestProcess.RunAsync(
        "dotnet",
        [Path.Combine(AppContext.BaseDirectory, $"{program}.dll"), "--check"],
        TestContext.Current.CancellationToken,
        start =>
        {
            foreach (string line in Here(environment).Split('\n').Where(line => line.Contains('=', StringComparison.Ordinal) && !line.StartsWith('#')))
                start.Environment[line.Split('=')[0]] = line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..];
        });

    private static async Task<string[]> RenderAsync(string role, string inventory, string host, params string[] templates)
    {
        string deploy = Path.Combine(RepositoryRoot.Path, "deploy");
        using TemporaryFolder folder = new();
        string lookups = string.Join(", ", templates.Select(name => $"lookup('template', '{deploy}/roles/{role}/templates/{name}.j2')"));
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
}
