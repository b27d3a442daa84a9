using System.Security.Cryptography.X509Certificates;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;

namespace FooBar.LoadBalancer.Tests.EndToEnd;

/// <summary>The gateway's own program, seen by OpenSSL's client.</summary>
public sealed class OpenSslTests : IDisposable
{
    private readonly TestCertificates _certificates = new();
    private readonly PemFolder _files = new();

    private static CancellationToken Token => Eventually.Limit;

    public void Dispose()
    {
        _files.Dispose();
        _certificates.Dispose();
    }

    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task Session_OfAClientThatComesAgain_IsResumed(string version)
    {
        await using SocketHolder gateway = await StartAsync();

        string first = await VisitAsync(gateway, version, "-sess_out", _files["session"]);
        string second = await VisitAsync(gateway, version, "-sess_in", _files["session"]);

        Assert.Contains("New, TLSv1.", first, StringComparison.Ordinal);
        Assert.Contains("Server Temp Key: X25519", first, StringComparison.Ordinal);
        Assert.Contains("Reused, TLSv1.", second, StringComparison.Ordinal);
        Assert.Contains("HTTP/1.1 503 Service Unavailable", second, StringComparison.Ordinal);
    }

    /// <summary>What the operator says of OpenSSL counts; the suites are restricted all the same.</summary>
    [Fact]
    public async Task Suites_WhereTheOperatorConfiguresOpenSsl_AreTheSameWithoutResumption()
    {
        string configuration = _files.Write("openssl.cnf", "# Nothing.\n");
        await using SocketHolder gateway = await StartAsync(configuration);

        string first = await VisitAsync(gateway, "-tls1_2", "-sess_out", _files["session"]);
        string second = await VisitAsync(gateway, "-tls1_2", "-sess_in", _files["session"]);
        string weak = await VisitAsync(gateway, "-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256");

        Assert.Contains("New, TLSv1.2", first, StringComparison.Ordinal);
        Assert.DoesNotContain("Reused", second, StringComparison.Ordinal);
        Assert.Contains("handshake failure", weak, StringComparison.Ordinal);
        Assert.Contains($"OpenSSL is not configured by the gateway's own openssl.cnf (OPENSSL_CONF is '{configuration}')", gateway.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256")]
    [InlineData("-tls1_2", "-cipher", "AES128-GCM-SHA256")]
    [InlineData("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256:@SECLEVEL=0", "-sigalgs", "ECDSA+SHA1")]
    [InlineData("-tls1_1", "-cipher", "ALL:@SECLEVEL=0")]
    [InlineData("-tls1", "-cipher", "ALL:@SECLEVEL=0")]
    [InlineData("-tls1_3", "-groups", "P-521")]
    [InlineData("-tls1_3", "-ciphersuites", "TLS_AES_128_CCM_SHA256")]
    public async Task Client_WithNothingButWhatIsWeak_IsRefused(params string[] offers)
    {
        await using SocketHolder gateway = await StartAsync();

        string answer = await VisitAsync(gateway, offers);

        Assert.Contains("Cipher is (NONE)", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("HTTP/1.1", answer, StringComparison.Ordinal);
    }

    /// <summary>
    /// R is the client's order to negotiate anew (CVE-2011-1473): its second hello costs the gateway nothing, and the connection ends as one that is
    /// not used.
    /// </summary>
    [Fact]
    public async Task Renegotiation_ByTheClient_IsNotAnswered()
    {
        await using SocketHolder gateway = await StartAsync(settings: [("Gateway__Limits__KeepAliveTimeout", "00:00:01"), ("Gateway__Limits__RequestHeadersTimeout", "00:00:01")]);

        string answer = await TlsTools.ConnectAsync(gateway.Ports[0], "localhost", _certificates.AuthorityPath, "R\n", "-tls1_2", "-msg");

        Assert.Contains("RENEGOTIATING", answer, StringComparison.Ordinal);
        Assert.Contains("Secure Renegotiation IS supported", answer, StringComparison.Ordinal);
        Assert.Contains("Compression: NONE", answer, StringComparison.Ordinal);
        Assert.Equal((2, 1), (Count(">>> TLS 1.2, Handshake [length", "ClientHello"), Count("<<< TLS 1.2, Handshake [length", "ServerHello")));

        int Count(string direction, string message) => answer.Split('\n').Count(line => line.StartsWith(direction, StringComparison.Ordinal) && line.TrimEnd().EndsWith(message, StringComparison.Ordinal));
    }

    /// <summary>It verifies with the root alone, and shows what was sent: each one's issuer after it, the root left out.</summary>
    [Fact]
    public async Task Chain_IsSentInOrderWithoutItsRoot()
    {
        using X509Certificate2 intermediate = (CertificateRecipe.Authority("intermediate", _certificates.Authority) with { NotBefore = CertificateRecipe.Now.AddMinutes(-30), NotAfter = CertificateRecipe.Now.AddHours(2) }).Make();
        using X509Certificate2 certificate = new CertificateRecipe { Subject = "CN=site", Hosts = ["localhost"], Issuer = intermediate, NotBefore = CertificateRecipe.Now.AddMinutes(-20), NotAfter = CertificateRecipe.Now.AddHours(1) }.Make();
        (string path, string key) = _files.WritePair("site", certificate, intermediate, _certificates.Authority);
        await using SocketHolder gateway = await StartAsync(settings: [("Gateway__CertificatePath", path), ("Gateway__KeyPath", key)]);

        string answer = await VisitAsync(gateway, "-showcerts");

        Assert.Contains("Verify return code: 0 (ok)", answer, StringComparison.Ordinal);
        Assert.Equal(
            [" 0 s:CN = site", "   i:CN = intermediate", " 1 s:CN = intermediate", "   i:CN = FooBar test authority"],
            answer.Split('\n').Where(line => line.Length > 3 && line[3..].StartsWith("s:", StringComparison.Ordinal) || line.StartsWith("   i:", StringComparison.Ordinal)));
    }

    private Task<string> VisitAsync(SocketHolder gateway, params string[] arguments) => TlsTools.ConnectAsync(
        gateway.Ports[0], "localhost", _certificates.AuthorityPath, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", ["-ign_eof", .. arguments]);

    /// <summary>Starts it without a backend, and without what this process has set for itself.</summary>
    private async Task<SocketHolder> StartAsync(string? configuration = null, params (string Name, string Value)[] settings)
    {
        Dictionary<string, string> environment = ServiceEnvironment.For(_certificates, "https://127.0.0.1:1");
        foreach ((string name, string value) in settings)
            environment[name] = value;
        SocketHolder sockets = await SocketHolder.ListenAsync(
            ["https", "http"],
            environment,
            ["env", .. configuration is null ? (string[])["-u", "OPENSSL_CONF"] : [$"OPENSSL_CONF={configuration}"], "dotnet", ServiceEnvironment.Program]);
        await sockets.StartAsync();
        await Eventually.TrueAsync(() => sockets.Log.Contains("Application started", StringComparison.Ordinal), () => sockets.Log);
        return sockets;
    }
}
