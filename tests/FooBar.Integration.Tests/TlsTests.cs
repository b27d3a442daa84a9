using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FooBar.MySql;
using FooBar.Testing.Site;

namespace FooBar.Integration.Tests;

/// <summary>Every hop is verified: who trusts another CA talks to nobody.</summary>
public sealed class TlsTests : IDisposable
{
    private readonly SharedSite _site;
    private readonly string _otherCa = Path.Combine(Path.GetTempPath(), $"other-ca-{Guid.NewGuid():N}.crt");

    public TlsTests(SharedSite site)
    {
        _site = site;
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        // The same name as the real one: it is the key that must tell them apart.
        CertificateRequest request = new("CN=FooBar local CA", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using X509Certificate2 other = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddHours(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        File.WriteAllText(_otherCa, other.ExportCertificatePem());
    }

    public void Dispose() => File.Delete(_otherCa);

    [Fact]
    public Task Gateway_WrongCa_IsRefused() => AssertRefusedAsync(_site.Running.Gateway.Url, "/");

    [Fact]
    public async Task Web_WrongCa_IsRefused()
    {
        using X509Certificate2 gateway = Certificate("gateway");
        foreach (SiteProcess web in _site.Running.Web)
        {
            await AssertRefusedAsync(web.Url, "/health/ready", gateway);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("web-2")]
    public async Task Web_AskedByAnyoneButTheGateway_Refuses(string? client)
    {
        using X509Certificate2? certificate = client is null ? null : Certificate(client);
        using HttpClient http = VerifiedHttp.Create(_site.Running.Web[0].Url, _site.Running.CaCertificatePath, certificate: certificate);

        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync("/health/ready", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task MySql_WrongCa_IsRefused()
    {
        foreach (SiteDatabase db in _site.Running.Db)
        {
            await using (MySqlDataSource right = DataSource(db, _site.Running.CaCertificatePath))
            {
                await using var connection = await right.OpenConnectionAsync(TestContext.Current.CancellationToken);
                await using var command = connection.CreateCommand();
                command.CommandText = "SELECT @@port";
                Assert.Equal(db.Port, Convert.ToInt32(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken), System.Globalization.CultureInfo.InvariantCulture));
            }

            await using MySqlDataSource wrong = DataSource(db, _otherCa);
            MySqlException refused = await Assert.ThrowsAsync<MySqlException>(async () => await wrong.OpenConnectionAsync(TestContext.Current.CancellationToken));
            Assert.IsType<AuthenticationException>(refused.InnerException);
        }
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Gateway_RightCa_Serves(string version)
    {
        using HttpClient http = _site.Visitor(Version.Parse(version));
        using HttpResponseMessage answer = await http.GetAsync("/", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(Version.Parse(version), answer.Version);
        Assert.NotEmpty(Assert.Single(answer.Headers.GetValues("X-Request-Id")));
    }

    [Fact]
    public async Task Http_AnyPath_IsRedirectedToHttps()
    {
        using HttpClient http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false });
        using HttpResponseMessage answer = await http.GetAsync(new Uri(_site.Running.Http, "/posts/1?x=y"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.PermanentRedirect, answer.StatusCode);
        Assert.Equal(new Uri(_site.Running.Gateway.Url, "/posts/1?x=y"), answer.Headers.Location);
    }

    private X509Certificate2 Certificate(string name)
    {
        string folder = Path.Combine(_site.Running.StateFolder, "certs");
        return X509Certificate2.CreateFromPemFile(Path.Combine(folder, $"{name}.crt"), Path.Combine(folder, $"{name}.key"));
    }

    private async Task AssertRefusedAsync(Uri url, string path, X509Certificate2? certificate = null)
    {
        using (HttpClient right = VerifiedHttp.Create(url, _site.Running.CaCertificatePath, certificate: certificate))
        {
            using HttpResponseMessage answer = await right.GetAsync(path, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        using HttpClient wrong = VerifiedHttp.Create(url, _otherCa, certificate: certificate);
        HttpRequestException refused = await Assert.ThrowsAsync<HttpRequestException>(() => wrong.GetAsync(path, TestContext.Current.CancellationToken));
        Assert.IsType<AuthenticationException>(refused.InnerException);
    }

    private MySqlDataSource DataSource(SiteDatabase db, string caPath) => new(new MySqlConnectionStringBuilder
    {
        ["Server"] = db.Host,
        ["Port"] = db.Port,
        ["User ID"] = "foobar_app",
        ["Password File"] = Path.Combine(_site.Running.StateFolder, "secrets", "foobar_app.password"),
        ["Database"] = "foobar",
        ["Ssl Ca"] = caPath,
    }.ConnectionString);
}
