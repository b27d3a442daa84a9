using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FooBar.MySql.Configuration;
using FooBar.MySql.Tls;

namespace FooBar.MySql.Tests.Tls;

/// <summary>Which certificates are taken for which host, over real handshakes; and what is said of the others.</summary>
public sealed class ServerTrustTests : IDisposable
{
    private const string ForServers = "1.3.6.1.5.5.7.3.1";
    private const string ForClients = "1.3.6.1.5.5.7.3.2";

    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    private readonly string _folder = Directory.CreateTempSubdirectory("foobar-trust-").FullName;
    private readonly X509Certificate2 _authority = Authority("CN=authority");
    private readonly X509Certificate2 _stranger = Authority("CN=stranger");
    private readonly string _ca;

    public ServerTrustTests() => _ca = Write("ca.pem", _authority.ExportCertificatePem());

    public void Dispose()
    {
        _authority.Dispose();
        _stranger.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("db.example.com", "db.example.com", null)]
    [InlineData("db.example.com", "DB.Example.COM", null)]
    [InlineData("other.example.com db.example.com", "db.example.com", null)]
    [InlineData("*.example.com", "db.example.com", null)]
    [InlineData("10.1.2.3", "10.1.2.3", null)]
    [InlineData("2001:db8::1", "2001:db8::1", null)]
    [InlineData("2001:db8::1", "2001:0db8:0::1", null)]
    [InlineData("db.example.com", "db2.example.com", "its certificate is not for the host 'db2.example.com' but for db.example.com")]
    [InlineData("db.example.com", "example.com", "its certificate is not for the host 'example.com' but for db.example.com")]
    [InlineData("*.example.com", "example.com", "its certificate is not for the host 'example.com' but for *.example.com")]
    [InlineData("*.example.com", "a.db.example.com", "its certificate is not for the host 'a.db.example.com' but for *.example.com")]
    [InlineData("*.1.2.3", "10.1.2.3", "its certificate is not for the host '10.1.2.3' but for *.1.2.3")]
    [InlineData("10.1.2.3", "10.1.2.4", "its certificate is not for the host '10.1.2.4' but for 10.1.2.3")]
    [InlineData("db.example.com", "10.1.2.3", "its certificate is not for the host '10.1.2.3' but for db.example.com")]
    [InlineData("10.1.2.3", "db.example.com", "its certificate is not for the host 'db.example.com' but for 10.1.2.3")]
    public async Task Certificate_ForNames_IsTakenForThem(string names, string host, string? refusal)
    {
        using X509Certificate2 certificate = Issue(_authority, names);

        Assert.Equal(refusal, await HandshakeAsync(host, certificate));
    }

    /// <summary>An old certificate, without the extension for names, has its name in the subject.</summary>
    [Theory]
    [InlineData("db.example.com", null)]
    [InlineData("db2.example.com", "its certificate is not for the host 'db2.example.com' but for CN=db.example.com")]
    public async Task Certificate_WithItsNameInTheSubject_IsTakenForIt(string host, string? refusal)
    {
        using X509Certificate2 certificate = Issue(_authority, "", subject: "CN=db.example.com");

        Assert.Equal(refusal, await HandshakeAsync(host, certificate));
    }

    [Fact]
    public async Task Certificate_OutOfItsTime_IsRefusedWithTheTime()
    {
        using X509Certificate2 expired = Issue(_authority, "db", from: -3, until: -2);
        using X509Certificate2 early = Issue(_authority, "db", from: 2, until: 3);

        foreach (X509Certificate2 certificate in new[] { expired, early })
        {
            Assert.Equal(
                $"its certificate is not trusted by '{_ca}' (NotTimeValid: it is for {certificate.NotBefore.ToUniversalTime():u} to {certificate.NotAfter.ToUniversalTime():u})",
                await HandshakeAsync("db", certificate));
        }
    }

    [Fact]
    public async Task Certificate_OfNoAuthorityThatIsTrusted_IsRefused()
    {
        using X509Certificate2 foreign = Issue(_stranger, "db");
        using X509Certificate2 own = SelfSigned("db");
        using X509Certificate2 sameName = Authority("CN=authority");
        using X509Certificate2 forged = Issue(sameName, "db");

        Assert.Equal($"its certificate is not trusted by '{_ca}' (PartialChain)", await HandshakeAsync("db", foreign));
        Assert.Equal($"its certificate is not trusted by '{_ca}' (UntrustedRoot)", await HandshakeAsync("db", own));
        Assert.Equal($"its certificate is not trusted by '{_ca}' (PartialChain)", await HandshakeAsync("db", forged));
    }

    [Fact]
    public async Task Certificate_ForAnotherUse_IsRefused()
    {
        using X509Certificate2 client = Issue(_authority, "db", usage: ForClients);
        using X509Certificate2 any = Issue(_authority, "db", usage: null);

        Assert.Equal($"its certificate is not trusted by '{_ca}' (NotValidForUsage)", await HandshakeAsync("db", client));
        Assert.Null(await HandshakeAsync("db", any));
    }

    [Fact]
    public async Task Certificate_WithMoreThanOneFault_IsRefusedForEach()
    {
        using X509Certificate2 certificate = Issue(_stranger, "db", from: -3, until: -2);

        Assert.Equal(
            "its certificate is not for the host 'other' but for db; "
            + $"its certificate is not trusted by '{_ca}' (NotTimeValid: it is for {certificate.NotBefore.ToUniversalTime():u} to {certificate.NotAfter.ToUniversalTime():u}, PartialChain)",
            await HandshakeAsync("other", certificate));
    }

    /// <summary>What is in the file is trusted, be it one authority, several while they are exchanged, or the server's own certificate.</summary>
    [Fact]
    public async Task Certificate_OfAnyAuthorityInTheFile_IsTaken()
    {
        string both = Write("both.pem", _stranger.ExportCertificatePem() + "\n" + _authority.ExportCertificatePem());
        using X509Certificate2 foreign = Issue(_stranger, "db");
        using X509Certificate2 known = Issue(_authority, "db");
        using X509Certificate2 own = SelfSigned("db");

        Assert.Null(await HandshakeAsync("db", foreign, both));
        Assert.Null(await HandshakeAsync("db", known, both));
        Assert.Null(await HandshakeAsync("db", own, Write("own.pem", own.ExportCertificatePem())));
    }

    [Fact]
    public async Task Certificate_OfAnIntermediateAuthority_IsTakenWithIt()
    {
        using X509Certificate2 intermediate = Authority("CN=intermediate", _authority);
        using X509Certificate2 certificate = Issue(intermediate, "db");

        Assert.Null(await HandshakeAsync("db", certificate, intermediate: intermediate));
        Assert.Equal($"its certificate is not trusted by '{_ca}' (PartialChain)", await HandshakeAsync("db", certificate));
    }

    /// <summary>A renewed file counts from the next connection on, also when it is as long as before and as old.</summary>
    [Fact]
    public async Task Authority_Renewed_IsReadAgain()
    {
        using X509Certificate2 certificate = Issue(_stranger, "db");
        DateTime stamp = File.GetLastWriteTimeUtc(_ca);
        Assert.NotNull(await HandshakeAsync("db", certificate));

        Write("ca.pem", _stranger.ExportCertificatePem());
        File.SetLastWriteTimeUtc(_ca, stamp);
        Assert.Null(await HandshakeAsync("db", certificate));
    }

    [Fact]
    public void Files_ThatCannotBeUsed_AreNamed()
    {
        string nothing = Write("nothing.pem", "nothing");
        using X509Certificate2 client = Issue(_authority, "client", usage: ForClients);
        string certificate = Write("client.pem", client.ExportCertificatePem());
        using ECDsa otherKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string other = Write("other.key", otherKey.ExportPkcs8PrivateKeyPem());
        string locked = Write("locked.key", otherKey.ExportEncryptedPkcs8PrivateKeyPem("secret", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1)));
        string own = $"Ssl Ca={_ca};Ssl Cert={certificate};Ssl Key=";

        Assert.Equal($"The file '{nothing}' of 'Ssl Ca' cannot be used: it holds no certificate.", Refusal($"Ssl Ca={nothing}"));
        Assert.Equal($"The file '{_folder}' of 'Ssl Ca' cannot be used: Access to the path '{_folder}' is denied.", Refusal($"Ssl Ca={_folder}"));
        Assert.Equal($"The file '{certificate}' of 'Ssl Cert' cannot be used with the key '/no/key': Could not find a part of the path '/no/key'.", Refusal(own + "/no/key"));
        foreach (string key in new[] { other, locked, nothing })
        {
            Assert.StartsWith($"The file '{certificate}' of 'Ssl Cert' cannot be used with the key '{key}': ", Refusal(own + key), StringComparison.Ordinal);
        }

        static string Refusal(string files)
        {
            MySqlException refused = Assert.Throws<MySqlException>(() => new ServerTrust(ConnectionOptions.Parse($"Server=db;User ID=u;{files}")).CreateOptions());
            Assert.Equal((MySqlFailurePhase.NotSent, MySqlFailureReason.Refused, false), (refused.Phase, refused.Reason, refused.IsTransient));
            return refused.Message;
        }
    }

    /// <summary>What the client found wrong with the server's certificate; null when it was taken.</summary>
    private async Task<string?> HandshakeAsync(string host, X509Certificate2 certificate, string? ca = null, X509Certificate2? intermediate = null)
    {
        ServerTrust trust = new(ConnectionOptions.Parse($"Server={host};User ID=u;Ssl Ca={ca ?? _ca}"));
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        using TcpClient client = new();
        Task<TcpClient> accepting = listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken).AsTask();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, TestContext.Current.CancellationToken);
        using TcpClient accepted = await accepting;
        await using SslStream server = new(accepted.GetStream());
        await using SslStream tls = new(client.GetStream());
        Task serving = server.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions
            {
                ServerCertificateContext = SslStreamCertificateContext.Create(certificate, intermediate is null ? null : [intermediate], offline: true),
            },
            TestContext.Current.CancellationToken);
        try
        {
            await tls.AuthenticateAsClientAsync(trust.CreateOptions(), TestContext.Current.CancellationToken);
            return null;
        }
        catch (AuthenticationException refused)
        {
            return trust.Explain(refused);
        }
        finally
        {
            client.Close();
            await serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static X509Certificate2 Authority(string subject, X509Certificate2? parent = null)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(X509BasicConstraintsExtension.CreateForCertificateAuthority());
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return parent is null ? request.CreateSelfSigned(Now.AddDays(-9), Now.AddDays(9)) : Sign(request, parent, key, Now.AddDays(-8), Now.AddDays(8));
    }

    /// <param name="authority">Who signs.</param>
    /// <param name="names">Host names and addresses, space between; empty for none.</param>
    /// <param name="subject">The subject.</param>
    /// <param name="usage">The one extended usage; null for any.</param>
    /// <param name="from">Days from now.</param>
    /// <param name="until">Days from now.</param>
    private static X509Certificate2 Issue(
        X509Certificate2 authority, string names, string subject = "CN=server", string? usage = ForServers, int from = -1, int until = 1)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Sign(Request(key, names, subject, usage), authority, key, Now.AddDays(from), Now.AddDays(until));
    }

    private static X509Certificate2 SelfSigned(string names)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Request(key, names, "CN=server", ForServers).CreateSelfSigned(Now.AddDays(-1), Now.AddDays(1));
    }

    private static CertificateRequest Request(ECDsa key, string names, string subject, string? usage)
    {
        CertificateRequest request = new(subject, key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder alternatives = new();
        foreach (string name in names.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (IPAddress.TryParse(name, out IPAddress? address)) alternatives.AddIpAddress(address);
            else alternatives.AddDnsName(name);
        }

        if (names.Length > 0) request.CertificateExtensions.Add(alternatives.Build());
        if (usage is not null) request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        return request;
    }

    private static X509Certificate2 Sign(CertificateRequest request, X509Certificate2 authority, ECDsa key, DateTimeOffset from, DateTimeOffset until)
    {
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, true, false));
        using X509Certificate2 certificate = request.Create(authority, from, until, RandomNumberGenerator.GetBytes(8));
        return certificate.CopyWithPrivateKey(key);
    }

    private string Write(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
