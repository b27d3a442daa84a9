using System.Formats.Asn1;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using FooBar.ServiceDefaults.Admin;
using FooBar.ServiceDefaults.Tls;
using FooBar.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace FooBar.ServiceDefaults.Tests.Admin;

public sealed class AdminTlsTests : IDisposable
{
    private readonly TestCertificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    [Theory]
    [InlineData(SslProtocols.Tls12, "127.0.0.1")]
    [InlineData(SslProtocols.Tls13, "127.0.0.1")]
    [InlineData(SslProtocols.Tls13, "0.0.0.0")]
    public async Task Client_WithAnAllowedName_IsAnswered(SslProtocols protocol, string address)
    {
        await using TestService service = await StartAsync(address);
        using X509Certificate2 collector = _certificates.IssueForClient("collector");

        Assert.Equal("https", service.Admin.Scheme);
        Assert.Equal("HTTP/1.1 200 OK", await AskAsync(service, collector, protocol));
    }

    [Fact]
    public async Task Client_WithTheSecondAllowedName_IsAnswered()
    {
        await using TestService service = await StartAsync(clients: ["prometheus", "collector"]);
        using X509Certificate2 collector = _certificates.IssueForClient("collector");

        Assert.Equal("HTTP/1.1 200 OK", await AskAsync(service, collector));
    }

    [Theory]
    [InlineData("no certificate")]
    [InlineData("another name")]
    [InlineData("the name in other case")]
    [InlineData("another authority")]
    [InlineData("its own authority")]
    [InlineData("a server's certificate")]
    [InlineData("the name as organisation")]
    [InlineData("two names")]
    public async Task Client_OfAnyOtherKind_IsRefusedInTheHandshake(string kind)
    {
        using TestCertificates others = new();
        await using TestService service = await StartAsync();
        using X509Certificate2? client = kind switch
        {
            "another name" => _certificates.IssueForClient("visitor"),
            "the name in other case" => _certificates.IssueForClient("Collector"),
            "another authority" => others.IssueForClient("collector"),
            "its own authority" => SelfSigned("CN=collector"),
            "a server's certificate" => _certificates.Issue("collector"),
            "the name as organisation" => Signed("O=collector"),
            "two names" => Signed("CN=visitor, CN=collector"),
            _ => null,
        };

        // In TLS 1.2 the server answers a certificate before the client may send anything. In TLS 1.3 the client is done first and learns it
        // with its first read.
        Assert.True(await Record.ExceptionAsync(() => AskAsync(service, client, SslProtocols.Tls12)) is IOException or AuthenticationException);
        Assert.True(await Record.ExceptionAsync(() => AskAsync(service, client, SslProtocols.Tls13)) is IOException);
        using X509Certificate2 collector = _certificates.IssueForClient("collector");
        Assert.Equal("HTTP/1.1 200 OK", await AskAsync(service, collector));
        Assert.DoesNotContain(service.LogLines, line => line.Contains("\"Warning\"", StringComparison.Ordinal) || line.Contains("\"Error\"", StringComparison.Ordinal));
    }

    /// <summary>The control for the subjects that are refused above.</summary>
    [Fact]
    public async Task Client_WithTheNameAmongOtherParts_IsAnswered()
    {
        await using TestService service = await StartAsync();
        using X509Certificate2 client = Signed("O=FooBar, CN=collector");

        Assert.Equal("HTTP/1.1 200 OK", await AskAsync(service, client));
    }

    /// <summary>The certificate of the service names 127.0.0.1 and edge-1.</summary>
    [Theory]
    [InlineData("edge-1", "True collector")]
    [InlineData("EDGE-1:9600", "True collector")]
    [InlineData("127.0.0.1", "True collector")]
    [InlineData("edge-2", "False collector")]
    [InlineData("192.0.2.1", "False collector")]
    public async Task Request_OfAnAllowedClient_ShowsItsNameAndWhetherTheHostIsOurs(string host, string expected)
    {
        await using TestService service = await StartAsync();
        using X509Certificate2 collector = _certificates.IssueForClient("collector");

        string answer = await AnswerAsync(service, collector, $"GET /who HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");

        Assert.EndsWith($"\r\n\r\n{expected}", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PlainHttp_OnATlsPort_IsNotAnswered()
    {
        await using TestService service = await StartAsync();

        await Assert.ThrowsAsync<HttpRequestException>(() => service.GetAsync(new Uri($"http://127.0.0.1:{service.Admin.Port}"), "/metrics"));
    }

    [Fact]
    public void CommonNameOf_ASubject_IsItsOnlyOne()
    {
        using X509Certificate2 one = SelfSigned("O=FooBar, CN=collector");
        using X509Certificate2 none = SelfSigned("O=FooBar");
        using X509Certificate2 two = SelfSigned("CN=a, CN=b");
        using X509Certificate2 joined = SelfSigned(Joined("a", "b"));

        Assert.Equal(
            ["collector", null, null, null],
            ((X509Certificate2[])[one, none, two, joined]).Select(ListenerHandshake.CommonNameOf));
    }

    private async Task<TestService> StartAsync(string address = "127.0.0.1", string[]? clients = null)
    {
        using X509Certificate2 certificate = _certificates.Issue("127.0.0.1", "edge-1");
        (string certificatePath, string keyPath) = _certificates.Write(certificate);
        return await TestService.StartAsync(builder =>
        {
            builder.Configuration["Admin:Address"] = address;
            builder.Configuration["Admin:CertificatePath"] = certificatePath;
            builder.Configuration["Admin:KeyPath"] = keyPath;
            builder.Configuration["Admin:ClientCaPath"] = _certificates.AuthorityPath;
            foreach ((int i, string client) in (clients ?? ["collector"]).Index())
            {
                builder.Configuration[$"Admin:AllowedClients:{i}"] = client;
            }
        },
        app =>
        {
            AdminPort port = app.Services.GetRequiredService<AdminPort>();
            port.Map("/who", context =>
            {
                string text = $"{port.IsAddressedBy(context)} {AdminPort.ClientOf(context)}";
                context.Response.ContentLength = text.Length;
                return context.Response.WriteAsync(text);
            });
        });
    }

    /// <summary>The first line of the answer to a request for the metrics, from the very certificate that the service was given.</summary>
    private async Task<string> AskAsync(TestService service, X509Certificate2? certificate, SslProtocols protocol = SslProtocols.Tls13)
    {
        string answer = await AnswerAsync(service, certificate, "GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", protocol);
        return answer.Split("\r\n")[0];
    }

    private async Task<string> AnswerAsync(TestService service, X509Certificate2? certificate, string request, SslProtocols protocol = SslProtocols.Tls13)
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        using TcpClient tcp = new();
        await tcp.ConnectAsync(IPAddress.Loopback, service.Admin.Port, cancel);
        await using SslStream tls = new(tcp.GetStream());
        X509ChainPolicy policy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(_certificates.Authority);
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "127.0.0.1",
                EnabledSslProtocols = protocol,
                CertificateChainPolicy = policy,
                ClientCertificateContext = certificate is null ? null : SslStreamCertificateContext.Create(certificate, null, offline: true),
            },
            cancel);
        await tls.WriteAsync(Encoding.ASCII.GetBytes(request), cancel);
        using StreamReader reader = new(tls);
        return await reader.ReadToEndAsync(cancel) is { Length: > 0 } answer ? answer : throw new IOException("The connection ended without an answer.");
    }

    private static X509Certificate2 SelfSigned(string subject) => SelfSigned(new X500DistinguishedName(subject));

    private static X509Certificate2 SelfSigned(X500DistinguishedName subject)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        return Request(subject, key).CreateSelfSigned(now.AddHours(-1), now.AddHours(1));
    }

    private X509Certificate2 Signed(string subject)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 certificate = Request(new X500DistinguishedName(subject), key).Create(_certificates.Authority, now.AddMinutes(-1), now.AddHours(1), [1, 2, 3]);
        return certificate.CopyWithPrivateKey(key);
    }

    private static CertificateRequest Request(X500DistinguishedName subject, ECDsa key)
    {
        CertificateRequest request = new(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2")], critical: false));
        return request;
    }

    /// <summary>A subject of one part that is common name and organisational unit at once, which .NET reads but does not write.</summary>
    private static X500DistinguishedName Joined(string commonName, string unit)
    {
        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSetOf())
        {
            foreach ((string type, string value) in ((string, string)[])[("2.5.4.3", commonName), ("2.5.4.11", unit)])
            {
                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier(type);
                    writer.WriteCharacterString(UniversalTagNumber.UTF8String, value);
                }
            }
        }

        return new X500DistinguishedName(writer.Encode());
    }
}
