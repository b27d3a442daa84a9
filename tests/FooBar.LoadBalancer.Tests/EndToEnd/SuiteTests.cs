using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.LoadBalancer.Tls;
using FooBar.Testing;

namespace FooBar.LoadBalancer.Tests.EndToEnd;

/// <summary>What the gateway agrees to in a handshake, and that a session of it is resumed.</summary>
public sealed class SuiteTests : IAsyncDisposable
{
    private readonly TestCertificates _certificates = new();
    private readonly PemFolder _files = new();
    private TestBackend? _backend;

    private static CancellationToken Token => Eventually.Limit;

    [Fact]
    public void Policy_OfThisProcess_IsInForce() => Assert.True(OpenSslPolicy.IsInForce);

    /// <summary>Two thousand connections on which nothing happens take 60 MB less so.</summary>
    [Fact]
    public void Buffers_OfIdleConnections_AreReleased() => Assert.True(OpenSslBuffers.AreReleased());

    /// <summary>Every suite that the client knows is offered alone; what is agreed upon must be just these.</summary>
    [Theory]
    [InlineData(0, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256")]
    [InlineData(2048, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256")]
    public async Task Suites_OfBothVersions_AreTheGoodOnesAndNoOthers(int rsaBits, string expected)
    {
        await using TestGateway gateway = await StartAsync(rsaBits);
        List<TlsCipherSuite> agreed = [];
        int offered = 0;
        foreach (TlsCipherSuite suite in Enum.GetValues<TlsCipherSuite>().Distinct())
        {
            if (Options(suite) is not { } options)
                continue;
            offered++;
            try
            {
                await using TlsClient client = await TlsClient.ConnectAsync(gateway.HttpsPort, options, Token);
                Assert.Equal(suite, client.Stream.NegotiatedCipherSuite);
                agreed.Add(suite);
            }
            catch (Exception exception) when (exception is AuthenticationException or IOException)
            {
                // Refused.
            }
        }

        // Enough of what must be refused was offered, CBC and static RSA among it.
        Assert.True(offered > 20, $"only {offered} suites were offered");
        Assert.Equal(
            ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", .. expected.Split(", ")],
            agreed.Select(suite => suite.ToString()).Order(StringComparer.Ordinal));
    }

    /// <summary>
    /// A full handshake holds the certificate; one that resumes a session is shorter than that. The client resumes by the name that it asks for,
    /// and takes in a session of TLS 1.3 when it reads.
    /// </summary>
    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Session_OfAClientThatComesAgain_IsResumed(SslProtocols version)
    {
        await using TestGateway gateway = await StartAsync();
        SslClientAuthenticationOptions options = TestGateway.Trusting(_certificates.Authority);
        options.TargetHost = "www.foobar.com";
        options.EnabledSslProtocols = version;

        List<(long Bytes, int Certificate)> handshakes = [];
        for (int visit = 0; visit < 3; visit++)
        {
            await using TlsClient client = await TlsClient.ConnectAsync(gateway.HttpsPort, options, Token);
            handshakes.Add((client.HandshakeBytes, client.Certificate.RawDataMemory.Length));
            Assert.Equal("HTTP/1.1 200 OK", await client.GetAsync("www.foobar.com", Token));
        }

        Assert.True(handshakes[0].Bytes > handshakes[0].Certificate, $"{handshakes[0]}");
        Assert.All(handshakes[1..], handshake => Assert.True(handshake.Bytes < handshake.Certificate, $"{handshake}"));
    }

    /// <summary>With another certificate there are other sessions: nobody is resumed into what the old one agreed upon.</summary>
    [Fact]
    public async Task Session_FromBeforeARenewal_IsNotResumed()
    {
        await using TestGateway gateway = await StartAsync();
        SslClientAuthenticationOptions options = TestGateway.Trusting(_certificates.Authority);
        options.TargetHost = "www.foobar.com";
        await VisitAsync(gateway, options);
        Write(0);
        Assert.Empty(gateway.Reload.Reload("test").Errors);

        (long bytes, int certificate) = await VisitAsync(gateway, options);

        Assert.True(bytes > certificate, $"{bytes} bytes of handshake, {certificate} of certificate");
    }

    public async ValueTask DisposeAsync()
    {
        if (_backend is not null)
            await _backend.DisposeAsync();
        _files.Dispose();
        _certificates.Dispose();
    }

    private static SslClientAuthenticationOptions? Options(TlsCipherSuite suite)
    {
        try
        {
            SslClientAuthenticationOptions options = TlsClient.Careless("www.foobar.com");
            options.CipherSuitesPolicy = new CipherSuitesPolicy([suite]);
            return options;
        }
        catch (PlatformNotSupportedException)
        {
            return null;
        }
    }

    private static async Task<(long Bytes, int Certificate)> VisitAsync(TestGateway gateway, SslClientAuthenticationOptions options)
    {
        await using TlsClient client = await TlsClient.ConnectAsync(gateway.HttpsPort, options, Token);
        Assert.Equal("HTTP/1.1 200 OK", await client.GetAsync("www.foobar.com", Token));
        return (client.HandshakeBytes, client.Certificate.RawDataMemory.Length);
    }

    private (string Certificate, string Key) Write(int rsaBits)
    {
        using X509Certificate2 certificate = new CertificateRecipe
        {
            Hosts = ["www.foobar.com", "foobar.com", "localhost", "127.0.0.1"],
            Issuer = _certificates.Authority,
            NotBefore = CertificateRecipe.Now.AddMinutes(-30),
            NotAfter = CertificateRecipe.Now.AddHours(1),
            RsaBits = rsaBits,
        }.Make();
        return _files.WritePair("site", certificate);
    }

    private async Task<TestGateway> StartAsync(int rsaBits = 0)
    {
        (string path, string key) = Write(rsaBits);
        _backend = await TestBackend.StartAsync("web-1", _certificates.Issue("127.0.0.1"));
        return await TestGateway.StartAsync(_certificates, [_backend], $"CertificatePath={path}", $"KeyPath={key}", "ReloadInterval=00:00:00");
    }
}
