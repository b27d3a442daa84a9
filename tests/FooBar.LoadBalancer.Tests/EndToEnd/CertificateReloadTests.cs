using System.Collections.Concurrent;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;

namespace FooBar.LoadBalancer.Tests.EndToEnd;

/// <summary>Certificates that are replaced in their files while the gateway serves.</summary>
public sealed class CertificateReloadTests : IAsyncDisposable
{
    private static readonly string[] _hosts = ["www.foobar.com", "foobar.com", "localhost", "127.0.0.1"];

    private readonly TestCertificates _certificates = new();
    private readonly PemFolder _files = new();
    private TestBackend? _backend;

    private static CancellationToken Token => Eventually.Limit;

    /// <summary>
    /// The two files change one after the other, as they do in service. Between the two, the certificate does not fit the key: that is refused, the
    /// old one is shown, and nobody notices. Every visitor has a connection of its own.
    /// </summary>
    [Theory]
    [InlineData("crt", "key")]
    [InlineData("key", "crt")]
    public async Task Renewal_OfOneFileAfterTheOther_IsTakenWithTheSecondAndFailsNoHandshake(string first, string second)
    {
        using X509Certificate2 old = Issue();
        using X509Certificate2 renewed = Issue();
        await using TestGateway gateway = await StartAsync(old);
        Visits visits = new(gateway.HttpsPort, _certificates.Authority);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task load = visits.ComeAsync(4, stop.Token);
        await visits.CameAsync(20, gateway);

        Replace(first, renewed);
        await Eventually.TrueAsync(() => gateway.Log.Contains("is not the unencrypted key of its first certificate", StringComparison.Ordinal), () => gateway.Log);
        await visits.CameAsync(20, gateway);
        Assert.Equal([old.SerialNumber], visits.Shown.Distinct());

        Replace(second, renewed);
        await Eventually.TrueAsync(() => gateway.Log.Contains("generation 2 is in force", StringComparison.Ordinal), () => gateway.Log);
        visits.Forget();
        await visits.CameAsync(20, gateway);
        await stop.CancelAsync();
        await load;

        Assert.Empty(visits.Failures);
        Assert.Equal([renewed.SerialNumber], visits.Shown.Distinct());
        Assert.Contains("Gateway:CertificatePath is ", gateway.Log, StringComparison.Ordinal);
        string page = await gateway.ScrapeAsync();
        Assert.Contains("gateway_config_reloads_total{result=\"refused\"} 1", page, StringComparison.Ordinal);
        Assert.Contains($"gateway_certificate_not_after_seconds{{certificate=\"default\"}} {new DateTimeOffset(renewed.NotAfter).ToUnixTimeSeconds()}", page, StringComparison.Ordinal);
        Assert.Matches("gateway_certificate_loaded_at_seconds\\{certificate=\"default\"\\} \\d{10}", page);
    }

    [Fact]
    public async Task Renewal_WhileAConnectionIsOpen_LeavesItAlone()
    {
        using X509Certificate2 old = Issue();
        using X509Certificate2 renewed = Issue();
        await using TestGateway gateway = await StartAsync(old);
        await using TlsClient open = await ConnectAsync(gateway);

        _files.WritePair("site", renewed);
        await Eventually.TrueAsync(() => gateway.Log.Contains("generation 2 is in force", StringComparison.Ordinal), () => gateway.Log);
        await using TlsClient next = await ConnectAsync(gateway);

        Assert.Equal("HTTP/1.1 200 OK", await open.GetAsync("www.foobar.com", Token));
        Assert.Equal((old.SerialNumber, renewed.SerialNumber), (open.Certificate.SerialNumber, next.Certificate.SerialNumber));
    }

    [Fact]
    public async Task Renewal_WithOneThatHasExpired_IsRefused()
    {
        using X509Certificate2 old = Issue();
        using X509Certificate2 expired = new CertificateRecipe { Hosts = _hosts, Issuer = _certificates.Authority, NotBefore = CertificateRecipe.Now.AddMinutes(-30), NotAfter = CertificateRecipe.Now.AddMinutes(-1) }.Make();
        await using TestGateway gateway = await StartAsync(old);

        _files.WritePair("site", expired);
        await Eventually.TrueAsync(() => gateway.Log.Contains("'CN=www.foobar.com' expired on ", StringComparison.Ordinal), () => gateway.Log);

        await using TlsClient client = await ConnectAsync(gateway);
        Assert.Equal(old.SerialNumber, client.Certificate.SerialNumber);
        Assert.Contains("is refused, generation 1 stays in force", gateway.Log, StringComparison.Ordinal);
    }

    /// <summary>A host that was off for long must come up with what it has, and say it.</summary>
    [Fact]
    public async Task Start_WithACertificateThatHasExpired_ServesAndSaysSo()
    {
        using X509Certificate2 expired = new CertificateRecipe { Hosts = _hosts, Issuer = _certificates.Authority, NotBefore = CertificateRecipe.Now.AddMinutes(-30), NotAfter = CertificateRecipe.Now.AddMinutes(-1) }.Make();
        await using TestGateway gateway = await StartAsync(expired);

        await using TlsClient client = await TlsClient.ConnectAsync(gateway.HttpsPort, TlsClient.Careless("www.foobar.com"), Token);

        Assert.Equal("HTTP/1.1 200 OK", await client.GetAsync("www.foobar.com", Token));
        Assert.Contains($"and is used all the same; whoever looks at the dates refuses it. Replace {_files["site.crt"]}", gateway.Log, StringComparison.Ordinal);
    }

    /// <summary>The settings name a file that is not there yet: it is taken when it comes, without a further change of the settings.</summary>
    [Fact]
    public async Task Certificate_ThatComesAfterTheSettingsThatNameIt_IsTakenThen()
    {
        using X509Certificate2 site = Issue();
        using X509Certificate2 shop = new CertificateRecipe { Subject = "CN=shop", Hosts = ["shop.example"], Issuer = _certificates.Authority }.Make();
        using SettingsFile settings = new();
        settings.Write();
        await using TestGateway gateway = await StartAsync(site, settings.Argument);

        settings.Write($"Certificates:0:CertificatePath={_files["shop.crt"]}", $"Certificates:0:KeyPath={_files["shop.key"]}");
        await Eventually.TrueAsync(() => gateway.Log.Contains("Gateway:Certificates:0:CertificatePath is ", StringComparison.Ordinal), () => gateway.Log);
        _files.WritePair("shop", shop);
        await Eventually.TrueAsync(() => gateway.Log.Contains("generation 2 is in force", StringComparison.Ordinal), () => gateway.Log);

        await using TlsClient client = await ConnectAsync(gateway, "shop.example");
        Assert.Equal("CN=shop", client.Certificate.Subject);
    }

    public async ValueTask DisposeAsync()
    {
        if (_backend is not null)
            await _backend.DisposeAsync();
        _files.Dispose();
        _certificates.Dispose();
    }

    private X509Certificate2 Issue() => new CertificateRecipe { Hosts = _hosts, Issuer = _certificates.Authority, NotBefore = CertificateRecipe.Now.AddMinutes(-30), NotAfter = CertificateRecipe.Now.AddHours(1) }.Make();

    private void Replace(string ending, X509Certificate2 certificate)
    {
        if (ending == "crt")
            _files.Write("site.crt", [certificate]);
        else
            _files.Write("site.key", CertificateRecipe.KeyOf(certificate));
    }

    private async Task<TestGateway> StartAsync(X509Certificate2 certificate, params string[] settings)
    {
        (string path, string key) = _files.WritePair("site", certificate);
        _backend = await TestBackend.StartAsync("web-1", _certificates.Issue("127.0.0.1"));
        return await TestGateway.StartAsync(
            _certificates, [_backend], [$"CertificatePath={path}", $"KeyPath={key}", "ReloadInterval=00:00:00.1", .. settings]);
    }

    private Task<TlsClient> ConnectAsync(TestGateway gateway, string name = "www.foobar.com") => TlsClient.ConnectAsync(gateway.HttpsPort, Options(_certificates.Authority, name), Token);

    private static SslClientAuthenticationOptions Options(X509Certificate2 authority, string name)
    {
        SslClientAuthenticationOptions options = TestGateway.Trusting(authority);
        options.TargetHost = name;

        // A session that is resumed shows no certificate.
        options.AllowTlsResume = false;
        return options;
    }

    /// <summary>Visitors, each with a handshake and a request.</summary>
    private sealed class Visits(int port, X509Certificate2 authority)
    {
        private ConcurrentQueue<string> _shown = new();

        /// <summary>The serial numbers of the certificates that they were shown.</summary>
        public IEnumerable<string> Shown => _shown;

        public ConcurrentQueue<string> Failures { get; } = [];

        public Task ComeAsync(int atATime, CancellationToken stop) => Task.WhenAll(Enumerable.Range(0, atATime).Select(_ => Task.Run(() => ComeOneByOneAsync(stop), stop)));

        /// <summary>Waits for more of them.</summary>
        public Task CameAsync(int more, TestGateway gateway)
        {
            ConcurrentQueue<string> shown = _shown;
            int before = shown.Count;
            return Eventually.TrueAsync(() => shown.Count >= before + more, () => $"{shown.Count} of {before + more} visitors; {string.Join('\n', Failures)}\n{gateway.Log}");
        }

        /// <summary>Forgets what was shown; those that connect from now on are the first.</summary>
        public void Forget() => _shown = new ConcurrentQueue<string>();

        private async Task ComeOneByOneAsync(CancellationToken stop)
        {
            while (!stop.IsCancellationRequested)
            {
                // As of when it connects: one that began before a change may be shown the old one.
                ConcurrentQueue<string> shown = _shown;
                try
                {
                    await using TlsClient client = await TlsClient.ConnectAsync(port, Options(authority, "www.foobar.com"), Token);
                    string serial = client.Certificate.SerialNumber;
                    if (await client.GetAsync("www.foobar.com", Token) is var status and not "HTTP/1.1 200 OK")
                        throw new IOException(status);
                    shown.Enqueue(serial);
                }
                catch (Exception failure)
                {
                    Failures.Enqueue($"{failure.GetType().Name}: {failure.Message}");
                }
            }
        }
    }
}
