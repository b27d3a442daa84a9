using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.LoadBalancer.Tls;
using FooBar.Testing;
using Microsoft.AspNetCore.Http;

namespace FooBar.LoadBalancer.Tests.EndToEnd;

/// <summary>What the gateway shows of itself to backends that demand a certificate.</summary>
public sealed class BackendCertificateTests : IAsyncDisposable
{
    private readonly TestCertificates _certificates = new();
    private readonly PemFolder _files = new();
    private TestBackend? _backend;

    private static CancellationToken Token => Eventually.Limit;

    [Fact]
    public async Task Gateway_WithACertificate_ShowsItInChecksAndRequests()
    {
        await using TestGateway gateway = await StartAsync(WriteClient("gateway"));
        using HttpClient client = gateway.Client();

        Assert.Equal("hello", await client.GetStringAsync("/", Token));

        Assert.True(_backend!.HealthChecks > 0);
        Assert.Equal(["CN=gateway"], _backend.Clients.Distinct());
        CertificateReport report = gateway.Service<BackendTrust>().Report!;
        Assert.Equal(("backends", "CN=gateway", _files["client.crt"]), (report.Name, report.Subject, report.File));
        Assert.Contains("gateway_certificate_not_after_seconds{certificate=\"backends\"} ", await gateway.ScrapeAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gateway_WithoutACertificate_ReachesNoBackend()
    {
        await using TestGateway gateway = await StartAsync();
        using HttpClient client = gateway.Client();

        using HttpResponseMessage answer = await client.GetAsync("/", Token);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Empty(_backend!.Clients);
    }

    [Fact]
    public async Task Gateway_WhoseCertificateIsReplaced_ShowsTheNewOneOnNewConnections()
    {
        await using TestGateway gateway = await StartAsync([.. WriteClient("gateway"), "ReloadInterval=00:00:00", "Health:Interval=00:01:00"]);
        using HttpClient client = gateway.Client();
        Assert.Equal("hello", await client.GetStringAsync("/", Token));

        WriteClient("next");
        Assert.Empty(gateway.Reload.Reload("test").Errors);
        _backend!.Clients.Clear();
        Assert.Equal("hello", await client.GetStringAsync("/", Token));

        Assert.Equal("CN=next", Assert.Single(_backend.Clients));
    }

    [Fact]
    public async Task Reload_ToACertificateThatIsNotForClients_IsRefused()
    {
        await using TestGateway gateway = await StartAsync([.. WriteClient("gateway"), "ReloadInterval=00:00:00"]);

        WriteClient("server", CertificateRecipe.Server);

        Assert.Equal(
            [$"Gateway:BackendCertificatePath is \"{_files["client.crt"]}\", which cannot be used: 'CN=server' is not for clients."],
            gateway.Reload.Reload("test").Errors);
    }

    /// <summary>
    /// A backend that goes by a name is met again with the session of before: the handshake is shorter than the certificate. Both sides look at
    /// the other's certificate all the same, as the next test shows.
    /// </summary>
    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Session_WithABackendThatHasAName_IsResumed(SslProtocols version)
    {
        _backend = await TestBackend.StartAsync("web-1", _certificates.Issue("localhost"), _certificates.Authority);
        WriteClient("gateway");
        SslClientAuthenticationOptions handshake = Trust(_certificates).Handshake("localhost", SslApplicationProtocol.Http11);
        handshake.EnabledSslProtocols = version;

        List<long> bytes = [];
        for (int visit = 0; visit < 2; visit++)
        {
            await using TlsClient client = await TlsClient.ConnectAsync(_backend.Port, handshake, Token);
            bytes.Add(client.HandshakeBytes - client.Certificate.RawDataMemory.Length);
            Assert.Equal("HTTP/1.1 200 OK", await client.GetAsync("localhost", Token));
        }

        Assert.True(bytes[0] > 0 && bytes[1] < 0, string.Join(", ", bytes));
        Assert.Equal(["CN=gateway", "CN=gateway"], _backend.Clients);
    }

    [Fact]
    public async Task Session_WithABackendThatIsNoLongerBelieved_IsEnded()
    {
        using TestCertificates others = new();
        _backend = await TestBackend.StartAsync("web-1", _certificates.Issue("localhost"), _certificates.Authority);
        WriteClient("gateway");
        await using (TlsClient client = await TlsClient.ConnectAsync(_backend.Port, Trust(_certificates).Handshake("localhost", SslApplicationProtocol.Http11), Token))
            Assert.Equal("HTTP/1.1 200 OK", await client.GetAsync("localhost", Token));

        await Assert.ThrowsAsync<AuthenticationException>(() => TlsClient.ConnectAsync(_backend.Port, Trust(others).Handshake("localhost", SslApplicationProtocol.Http11), Token));
    }

    public async ValueTask DisposeAsync()
    {
        if (_backend is not null)
            await _backend.DisposeAsync();
        _files.Dispose();
        _certificates.Dispose();
    }

    private BackendTrust Trust(TestCertificates authority) => BackendTrust.Load(
        new GatewayOptions { BackendCaPath = authority.AuthorityPath, BackendCertificatePath = _files["client.crt"], BackendKeyPath = _files["client.key"] },
        TimeProvider.System,
        acceptsOutOfDate: false);

    private string[] WriteClient(string name, string usage = CertificateRecipe.Client)
    {
        using X509Certificate2 certificate = new CertificateRecipe
        {
            Subject = $"CN={name}",
            Issuer = _certificates.Authority,
            Usages = [usage],
            NotBefore = CertificateRecipe.Now.AddMinutes(-30),
            NotAfter = CertificateRecipe.Now.AddHours(1),
        }.Make();
        (string path, string key) = _files.WritePair("client", certificate);
        return [$"BackendCertificatePath={path}", $"BackendKeyPath={key}"];
    }

    private async Task<TestGateway> StartAsync(params string[] settings)
    {
        _backend = await TestBackend.StartAsync("web-1", _certificates.Issue("127.0.0.1"), _certificates.Authority);

        // Each request on a connection of its own.
        _backend.Handler = context =>
        {
            context.Response.Headers.Connection = "close";
            return context.Response.WriteAsync("hello");
        };
        return await TestGateway.StartAsync(_certificates, [_backend], settings);
    }
}
