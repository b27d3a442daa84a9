using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Playwright;

namespace FooBar.Browser.Tests;

public sealed class CertificateTests(BrowserFixture browser)
{
    [Fact]
    public Task Site_Opened_IsServedOverTls13() => browser.VisitAsync(Screen.Desktop, async visit =>
    {
        IResponse? response = await visit.Page.GotoAsync("/");

        ResponseSecurityDetailsResult? security = await response!.SecurityDetailsAsync();
        Assert.Equal("TLS 1.3", security!.Protocol);
    });

    /// <summary>The other tests prove something about the certificate only if this browser refuses what it does not trust.</summary>
    [Fact]
    public async Task Site_AuthorityNotTrusted_IsRefused()
    {
        string stranger = Path.Combine(Path.GetTempPath(), $"foobar-stranger-{Guid.NewGuid():N}.pem");
        await File.WriteAllTextAsync(stranger, CreateAuthority(), TestContext.Current.CancellationToken);
        try
        {
            IBrowser distrustful = await browser.LaunchAsync(stranger);
            IPage page = await distrustful.NewPageAsync();

            PlaywrightException refusal = await Assert.ThrowsAsync<PlaywrightException>(() => page.GotoAsync(browser.Site.BaseUrl.AbsoluteUri));

            Assert.StartsWith("net::ERR_CERT_AUTHORITY_INVALID", refusal.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(stranger);
        }
    }

    private static string CreateAuthority()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=Stranger", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return certificate.ExportCertificatePem();
    }
}
