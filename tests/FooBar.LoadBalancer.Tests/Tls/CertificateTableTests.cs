using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.LoadBalancer.Tls;

namespace FooBar.LoadBalancer.Tests.Tls;

public sealed class CertificateTableTests : IDisposable
{
    private readonly PemFolder _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("www.foobar.com", "default")]
    [InlineData("WWW.FooBar.com", "default")]
    [InlineData("shop.example", "0")]
    [InlineData("api.shop.example", "1")]
    [InlineData("API.SHOP.example", "1")]
    [InlineData("pay.shop.example", "2")]
    [InlineData("a.b.shop.example", "default")]
    [InlineData("münchen.example", "2")]
    [InlineData("xn--mnchen-3ya.example", "2")]
    [InlineData("nobody.example", "default")]
    [InlineData("example", "default")]
    [InlineData(".shop.example", "default")]
    [InlineData("", "default")]
    [InlineData(null, "default")]
    public void Name_ThatAClientAsksFor_LeadsToItsCertificate(string? name, string expected)
    {
        CertificateTable table = Table(["www.foobar.com", "127.0.0.1"], ["shop.example"], ["*.shop.example"], ["pay.shop.example", "xn--mnchen-3ya.example"]);

        Assert.Equal(expected, NameOf(table, table.For(name)));
    }

    [Fact]
    public void Name_ThatTwoCarry_LeadsToTheFirst()
    {
        CertificateTable table = Table(["www.foobar.com"], ["*.shop.example", "a.example"], ["*.shop.example", "a.example", "www.foobar.com"]);

        Assert.Equal(
            ["0", "0", "default"],
            ((string[])["x.shop.example", "a.example", "www.foobar.com"]).Select(name => NameOf(table, table.For(name))));
    }

    [Theory]
    [InlineData("www.foobar.com", true)]
    [InlineData("a.shop.example", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.0.0.2", false)]
    [InlineData("shop.example", false)]
    [InlineData("foobar.com", false)]
    public void Host_IsCovered_WhenACertificateCarriesIt(string host, bool expected) =>
        Assert.Equal(expected, Table(["www.foobar.com", "127.0.0.1"], ["*.shop.example"]).Covers(host));

    /// <summary>What each connection asks.</summary>
    [Fact]
    public void For_AnyName_AllocatesNothing()
    {
        CertificateTable table = Table(["www.foobar.com"], ["*.shop.example"]);
        string[] names = ["www.foobar.com", "a.shop.example", "nobody.example"];
        foreach (string name in names)
            _ = table.For(name);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            foreach (string name in names)
                _ = table.For(name);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Handshakes_AreMadeOnceForEachCertificate()
    {
        CertificateTable table = Table(["www.foobar.com"], ["*.shop.example", "shop.example"]);

        Assert.Same(table.For("a.shop.example"), table.For("shop.example"));
        Assert.Same(table.For(null), table.For("www.foobar.com"));
    }

    private static string NameOf(CertificateTable table, SslServerAuthenticationOptions handshake) =>
        table.Certificates.Single(certificate => certificate.Context == handshake.ServerCertificateContext).Report.Name;

    private CertificateTable Table(params string[][] hosts)
    {
        GatewayOptions options = new();
        foreach ((int i, string[] names) in hosts.Index())
        {
            using X509Certificate2 certificate = new CertificateRecipe { Hosts = names }.Make();
            (string path, string key) = _files.WritePair($"{i}", certificate);
            if (i == 0)
                (options.CertificatePath, options.KeyPath) = (path, key);
            else
                options.Certificates.Add(new CertificateOptions { CertificatePath = path, KeyPath = key });
        }

        return EdgeCertificates.Load(options, TimeProvider.System, acceptsOutOfDate: false).Table;
    }
}
