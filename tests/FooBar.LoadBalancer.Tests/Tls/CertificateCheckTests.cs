using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.LoadBalancer.Tls;

namespace FooBar.LoadBalancer.Tests.Tls;

public sealed class CertificateCheckTests : IDisposable
{
    private readonly List<X509Certificate2> _made = [];
    private readonly X509Certificate2 _root;
    private readonly X509Certificate2 _intermediate;

    public CertificateCheckTests()
    {
        _root = Make(CertificateRecipe.Authority("root"));
        _intermediate = Make(CertificateRecipe.Authority("intermediate", _root));
    }

    public void Dispose()
    {
        foreach (X509Certificate2 certificate in _made)
            certificate.Dispose();
    }

    [Fact]
    public void Chain_ThatIsWhole_HasNothingWrong()
    {
        CertificateFindings findings = Check([Leaf(), _intermediate, _root]);

        Assert.Equal(([], [], null), (findings.Mistakes.ToArray(), findings.OutOfDate.ToArray(), findings.Stranger));
    }

    [Fact]
    public void Chain_WhoseRootIsLeftOut_NamesWhomNobodyKnowsHere()
    {
        Assert.Equal("'CN=root'", Check([Leaf(), _intermediate]).Stranger);
        Assert.Equal("'CN=intermediate'", Check([Leaf()]).Stranger);
    }

    [Fact]
    public void Chain_InAnotherOrder_IsRefused() => AssertMistakes(
        [Leaf(), _root, _intermediate],
        "its certificate 2, 'CN=root', is not the issuer of the one before it, 'CN=www.foobar.com'",
        "its certificate 3, 'CN=intermediate', is not the issuer of the one before it, 'CN=root'");

    [Fact]
    public void Chain_WithAnotherKeyOfItsIssuer_IsRefused() => AssertMistakes(
        [Leaf(), Make(CertificateRecipe.Authority("intermediate", _root))],
        "its certificate 2, 'CN=intermediate', is not the issuer of the one before it, 'CN=www.foobar.com'");

    /// <summary>Nothing but the signature tells.</summary>
    [Fact]
    public void Chain_WhoseSignatureIsAnothers_IsRefused()
    {
        X509Certificate2 other = Make(CertificateRecipe.Authority("intermediate", _root) with { NamesIssuersKey = false });
        X509Certificate2 leaf = Make(new CertificateRecipe { Hosts = ["www.foobar.com"], Issuer = _intermediate, NamesIssuersKey = false });

        Assert.StartsWith("'CN=www.foobar.com' does not verify: ", Assert.Single(Check([leaf, other, _root]).Mistakes), StringComparison.Ordinal);
    }

    [Fact]
    public void Issuer_ThatIsNoAuthority_IsRefused()
    {
        X509Certificate2 issuer = Make(new CertificateRecipe { Subject = "CN=no authority", Issuer = _root });
        X509Certificate2 leaf = Make(new CertificateRecipe { Hosts = ["www.foobar.com"], Issuer = issuer });

        Assert.NotEmpty(Check([leaf, issuer, _root]).Mistakes);
    }

    [Theory]
    [InlineData(1024, "the key of 'CN=www.foobar.com' has 1024 bits; RSA needs 2048")]
    [InlineData(2040, "the key of 'CN=www.foobar.com' has 2040 bits; RSA needs 2048")]
    [InlineData(2048, null)]
    public void Key_OfRsa_NeedsItsLength(int bits, string? mistake) => Assert.Equal(
        mistake is null ? [] : [mistake],
        Check([Make(new CertificateRecipe { Hosts = ["www.foobar.com"], Issuer = _root, RsaBits = bits }), _root]).Mistakes);

    [Fact]
    public void Key_OfAnIntermediate_NeedsItsLengthToo()
    {
        X509Certificate2 weak = Make(CertificateRecipe.Authority("weak", _root) with { RsaBits = 1024 });

        AssertMistakes([Make(new CertificateRecipe { Hosts = ["a.example"], Issuer = weak }), weak, _root], "the key of 'CN=weak' has 1024 bits; RSA needs 2048");
    }

    [Fact]
    public void Key_OfAShortCurve_IsRefused() => AssertMistakes(
        [Make(new CertificateRecipe { Hosts = ["www.foobar.com"], Issuer = _root, Curve = ECCurve.CreateFromFriendlyName("secp224r1") }), _root],
        "the key of 'CN=www.foobar.com' has 224 bits; ECDSA needs 256");

    [Theory]
    [InlineData(CertificateRecipe.Server, CertificateCheck.ServerUsage, null)]
    [InlineData(CertificateRecipe.Client, CertificateCheck.ClientUsage, null)]
    [InlineData("2.5.29.37.0", CertificateCheck.ServerUsage, null)]
    [InlineData("", CertificateCheck.ClientUsage, null)]
    [InlineData(CertificateRecipe.Client, CertificateCheck.ServerUsage, "'CN=www.foobar.com' is not for servers")]
    [InlineData(CertificateRecipe.Server, CertificateCheck.ClientUsage, "'CN=www.foobar.com' is not for clients")]
    public void Usage_MustBeTheOneThatItIsLoadedFor(string usages, string wanted, string? mistake)
    {
        X509Certificate2 leaf = Make(new CertificateRecipe { Hosts = ["a.example"], Issuer = _root, Usages = usages.Length == 0 ? [] : [usages] });

        Assert.Equal(mistake is null ? [] : [mistake], Check([leaf, _root], wanted).Mistakes);
    }

    [Theory]
    [InlineData(-2, 1, null)]
    [InlineData(-2, -1, "expired on")]
    [InlineData(1, 2, "is not valid before")]
    public void Dates_OfTheCertificate_AreTold(int fromHours, int untilHours, string? expected)
    {
        X509Certificate2 leaf = Make(new CertificateRecipe
        {
            Hosts = ["a.example"],
            Issuer = _root,
            NotBefore = CertificateRecipe.Now.AddHours(fromHours),
            NotAfter = CertificateRecipe.Now.AddHours(untilHours),
        });

        CertificateFindings findings = Check([leaf, _root]);

        Assert.Empty(findings.Mistakes);
        if (expected is null)
        {
            Assert.Empty(findings.OutOfDate);
        }
        else
        {
            DateTimeOffset date = CertificateRecipe.Now.AddHours(fromHours > 0 ? fromHours : untilHours);
            Assert.Equal([$"'CN=www.foobar.com' {expected} {date.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC"], findings.OutOfDate);
        }
    }

    [Fact]
    public void Dates_OfAnIntermediate_AreToldToo()
    {
        X509Certificate2 old = Make(CertificateRecipe.Authority("old", _root) with { NotAfter = CertificateRecipe.Now.AddHours(-1) });
        X509Certificate2 leaf = Make(new CertificateRecipe { Hosts = ["a.example"], Issuer = old });

        Assert.StartsWith("'CN=old' expired on ", Assert.Single(Check([leaf, old, _root]).OutOfDate), StringComparison.Ordinal);
    }

    private static CertificateFindings Check(X509Certificate2[] file, string usage = CertificateCheck.ServerUsage) =>
        CertificateCheck.Of(new CertificatePair(file[0], [.. file[1..]], ""), usage, CertificateRecipe.Now);

    private static void AssertMistakes(X509Certificate2[] file, params string[] expected) => Assert.Equal(expected, Check(file).Mistakes);

    private X509Certificate2 Leaf() => Make(new CertificateRecipe { Hosts = ["www.foobar.com"], Issuer = _intermediate });

    private X509Certificate2 Make(CertificateRecipe recipe)
    {
        X509Certificate2 certificate = recipe.Make();
        _made.Add(certificate);
        return certificate;
    }
}
