using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Tls;
using FooBar.Testing;

namespace FooBar.LoadBalancer.Tests.Tls;

public sealed class PemFileTests : IDisposable
{
    private readonly TestCertificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    [Fact]
    public void CertificateFile_ThatIsMissing_IsNamed() => AssertRefused(
        options => options.CertificatePath = "/nowhere/site.pem",
        "Gateway:CertificatePath is \"/nowhere/site.pem\", which cannot be used: there is no such file.");

    [Fact]
    public void KeyFile_ThatIsMissing_IsNamed() => AssertRefused(
        options => options.KeyPath = "/nowhere/site.key",
        "Gateway:KeyPath is \"/nowhere/site.key\", which cannot be used: there is no such file.");

    [Fact]
    public void CertificateFile_WithoutACertificate_IsNamed()
    {
        GatewayOptions options = Options();
        AssertRefused(
            changed => changed.CertificatePath = options.KeyPath,
            $"Gateway:CertificatePath is \"{options.KeyPath}\", which cannot be used: it holds no certificate.");
    }

    [Fact]
    public void Key_OfAnotherCertificate_IsRefused()
    {
        GatewayOptions options = Options();
        options.KeyPath = Options().KeyPath;

        GatewayConfigurationException refused = Assert.Throws<GatewayConfigurationException>(() => EdgeCertificates.Load(options, TimeProvider.System, acceptsOutOfDate: false));

        Assert.Equal(
            $"Gateway:CertificatePath is \"{options.CertificatePath}\", which cannot be used: Gateway:KeyPath \"{options.KeyPath}\" is not the unencrypted key of its first certificate.",
            Assert.Single(refused.Errors));
    }

    [Fact]
    public void BackendCaFile_ThatIsMissing_IsNamed()
    {
        GatewayOptions options = new() { BackendCaPath = "/nowhere/ca.pem" };

        Assert.Equal(
            ["Gateway:BackendCaPath is \"/nowhere/ca.pem\", which cannot be used: there is no such file."],
            Assert.Throws<GatewayConfigurationException>(() => BackendTrust.Load(options, TimeProvider.System, acceptsOutOfDate: false)).Errors);
    }

    [Fact]
    public void Certificate_WithItsKey_IsLoadedWithTheChainOfItsFile()
    {
        GatewayOptions options = Options();
        File.AppendAllText(options.CertificatePath, File.ReadAllText(_certificates.AuthorityPath));

        EdgeCertificates certificates = EdgeCertificates.Load(options, TimeProvider.System, acceptsOutOfDate: false);

        SslStreamCertificateContext context = Assert.Single(certificates.Table.Certificates).Context;
        Assert.True(context.TargetCertificate.HasPrivateKey);
        Assert.Equal("CN=www.foobar.com", context.TargetCertificate.Subject);
    }

    private GatewayOptions Options()
    {
        using X509Certificate2 certificate = _certificates.Issue("www.foobar.com");
        (string certificatePath, string keyPath) = _certificates.Write(certificate);
        return new GatewayOptions { CertificatePath = certificatePath, KeyPath = keyPath };
    }

    private void AssertRefused(Action<GatewayOptions> change, string expected)
    {
        GatewayOptions options = Options();
        change(options);
        Assert.Equal([expected], Assert.Throws<GatewayConfigurationException>(() => EdgeCertificates.Load(options, TimeProvider.System, acceptsOutOfDate: false)).Errors);
    }
}
