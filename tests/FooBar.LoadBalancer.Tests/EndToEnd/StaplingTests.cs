using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;

namespace FooBar.LoadBalancer.Tests.EndToEnd;

/// <summary>The answer of the authority's responder, stapled to the certificate that names one (RFC 6066, 8).</summary>
public sealed class StaplingTests : IAsyncDisposable
{
    private readonly TestCertificates _certificates = new();
    private readonly PemFolder _files = new();
    private readonly byte[] _serial = OcspResponder.NewSerial();
    private TestBackend? _backend;

    private static CancellationToken Token => Eventually.Limit;

    [Fact]
    public async Task Certificate_WhoseResponderAnswers_IsSentWithTheAnswerAlsoAfterAReload()
    {
        await using OcspResponder responder = await OcspResponder.StartAsync(_files, _certificates.Authority, _serial);
        await using TestGateway gateway = await StartAsync(responder.Url, "http://127.0.0.1:1/");

        // It is fetched in the background.
        CancellationToken limit = Token;
        string answer = await ConnectAsync(gateway);
        while (!answer.Contains("OCSP Response Status: successful", StringComparison.Ordinal) && !limit.IsCancellationRequested)
            answer = await ConnectAsync(gateway);
        Assert.Contains("Cert Status: good", answer, StringComparison.Ordinal);

        Assert.Empty(gateway.Reload.Reload("test").Errors);
        Assert.Contains("Cert Status: good", await ConnectAsync(gateway), StringComparison.Ordinal);
    }

    /// <summary>The authority publishes its certificate, too: nobody asks for it, because the file has it.</summary>
    [Fact]
    public async Task Certificate_WhoseResponderIsDead_IsSentWithoutOne()
    {
        using TcpListener issuers = new(IPAddress.Loopback, 0);
        issuers.Start();
        await using TestGateway gateway = await StartAsync($"http://127.0.0.1:{FreePorts.Next()}/", $"http://{issuers.LocalEndpoint}/");

        for (int visit = 0; visit < 3; visit++)
            Assert.Contains("OCSP response: no response sent", await ConnectAsync(gateway), StringComparison.Ordinal);

        Assert.False(issuers.Pending());
    }

    /// <summary>Its start would otherwise wait for the network.</summary>
    [Fact]
    public async Task Certificate_WhoseIssuerIsMissing_AsksNobody()
    {
        using TcpListener network = new(IPAddress.Loopback, 0);
        network.Start();
        await using TestGateway gateway = await StartAsync($"http://{network.LocalEndpoint}/", $"http://{network.LocalEndpoint}/", withIssuer: false);

        Assert.Contains("OCSP response: no response sent", await ConnectAsync(gateway), StringComparison.Ordinal);
        Assert.Contains("leads to 'CN=FooBar test authority', which neither it nor this machine knows", gateway.Log, StringComparison.Ordinal);
        Assert.False(network.Pending());
    }

    public async ValueTask DisposeAsync()
    {
        if (_backend is not null)
            await _backend.DisposeAsync();
        _files.Dispose();
        _certificates.Dispose();
    }

    private Task<string> ConnectAsync(TestGateway gateway) =>
        TlsTools.ConnectAsync(gateway.HttpsPort, "www.foobar.com", _certificates.AuthorityPath, "", "-status");

    private async Task<TestGateway> StartAsync(string responder, string issuers, bool withIssuer = true)
    {
        using X509Certificate2 certificate = new CertificateRecipe
        {
            Hosts = ["www.foobar.com", "foobar.com", "localhost", "127.0.0.1"],
            Issuer = _certificates.Authority,
            NotBefore = CertificateRecipe.Now.AddMinutes(-30),
            NotAfter = CertificateRecipe.Now.AddHours(1),
            Serial = _serial,
            Access = (responder, issuers),
        }.Make();
        (string path, string key) = _files.WritePair("site", certificate, withIssuer ? [_certificates.Authority] : []);
        _backend = await TestBackend.StartAsync("web-1", _certificates.Issue("127.0.0.1"));
        return await TestGateway.StartAsync(_certificates, [_backend], $"CertificatePath={path}", $"KeyPath={key}", "ReloadInterval=00:00:00");
    }
}
