using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;

namespace FooBar.LoadBalancer.Tests.EndToEnd;

/// <summary>Which certificate a client is shown by the name that it asks for.</summary>
public sealed class ServerNameTests : IAsyncLifetime
{
    private readonly TestCertificates _certificates = new();
    private readonly PemFolder _files = new();
    private X509Certificate2 _intermediate = null!;
    private TestBackend _backend = null!;
    private TestGateway _gateway = null!;

    private static CancellationToken Token => Eventually.Limit;

    public async ValueTask InitializeAsync()
    {
        _intermediate = (CertificateRecipe.Authority("intermediate", _certificates.Authority) with { NotBefore = CertificateRecipe.Now.AddMinutes(-30), NotAfter = CertificateRecipe.Now.AddHours(2) }).Make();
        using X509Certificate2 shop = Issue("shop", ["shop.example", "*.shop.example"]);
        using X509Certificate2 pay = Issue("pay", ["pay.shop.example"]);
        List<string> settings = ["Hosts:0=www.foobar.com", "Hosts:1=shop.example", "Hosts:2=pay.shop.example"];
        foreach ((int i, X509Certificate2 certificate) in ((X509Certificate2[])[shop, pay]).Index())
        {
            (string path, string key) = _files.WritePair($"{i}", certificate, _intermediate, _certificates.Authority);
            settings.AddRange([$"Certificates:{i}:CertificatePath={path}", $"Certificates:{i}:KeyPath={key}"]);
        }

        _backend = await TestBackend.StartAsync("web-1", _certificates.Issue("127.0.0.1"));
        _gateway = await TestGateway.StartAsync(_certificates, [_backend], settings);
    }

    [Theory]
    [InlineData("www.foobar.com", "CN=www.foobar.com")]
    [InlineData("shop.example", "CN=shop")]
    [InlineData("a.shop.example", "CN=shop")]
    [InlineData("pay.shop.example", "CN=pay")]
    [InlineData("nobody.example", "CN=www.foobar.com")]
    [InlineData("127.0.0.1", "CN=www.foobar.com")]
    public async Task Client_IsShownTheCertificateOfTheNameThatItAsksFor(string name, string expected)
    {
        await using TlsClient client = await TlsClient.ConnectAsync(_gateway.HttpsPort, TlsClient.Careless(name), Token);

        Assert.Equal(expected, client.Certificate.Subject);
    }

    /// <summary>It verifies with the root alone: what is between was sent along.</summary>
    [Fact]
    public async Task Client_OfACertificateBelowAnIntermediate_IsSentTheChain()
    {
        SslClientAuthenticationOptions options = TestGateway.Trusting(_certificates.Authority);
        options.TargetHost = "pay.shop.example";
        await using TlsClient client = await TlsClient.ConnectAsync(_gateway.HttpsPort, options, Token);

        Assert.Equal("HTTP/1.1 200 OK", await client.GetAsync("pay.shop.example", Token));
    }

    /// <summary>The handshake is let pass: the client sees a page that says what is wrong, not a failed connection.</summary>
    [Fact]
    public async Task Request_ForAHostThatIsNotServed_Is421OnWhateverCertificate()
    {
        await using TlsClient client = await TlsClient.ConnectAsync(_gateway.HttpsPort, TlsClient.Careless("nobody.example"), Token);

        Assert.Equal("HTTP/1.1 421 Misdirected Request", await client.GetAsync("nobody.example", Token));
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _backend.DisposeAsync();
        _intermediate.Dispose();
        _files.Dispose();
        _certificates.Dispose();
    }

    private X509Certificate2 Issue(string subject, string[] hosts) =>
        new CertificateRecipe { Subject = $"CN={subject}", Hosts = hosts, Issuer = _intermediate, NotBefore = CertificateRecipe.Now.AddMinutes(-20), NotAfter = CertificateRecipe.Now.AddHours(1) }.Make();
}
