using FooBar.LoadBalancer.Configuration;
using Microsoft.Extensions.Configuration;

namespace FooBar.LoadBalancer.Tests.Configuration;

public sealed class CertificateOptionsTests
{
    private static readonly Dictionary<string, string?> _valid = new()
    {
        ["CertificatePath"] = "/etc/site.pem",
        ["KeyPath"] = "/etc/site.key",
        ["BackendCaPath"] = "/etc/ca.pem",
        ["Backends:0:Name"] = "web-1",
        ["Backends:0:Url"] = "https://127.0.0.1:7001",
    };

    [Fact]
    public void Defaults_AreAsDocumented()
    {
        GatewayOptions options = Load();

        Assert.Empty(options.Certificates);
        Assert.Equal((null, null, false), (options.BackendCertificatePath, options.BackendKeyPath, options.Http3));
        Assert.Equal(["/etc/site.pem", "/etc/site.key", "/etc/ca.pem"], options.Files);
    }

    [Fact]
    public void Files_AreAllThatAreNamed()
    {
        GatewayOptions options = Load(
            ("Certificates:0:CertificatePath", "/a.pem"), ("Certificates:0:KeyPath", "/a.key"), ("BackendCertificatePath", "/b.pem"), ("BackendKeyPath", "/b.key"));

        Assert.Equal(["/etc/site.pem", "/etc/site.key", "/a.pem", "/a.key", "/b.pem", "/b.key", "/etc/ca.pem"], options.Files);
        Assert.Equal(["default", "0"], options.EdgeCertificateFiles.Select(files => files.Name));
    }

    [Theory]
    [InlineData("Certificates:0:KeyPath", "/a.key", "Gateway:Certificates:0:CertificatePath is not set; it must name a PEM file.")]
    [InlineData("Certificates:0:CertificatePath", "/a.pem", "Gateway:Certificates:0:KeyPath is not set; it must name a PEM file.")]
    [InlineData("BackendCertificatePath", "/b.pem", "Gateway:BackendCertificatePath is \"/b.pem\" and Gateway:BackendKeyPath is \"\"; they are set together or not at all.")]
    [InlineData("BackendKeyPath", "/b.key", "Gateway:BackendCertificatePath is \"\" and Gateway:BackendKeyPath is \"/b.key\"; they are set together or not at all.")]
    [InlineData("Http3", "auto", "Gateway:Http3 is 'auto'; it must be true or false.")]
    [InlineData("Certificates:0:Key", "/a.key", "The configuration has 'Key' where CertificateOptions has no such setting; correct the spelling or remove it.")]
    public void Mistake_IsNamed(string key, string value, string expected) =>
        Assert.Equal([expected], Assert.Throws<GatewayConfigurationException>(() => Load((key, value))).Errors);

    [Theory]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public void Certificates_AreAtMostAHundred(int count, bool isAccepted)
    {
        (string, string)[] pairs = [.. Enumerable.Range(0, count).SelectMany(i => new[] { ($"Certificates:{i}:CertificatePath", "/a"), ($"Certificates:{i}:KeyPath", "/b") })];

        if (isAccepted)
            Assert.Equal(count, Load(pairs).Certificates.Count);
        else
            Assert.Equal(["Gateway:Certificates has 101 entries; it must have 0 to 100."], Assert.Throws<GatewayConfigurationException>(() => Load(pairs)).Errors);
    }

    [Fact]
    public void Http3_NeedsARestart()
    {
        GatewayOptions before = Load();

        Assert.Equal(["Gateway:Http3"], RestartOptions.Keep(before, Load(("Http3", "true"), ("Certificates:0:CertificatePath", "/a"), ("Certificates:0:KeyPath", "/b"))));
    }

    private static GatewayOptions Load(params (string Key, string Value)[] changes)
    {
        Dictionary<string, string?> settings = _valid.Concat(changes.Select(change => KeyValuePair.Create(change.Key, (string?)change.Value)))
            .ToDictionary(setting => $"Gateway:{setting.Key}", setting => setting.Value);
        return GatewayConfiguration.Load(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
    }
}
