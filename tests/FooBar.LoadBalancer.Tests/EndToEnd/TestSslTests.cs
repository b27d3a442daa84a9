using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;

namespace FooBar.LoadBalancer.Tests.EndToEnd;

/// <summary>
/// testssl.sh against the gateway, with the site's authority added to those that it knows: nothing above INFO, but for what is declared here.
/// A run plays one of its sections, <c>--thorough</c> all.
/// </summary>
public sealed class TestSslTests : IAsyncDisposable
{
    /// <summary>What may be found, by its id, and why.</summary>
    private static readonly Dictionary<string, string> _exceptions = new()
    {
        ["engine_problem"] = "of the scanner's own openssl: Debian's has no GOST",
        ["DNS_CAArecord"] = "the domain's owner sets it in DNS, which a test on loopback does not have",
    };

    private readonly TestCertificates _certificates = new();
    private readonly PemFolder _files = new();
    private TestBackend? _backend;

    public static TheoryData<string> Sections =>
    [
        .. Catalogue.Choose(["--protocols", "--std", "--server-preference", "--fs", "--server-defaults", "--header", "--vulnerable"], 1),
    ];

    [Theory]
    [MemberData(nameof(Sections))]
    public async Task Scan_OfASection_FindsNothing(string section)
    {
        using X509Certificate2 authority = (CertificateRecipe.Authority("FooBar test authority 2") with { NotAfter = CertificateRecipe.Now.AddDays(400) }).Make();
        byte[] serial = OcspResponder.NewSerial();
        await using OcspResponder responder = await OcspResponder.StartAsync(_files, authority, serial);
        await using TestGateway gateway = await StartAsync(authority, serial, responder.Url);
        await StapledAsync(gateway);
        string report = _files["report.json"];

        (int exitCode, string output) = await TestProcess.RunAsync(
            TlsTools.Path("testssl"),
            [
                section, "--quiet", "--color=0", "--warnings=off", "--ip=127.0.0.1", $"--add-ca={_files["authority.crt"]}", $"--jsonfile={report}",
                $"https://www.foobar.com:{gateway.HttpsPort}/",
            ],
            TestContext.Current.CancellationToken,
            start => start.Environment.Remove("OPENSSL_CONF"));

        Assert.True(File.Exists(report), $"testssl ended with {exitCode}:\n{output}");
        using JsonDocument document = JsonDocument.Parse(await File.ReadAllTextAsync(report, Eventually.Limit));
        Finding[] findings = [.. document.RootElement.EnumerateArray().Select(finding => new Finding(
            finding.GetProperty("id").GetString()!, finding.GetProperty("severity").GetString()!, finding.GetProperty("finding").GetString()!))];
        Finding[] remarkable = [.. findings.Where(finding => finding.Severity is not ("OK" or "INFO"))];
        Assert.True(findings.Any(finding => finding.Severity == "OK"), $"nothing was looked at:\n{output}");
        Assert.DoesNotContain(remarkable, finding => !_exceptions.ContainsKey(finding.Id));

        string declared = string.Join(", ", remarkable.Select(finding => finding.Id).Distinct().Order(StringComparer.Ordinal));
        EvidenceLine.Print($"testssl.sh {section}", $"{findings.Length} findings, none above INFO{(declared.Length > 0 ? $" but {declared}" : "")}");
    }

    public async ValueTask DisposeAsync()
    {
        if (_backend is not null)
            await _backend.DisposeAsync();
        _files.Dispose();
        _certificates.Dispose();
    }

    private async Task<TestGateway> StartAsync(X509Certificate2 authority, byte[] serial, string responder)
    {
        using X509Certificate2 certificate = new CertificateRecipe
        {
            Hosts = ["www.foobar.com", "foobar.com"],
            Issuer = authority,
            NotAfter = CertificateRecipe.Now.AddDays(90),
            Serial = serial,
            Access = (responder, responder),
        }.Make();
        _files.Write("authority.crt", [authority]);
        (string path, string key) = _files.WritePair("site", certificate, authority);
        _backend = await TestBackend.StartAsync("web-1", _certificates.Issue("127.0.0.1"));
        return await TestGateway.StartAsync(_certificates, [_backend], $"CertificatePath={path}", $"KeyPath={key}");
    }

    /// <summary>The first connections come before the responder has answered.</summary>
    private async Task StapledAsync(TestGateway gateway)
    {
        CancellationToken limit = Eventually.Limit;
        while (!(await TlsTools.ConnectAsync(gateway.HttpsPort, "www.foobar.com", _files["authority.crt"], "", "-status")).Contains("Cert Status: good", StringComparison.Ordinal))
            limit.ThrowIfCancellationRequested();
    }

    private sealed record Finding(string Id, string Severity, string Text);
}
