using System.Security.Cryptography.X509Certificates;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.LoadBalancer.Tls;
using FooBar.Testing;

namespace FooBar.LoadBalancer.Tests.Tls;

public sealed class EdgeCertificatesTests : IDisposable
{
    private readonly PemFolder _files = new();
    private readonly FakeTime _time = new(CertificateRecipe.Now);

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Report_TellsWhatIsInUse()
    {
        GatewayOptions options = Options(new CertificateRecipe { Hosts = ["www.foobar.com", "127.0.0.1"] }, new CertificateRecipe { Subject = "CN=shop", Hosts = ["*.shop.example"], RsaBits = 2048 });
        using X509Certificate2 first = X509CertificateLoader.LoadCertificateFromFile(options.CertificatePath);
        EdgeCertificates certificates = Load(options);

        IReadOnlyList<CertificateReport> report = certificates.Report;

        Assert.Equal(["default", "0"], report.Select(certificate => certificate.Name));
        Assert.Equal(["ECDSA 256", "RSA 2048"], report.Select(certificate => certificate.Key));
        Assert.Equal(["www.foobar.com", "127.0.0.1"], report[0].Hosts);
        Assert.Equal(
            (options.CertificatePath, "CN=www.foobar.com", "CN=www.foobar.com", CertificateRecipe.Now.AddDays(1).ToUnixTimeSeconds(), _time.GetUtcNow()),
            (report[0].File, report[0].Subject, report[0].Issuer, report[0].NotAfter.ToUnixTimeSeconds(), report[0].LoadedAt));
        Assert.Equal(first.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256), report[0].Sha256);
    }

    [Fact]
    public void Load_OfSeveralThatCannotBeUsed_NamesEach()
    {
        GatewayOptions options = Options(new CertificateRecipe { Usages = [CertificateRecipe.Client] }, new CertificateRecipe(), new CertificateRecipe { RsaBits = 1024 });

        GatewayConfigurationException refused = Assert.Throws<GatewayConfigurationException>(() => Load(options));

        Assert.Equal(
            [
                $"Gateway:CertificatePath is \"{options.CertificatePath}\", which cannot be used: 'CN=www.foobar.com' is not for servers.",
                $"Gateway:Certificates:0:CertificatePath is \"{options.Certificates[0].CertificatePath}\", which cannot be used: it carries no name, so that no client would be shown it.",
                $"Gateway:Certificates:1:CertificatePath is \"{options.Certificates[1].CertificatePath}\", which cannot be used: the key of 'CN=www.foobar.com' has 1024 bits; RSA needs 2048.",
            ],
            refused.Errors);
    }

    /// <summary>At a start it is better than nothing; a reload has something better.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Load_OfOneThatHasExpired_DependsOnWhoAsks(bool acceptsOutOfDate)
    {
        GatewayOptions options = Options(new CertificateRecipe { Hosts = ["www.foobar.com"], NotAfter = CertificateRecipe.Now.AddMinutes(-1) });

        if (acceptsOutOfDate)
        {
            EdgeCertificates certificates = EdgeCertificates.Load(options, _time, acceptsOutOfDate: true);
            string remark = Assert.Single(CertificateRemarks.OutOfDate(certificates.Table.Certificates));
            Assert.StartsWith("'CN=www.foobar.com' expired on ", remark, StringComparison.Ordinal);
            Assert.EndsWith($"and is used all the same; whoever looks at the dates refuses it. Replace {options.CertificatePath}", remark, StringComparison.Ordinal);
            return;
        }

        string error = Assert.Single(Assert.Throws<GatewayConfigurationException>(() => Load(options)).Errors);
        Assert.StartsWith($"Gateway:CertificatePath is \"{options.CertificatePath}\", which cannot be used: 'CN=www.foobar.com' expired on ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Reload_WithNewFilesThatHaveExpired_IsRefused()
    {
        GatewayOptions options = Options(new CertificateRecipe { Hosts = ["www.foobar.com"] });
        EdgeCertificates certificates = Load(options);
        using X509Certificate2 expired = new CertificateRecipe { Hosts = ["www.foobar.com"], NotAfter = CertificateRecipe.Now.AddMinutes(-1) }.Make();
        _files.WritePair("0", expired);

        Assert.Contains("expired on", Assert.Single(Assert.Throws<GatewayConfigurationException>(() => certificates.Prepare(new GatewaySettings(2, options))).Errors), StringComparison.Ordinal);
        Assert.Equal(CertificateRecipe.Now.AddDays(1).ToUnixTimeSeconds(), certificates.Report[0].NotAfter.ToUnixTimeSeconds());
    }

    /// <summary>Other settings must be changeable; and what hangs on the certificate, as its stapled answer, goes on.</summary>
    [Fact]
    public void Reload_WithTheFilesAsTheyWere_KeepsTheCertificateAlsoWhenItHasExpired()
    {
        GatewayOptions options = Options(new CertificateRecipe { Hosts = ["www.foobar.com"] }, new CertificateRecipe { Hosts = ["shop.example"] });
        EdgeCertificates certificates = Load(options);
        LoadedCertificate[] before = [.. certificates.Table.Certificates];
        using X509Certificate2 next = new CertificateRecipe { Hosts = ["shop.example"], NotAfter = CertificateRecipe.Now.AddDays(30) }.Make();
        _files.WritePair("1", next);
        _time.Advance(TimeSpan.FromDays(2));

        certificates.Prepare(new GatewaySettings(2, options))();

        Assert.Same(before[0], certificates.Table.Certificates[0]);
        Assert.NotSame(before[1], certificates.Table.Certificates[1]);
        Assert.Equal(_time.GetUtcNow(), certificates.Report[1].LoadedAt);
    }

    [Fact]
    public void Doubts_NameHostsThatNoCertificateCarriesAndAuthoritiesThatNobodyKnows()
    {
        using X509Certificate2 root = CertificateRecipe.Authority("root").Make();
        GatewayOptions options = Options(new CertificateRecipe { Hosts = ["www.foobar.com"], Issuer = root }, new CertificateRecipe { Hosts = ["*.shop.example"] });
        foreach (string host in (string[])["www.foobar.com", "foobar.com", "pay.shop.example", "shop.example", "localhost", "127.0.0.1"])
            options.Hosts.Add(host);

        Assert.Equal(
            [
                $"{options.CertificatePath} leads to 'CN=root', which neither it nor this machine knows: is an intermediate certificate missing in it?",
                $"No certificate carries foobar.com, shop.example: a client that asks for it is shown {options.CertificatePath} and refuses it",
            ],
            CertificateRemarks.Doubts(Load(options).Table, options));
    }

    private EdgeCertificates Load(GatewayOptions options) => EdgeCertificates.Load(options, _time, acceptsOutOfDate: false);

    /// <summary>Options for files of these certificates, the default one first.</summary>
    private GatewayOptions Options(params CertificateRecipe[] recipes)
    {
        GatewayOptions options = new();
        foreach ((int i, CertificateRecipe recipe) in recipes.Index())
        {
            using X509Certificate2 certificate = recipe.Make();
            (string path, string key) = _files.WritePair($"{i}", certificate);
            if (i == 0)
                (options.CertificatePath, options.KeyPath) = (path, key);
            else
                options.Certificates.Add(new CertificateOptions { CertificatePath = path, KeyPath = key });
        }

        return options;
    }
}
