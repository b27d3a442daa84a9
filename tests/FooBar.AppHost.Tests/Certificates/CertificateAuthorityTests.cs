using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FooBar.AppHost.Certificates;
using FooBar.AppHost.State;
using FooBar.Testing;

namespace FooBar.AppHost.Tests.Certificates;

public sealed class CertificateAuthorityTests : IDisposable
{
    private static readonly string[] Hosts = ["www.foobar.com", "localhost", "127.0.0.1", "::1"];

    private readonly TemporaryFolder _folder = new();
    private readonly FakeTime _time = new();
    private readonly StateFolder _state;

    public CertificateAuthorityTests()
    {
        _state = new StateFolder(_folder["state"]);
        _state.Create();
    }

    private string CaKey => Path.Combine(_state.Certificates, "ca.key");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Leaf_IsTrustedThroughThisAuthorityAndThroughNoOther()
    {
        using X509Certificate2 leaf = Load(Issue());
        StateFolder elsewhere = new(_folder["elsewhere"]);
        elsewhere.Create();
        using CertificateAuthority other = CertificateAuthority.Open(elsewhere, _time);

        Assert.Equal([], Problems(leaf, _state.CaCertificate));
        Assert.Contains(Problems(leaf, elsewhere.CaCertificate), problem => problem is X509ChainStatusFlags.PartialChain or X509ChainStatusFlags.UntrustedRoot);
    }

    [Fact]
    public void Leaf_VouchesForItsNamesAndForNoOther()
    {
        using X509Certificate2 leaf = Load(Issue());
        X509SubjectAlternativeNameExtension names = leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single();

        Assert.Equal(["www.foobar.com", "localhost"], names.EnumerateDnsNames());
        Assert.Equal([IPAddress.Loopback, IPAddress.IPv6Loopback], names.EnumerateIPAddresses());
        Assert.True(leaf.MatchesHostname("www.foobar.com"));
        Assert.True(leaf.MatchesHostname("::1"));
        Assert.False(leaf.MatchesHostname("gateway"));
        Assert.False(leaf.MatchesHostname("127.0.0.2"));
    }

    [Fact]
    public void Leaf_IsForServersAndClientsAndIsNoAuthority()
    {
        using X509Certificate2 leaf = Load(Issue());

        Assert.Equal("CN=gateway", leaf.Subject);
        Assert.Equal(
            ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"],
            leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Cast<Oid>().Select(usage => usage.Value));
        Assert.Equal(X509KeyUsageFlags.DigitalSignature, leaf.Extensions.OfType<X509KeyUsageExtension>().Single().KeyUsages);
        Assert.False(leaf.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority);
    }

    [Fact]
    public void Root_SignsLeavesOnly()
    {
        CertificateAuthority.Open(_state, _time).Dispose();
        using X509Certificate2 root = X509CertificateLoader.LoadCertificateFromFile(_state.CaCertificate);
        X509BasicConstraintsExtension constraints = root.Extensions.OfType<X509BasicConstraintsExtension>().Single();

        Assert.True(constraints.CertificateAuthority);
        Assert.True(constraints.HasPathLengthConstraint);
        Assert.Equal(0, constraints.PathLengthConstraint);
        Assert.Equal(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, root.Extensions.OfType<X509KeyUsageExtension>().Single().KeyUsages);
    }

    [Fact]
    public void LeafFile_HoldsTheChainForTheHandshake()
    {
        CertificateFiles files = Issue();
        X509Certificate2Collection chain = [];
        chain.ImportFromPemFile(files.CertificatePath);

        Assert.Equal(["CN=gateway", "CN=FooBar local CA"], chain.Select(certificate => certificate.Subject));
    }

    [Fact]
    public void Keys_AreForTheOwnerAlone()
    {
        CertificateFiles files = Issue();

        Assert.Equal(Modes.OwnerReadsAndWrites, File.GetUnixFileMode(files.KeyPath));
        Assert.Equal(Modes.OwnerReadsAndWrites, File.GetUnixFileMode(CaKey));
        Assert.DoesNotContain("PRIVATE KEY", File.ReadAllText(files.CertificatePath) + File.ReadAllText(_state.CaCertificate), StringComparison.Ordinal);
    }

    [Fact]
    public void Authority_OpenedAgain_IsTheSame()
    {
        CertificateAuthority.Open(_state, _time).Dispose();
        string before = File.ReadAllText(_state.CaCertificate);

        _time.Advance(TimeSpan.FromDays(365));
        CertificateAuthority.Open(_state, _time).Dispose();

        Assert.Equal(before, File.ReadAllText(_state.CaCertificate));
    }

    [Fact]
    public void Leaf_WhileMoreThanAThirdOfItsLifeIsLeft_IsKept()
    {
        string before = Contents(Issue());

        // Ninety days of life.
        _time.Advance(TimeSpan.FromDays(60) - TimeSpan.FromSeconds(1));

        Assert.Equal(before, Contents(Issue()));
    }

    [Fact]
    public void Leaf_WithAThirdOfItsLifeLeft_IsReissued()
    {
        string before = Contents(Issue());
        _time.Advance(TimeSpan.FromDays(60));

        CertificateFiles files = Issue();

        Assert.NotEqual(before, Contents(files));
        using X509Certificate2 leaf = Load(files);
        Assert.Equal(_time.GetUtcNow() + TimeSpan.FromDays(90), leaf.NotAfter.ToUniversalTime());
        Assert.Equal([], Problems(leaf, _state.CaCertificate));
    }

    [Theory]
    [InlineData("localhost", "::1", "www.foobar.com", "127.0.0.1")]
    [InlineData("WWW.FooBar.com", "LOCALHOST", "127.0.0.1", "::1")]
    public void Leaf_ForTheSameNamesWrittenOtherwise_IsKept(params string[] names)
    {
        string before = Contents(Issue());

        Assert.Equal(before, Contents(Issue(names)));
    }

    [Theory]
    [InlineData("www.foobar.com", "localhost", "127.0.0.1")]
    [InlineData("www.foobar.com", "localhost", "127.0.0.1", "::1", "foobar.com")]
    [InlineData("www.foobar.com", "localhost", "127.0.0.2", "::1")]
    public void Leaf_ForOtherNames_IsReissued(params string[] names)
    {
        string before = Contents(Issue());

        CertificateFiles files = Issue(names);

        Assert.NotEqual(before, Contents(files));
        using X509Certificate2 leaf = Load(files);
        Assert.All(names, name => Assert.True(leaf.MatchesHostname(name), name));
    }

    [Fact]
    public void Leaf_OfAnAuthorityThatIsGone_IsReissuedByTheNewOne()
    {
        string before = Contents(Issue());
        File.Delete(CaKey);

        CertificateFiles files = Issue();

        Assert.NotEqual(before, Contents(files));
        using X509Certificate2 leaf = Load(files);
        Assert.Equal([], Problems(leaf, _state.CaCertificate));
    }

    [Theory]
    [InlineData("gateway.crt")]
    [InlineData("gateway.key")]
    public void Leaf_WithAFileThatIsMissing_IsReissued(string file)
    {
        Issue();
        File.Delete(Path.Combine(_state.Certificates, file));

        using X509Certificate2 leaf = Load(Issue());

        Assert.Equal([], Problems(leaf, _state.CaCertificate));
    }

    [Theory]
    [InlineData("gateway.crt")]
    [InlineData("gateway.key")]
    public void Leaf_WithATornFile_IsReissued(string file)
    {
        Issue();
        string path = Path.Combine(_state.Certificates, file);
        foreach (double part in (double[])[0, 0.1, 0.4])
        {
            string whole = File.ReadAllText(path);
            File.WriteAllText(path, whole[..(int)(whole.Length * part)]);

            using X509Certificate2 leaf = Load(Issue());

            Assert.Equal([], Problems(leaf, _state.CaCertificate));
        }
    }

    [Fact]
    public void Leaf_WhoseKeyIsAnothers_IsReissued()
    {
        CertificateFiles files = Issue();
        using (CertificateAuthority authority = CertificateAuthority.Open(_state, _time))
        {
            File.Copy(authority.Issue("web-1", _state.Certificates, Hosts).KeyPath, files.KeyPath, overwrite: true);
        }

        using X509Certificate2 leaf = Load(Issue());

        Assert.True(leaf.HasPrivateKey);
    }

    [Theory]
    [InlineData("ca.crt", 40)]
    [InlineData("ca.key", 40)]
    [InlineData("ca.crt", 0)]
    [InlineData("ca.key", 0)]
    public void Authority_WithATornFile_IsRefusedAndMadeAnewOnceBothAreRemoved(string file, int left)
    {
        string before = Contents(Issue());
        string path = Path.Combine(_state.Certificates, file);
        File.WriteAllText(path, File.ReadAllText(path)[..left]);
        string damaged = File.ReadAllText(_state.CaCertificate) + File.ReadAllText(CaKey);

        AssertDamaged();
        Assert.Equal(damaged, File.ReadAllText(_state.CaCertificate) + File.ReadAllText(CaKey));
        File.Delete(_state.CaCertificate);
        File.Delete(CaKey);

        CertificateFiles files = Issue();
        Assert.NotEqual(before, Contents(files));
        using X509Certificate2 leaf = Load(files);
        Assert.Equal([], Problems(leaf, _state.CaCertificate));
    }

    [Fact]
    public void Authority_WhoseKeyIsAnothers_IsRefused()
    {
        File.Copy(Issue().KeyPath, CaKey, overwrite: true);

        AssertDamaged();
    }

    [Fact]
    public void Authority_WhoseCertificateWasEdited_IsRefused()
    {
        Issue();
        File.WriteAllText(_state.CaCertificate, WithAnotherSignature(File.ReadAllText(_state.CaCertificate)));

        AssertDamaged();
    }

    [Fact]
    public void Leaf_ThatWasEdited_IsReissued()
    {
        CertificateFiles files = Issue();
        string[] chain = File.ReadAllText(files.CertificatePath).Split("-----END CERTIFICATE-----\n", 2);
        File.WriteAllText(files.CertificatePath, WithAnotherSignature(chain[0] + "-----END CERTIFICATE-----\n") + chain[1]);

        using X509Certificate2 leaf = Load(Issue());

        Assert.Equal([], Problems(leaf, _state.CaCertificate));
    }

    [Fact]
    public void Leaf_WhoseChainIsTorn_IsReissued()
    {
        string before = Contents(Issue());
        CertificateFiles files = Issue();
        string whole = File.ReadAllText(files.CertificatePath);
        File.WriteAllText(files.CertificatePath, whole[..^100]);

        Assert.NotEqual(before, Contents(Issue()));
        X509Certificate2Collection chain = [];
        chain.ImportFromPemFile(files.CertificatePath);
        Assert.Equal(2, chain.Count);
    }

    [Fact]
    public void Authority_ThatWouldEndBeforeItsLeaves_IsMadeAnew()
    {
        CertificateAuthority.Open(_state, _time).Dispose();
        string before = File.ReadAllText(_state.CaCertificate);

        // Five years of life; a leaf has ninety days.
        _time.Advance(TimeSpan.FromDays((5 * 365) - 90) - TimeSpan.FromSeconds(1));
        Issue();
        Assert.Equal(before, File.ReadAllText(_state.CaCertificate));

        _time.Advance(TimeSpan.FromSeconds(1));
        using X509Certificate2 leaf = Load(Issue());
        Assert.NotEqual(before, File.ReadAllText(_state.CaCertificate));
        Assert.Equal([], Problems(leaf, _state.CaCertificate));
    }

    [Fact]
    public void Leaf_IssuedLongAfterItsAuthorityWasOpened_EndsWithItsAuthority()
    {
        using CertificateAuthority authority = CertificateAuthority.Open(_state, _time);
        _time.Advance(TimeSpan.FromDays((5 * 365) - 10));

        using X509Certificate2 leaf = Load(authority.Issue("gateway", _state.Certificates, Hosts));

        Assert.Equal([], Problems(leaf, _state.CaCertificate));
    }

    [Theory]
    [InlineData(30)] // The root is valid by then, but the slack of a leaf would begin before it.
    [InlineData(120)] // Not even the root is valid by then.
    public void Leaf_AfterTheClockWasSetBack_IsValidNow(int minutes)
    {
        CertificateAuthority.Open(_state, _time).Dispose();
        FakeTime setBack = new(_time.GetUtcNow() - TimeSpan.FromMinutes(minutes));
        using CertificateAuthority authority = CertificateAuthority.Open(_state, setBack);

        using X509Certificate2 leaf = Load(authority.Issue("gateway", _state.Certificates, Hosts));

        Assert.Equal([], Problems(leaf, _state.CaCertificate, setBack));
    }

    private static string Contents(CertificateFiles files) => File.ReadAllText(files.CertificatePath) + File.ReadAllText(files.KeyPath);

    /// <summary>Fails when the key is not the certificate's.</summary>
    private static X509Certificate2 Load(CertificateFiles files) => X509Certificate2.CreateFromPemFile(files.CertificatePath, files.KeyPath);

    /// <summary>The same certificate with one bit of its signature changed: the last byte but one of the DER form.</summary>
    private static string WithAnotherSignature(string pem)
    {
        using X509Certificate2 certificate = X509Certificate2.CreateFromPem(pem);
        byte[] der = certificate.RawData;
        der[^2] ^= 1;
        return PemEncoding.WriteString("CERTIFICATE", der) + "\n";
    }

    private void AssertDamaged()
    {
        FoobarException damaged = Assert.Throws<FoobarException>(() => CertificateAuthority.Open(_state, _time));
        Assert.Equal(
            $"The certificate {_state.CaCertificate} and the key {CaKey} are damaged or do not belong together. Put back the files that belong there; or remove both, and ./foobar up makes a new authority, which you then trust anew where you had trusted this one.",
            damaged.Message);
    }

    private CertificateFiles Issue(params string[] hosts)
    {
        using CertificateAuthority authority = CertificateAuthority.Open(_state, _time);
        return authority.Issue("gateway", _state.Certificates, hosts.Length > 0 ? hosts : Hosts);
    }

    private X509ChainStatusFlags[] Problems(X509Certificate2 leaf, string trustedRoot, TimeProvider? time = null)
    {
        using X509Certificate2 root = X509CertificateLoader.LoadCertificateFromFile(trustedRoot);
        using X509Chain chain = new();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(root);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = (time ?? _time).GetUtcNow().UtcDateTime;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.1"));
        bool trusted = chain.Build(leaf);
        X509ChainStatusFlags[] problems = [.. chain.ChainStatus.Select(status => status.Status)];
        Assert.Equal(trusted, problems.Length == 0);
        return problems;
    }
}
