using System.Net;
using System.Security.Cryptography.X509Certificates;
using FooBar.Testing;
using FooBar.Testing.Site;

namespace FooBar.Web.Tests.Site;

/// <summary>Who gets through the handshake of an instance that is there for a gateway alone. There is no database: that must not matter.</summary>
public sealed class ClientCertificateTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("foobar-clients-");
    private readonly MySqlCertificates _certificates;

    public ClientCertificateTests() => _certificates = MySqlCertificates.Create(_folder.FullName);

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("the gateway", true)]
    [InlineData("nobody", false)]
    [InlineData("another process", false)]
    [InlineData("another authority", false)]
    public async Task Client_OfAnInstance_IsAnsweredOnlyWhenItIsNamed(string client, bool isAnswered)
    {
        await using WebInstance instance = await StartAsync();
        using X509Certificate2? certificate = client switch
        {
            "the gateway" => X509Certificate2.CreateFromPemFile(_certificates.ClientCertificatePath, _certificates.ClientKeyPath),
            "another process" => X509Certificate2.CreateFromPemFile(_certificates.CertificatePath, _certificates.KeyPath),
            "another authority" => OfAnotherAuthority(),
            _ => null,
        };
        using HttpClient http = VerifiedHttp.Create(instance.Url, _certificates.CaPath, certificate: certificate);

        Task<HttpResponseMessage> asked = http.GetAsync("/health/ready", TestContext.Current.CancellationToken);

        if (isAnswered)
        {
            using HttpResponseMessage answer = await asked;
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        }
        else
        {
            await Assert.ThrowsAsync<HttpRequestException>(() => asked);
        }
    }

    /// <summary>The same name, for a client, signed by somebody else.</summary>
    private static X509Certificate2 OfAnotherAuthority()
    {
        using TestCertificates others = new();
        return others.IssueForClient("client");
    }

    private Task<WebInstance> StartAsync()
    {
        foreach (string account in (string[])["app", "monitor", "schema"])
            File.WriteAllText(Path.Combine(_folder.FullName, $"{account}.password"), "none\n");
        return WebInstance.StartAsync(
            new SiteTarget([FreePorts.Next()], "foobar", _certificates.CaPath, _certificates.CertificatePath, _certificates.KeyPath, _folder.FullName),
            $"Web:ClientCaPath={_certificates.CaPath}",
            "Web:AllowedClients:0=client");
    }
}
