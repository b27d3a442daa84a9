using System.Security.Cryptography.X509Certificates;
using FooBar.Testing;

namespace FooBar.Deploy.Tests.Services;

/// <summary>The settings of the instances, as Ansible makes them of an inventory, against the program that reads them. The gateway's: DeployedGatewayTests.</summary>
public sealed class ServiceSettingsTests : IDisposable
{
    private const string Credentials = "/run/credentials/foobar-web.service/";

    private readonly TestCertificates _certificates = new();
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _folder.Dispose();
        _certificates.Dispose();
    }

    [Theory]
    [InlineData("three-hosts", "app-1")]
    [InlineData("five-hosts", "app-2")]
    [InlineData("eight-hosts", "app-3")]
    public async Task Instance_ReadsItsSettingsAndNamesTheGatewaysItLetsIn(string inventory, string host)
    {
        Dictionary<string, string> environment = Templates.Environment(Assert.Single(await Templates.RenderAsync("web", inventory, host, "web.env")));
        WritePair("admin", host);
        WritePair("tls", host);
        _folder.Write("ca.crt", File.ReadAllText(_certificates.AuthorityPath));
        foreach (string account in (string[])["mysql_app", "mysql_schema", "mysql_monitor"])
            _folder.Write(account, "secret\n");

        (int exitCode, string output) = await CheckAsync(environment);

        Assert.Equal((0, "The configuration is valid."), (exitCode, output.Trim()));
        string[] clients = [.. environment.Where(setting => setting.Key.StartsWith("Web__AllowedClients__", StringComparison.Ordinal)).Select(setting => setting.Value)];
        Assert.Contains("edge-1-gateway", clients);
        Assert.Equal($"{host}-web", clients[^1]);
    }

    /// <summary>As the certificates role leaves it: the certificate, then the authority.</summary>
    private void WritePair(string name, string host)
    {
        using X509Certificate2 certificate = _certificates.Issue(host);
        (string certificatePath, string keyPath) = _certificates.Write(certificate);
        _folder.Write($"{name}.crt", File.ReadAllText(certificatePath) + File.ReadAllText(_certificates.AuthorityPath));
        _folder.Write($"{name}.key", File.ReadAllText(keyPath));
    }

    private Task<(int ExitCode, string Output)> CheckAsync(Dictionary<string, string> environment) => TestProcess.RunAsync(
        "dotnet",
        [Path.Combine(AppContext.BaseDirectory, "FooBar.Web.dll"), "--check"],
        TestContext.Current.CancellationToken,
        start =>
        {
            foreach ((string name, string value) in environment)
                start.Environment[name] = value.Replace(Credentials, $"{_folder.Path}/", StringComparison.Ordinal);
        });
}
