using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;

namespace FooBar.LoadBalancer.Tests.EndToEnd;

public sealed class TlsTests
{
    private static CancellationToken Token => Eventually.Limit;

    public static TheoryData<SslProtocols, string> Accepted => new()
    {
        { SslProtocols.Tls12, "h2" },
        { SslProtocols.Tls13, "h2" },
        { SslProtocols.Tls12, "http/1.1" },
        { SslProtocols.Tls13, "http/1.1" },
    };

    [Theory]
    [MemberData(nameof(Accepted))]
    public async Task Handshake_WithAnAcceptedVersion_NegotiatesIt(SslProtocols version, string protocol)
    {
        await using Arrangement site = await Arrangement.StartAsync();
        SslClientAuthenticationOptions options = TestGateway.Trusting(site.Certificates.Authority);
        options.TargetHost = "www.foobar.com";
        options.EnabledSslProtocols = version;
        options.ApplicationProtocols = [new SslApplicationProtocol(protocol)];

        using TcpClient tcp = new();
        await tcp.ConnectAsync(IPAddress.Loopback, site.Gateway.HttpsPort, Token);
        await using SslStream tls = new(tcp.GetStream());
        await tls.AuthenticateAsClientAsync(options, Token);

        Assert.Equal(version, tls.SslProtocol);
        Assert.Equal(protocol, tls.NegotiatedApplicationProtocol.ToString());
    }

    /// <summary>
    /// By hand, because a client's TLS library would refuse to offer TLS 1.1 itself and prove nothing about the gateway. TLS 1.2 is the
    /// control: the same bytes but for the version are answered.
    /// </summary>
    [Theory]
    [InlineData(1, "alert: fatal, protocol_version")]
    [InlineData(2, "alert: fatal, protocol_version")]
    [InlineData(3, "handshake: ServerHello")]
    public async Task Handshake_ByVersion_IsRefusedBelow12(byte minorVersion, string expected)
    {
        await using Arrangement site = await Arrangement.StartAsync();
        using TcpClient tcp = new();
        await tcp.ConnectAsync(IPAddress.Loopback, site.Gateway.HttpsPort, Token);
        NetworkStream stream = tcp.GetStream();
        await stream.WriteAsync(ClientHello(minorVersion), Token);

        byte[] record = new byte[7];
        int read = await stream.ReadAtLeastAsync(record, record.Length, throwOnEndOfStream: false, Token);

        Assert.Equal(record.Length, read);
        Assert.Equal(expected, (record[0], record[5], record[6]) switch
        {
            (0x15, 2, 70) => "alert: fatal, protocol_version", // RFC 8446, 6.2
            (0x16, 2, _) => "handshake: ServerHello",
            (byte type, byte first, byte second) => $"{type} {first} {second}",
        });
    }

    private static byte[] ClientHello(byte minorVersion)
    {
        byte[] extensions =
        [
            0x00, 0x0a, 0x00, 0x04, 0x00, 0x02, 0x00, 0x17, // supported groups: P-256
            0x00, 0x0d, 0x00, 0x04, 0x00, 0x02, 0x04, 0x03, // signature algorithms: ecdsa_secp256r1_sha256
        ];
        byte[] hello =
        [
            0x03, minorVersion,
            .. new byte[32], // random
            0x00, // no session
            0x00, 0x04, 0xc0, 0x2b, 0xc0, 0x09, // ECDHE_ECDSA with AES_128_GCM_SHA256 and with AES_128_CBC_SHA
            0x01, 0x00, // no compression
            0x00, (byte)extensions.Length, .. extensions,
        ];
        return [0x16, 0x03, 0x01, 0x00, (byte)(hello.Length + 4), 0x01, 0x00, 0x00, (byte)hello.Length, .. hello];
    }

    [Fact]
    public async Task Client_ThatTrustsAnotherAuthority_RefusesTheGateway()
    {
        await using Arrangement site = await Arrangement.StartAsync();
        using TestCertificates others = new();
        using HttpClient client = site.Gateway.Client(trusted: others.Authority);

        HttpRequestException refused = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync("/", Token));

        Assert.Equal(HttpRequestError.SecureConnectionError, refused.HttpRequestError);
        Assert.IsType<AuthenticationException>(refused.InnerException);
    }

    [Theory]
    [InlineData("another authority")]
    [InlineData("another host")]
    [InlineData("a client's certificate")]
    public async Task Backend_WithACertificateThatDoesNotVerify_GetsNoTraffic(string mistake)
    {
        using TestCertificates certificates = new();
        using TestCertificates others = new();
        await using TestBackend backend = await TestBackend.StartAsync("web-1", mistake switch
        {
            "another authority" => others.Issue("127.0.0.1"),

            // The name that is forwarded in the Host header: it must not be the one that the certificate is compared with.
            "another host" => certificates.Issue("www.foobar.com"),
            _ => certificates.IssueForClient("127.0.0.1"),
        });
        await using TestGateway gateway = await TestGateway.StartAsync(certificates, [backend]);
        using HttpClient client = gateway.Client();

        using HttpResponseMessage response = await client.GetAsync("/", Token);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal((0, 0), (backend.Requests, backend.HealthChecks));
        Assert.Contains("The remote certificate", gateway.Pool.All[0].Health.LastFailure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_ToABackendThatChangedToAnUntrustedCertificate_IsNotSent()
    {
        using TestCertificates certificates = new();
        using TestCertificates others = new();
        await using TestBackend backend = await TestBackend.StartAsync("web-1", certificates.Issue("127.0.0.1"));
        await using TestGateway gateway = await TestGateway.StartAsync(
            certificates, [backend], "Health:FailuresToDown=100", "Health:Interval=00:01:00");
        using HttpClient client = gateway.Client();

        await backend.ReplaceCertificateAsync(others.Issue("127.0.0.1"));
        using HttpResponseMessage response = await client.GetAsync("/late", Token);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal(0, backend.Requests);
        Assert.Equal("backend-connect-failed", (await gateway.AccessLogAsync("/late")).GetProperty("end").GetString());
    }
}
