using FooBar.AppHost.Certificates;
using FooBar.AppHost.Tests.CommandLine;

namespace FooBar.AppHost.Tests.Gateway;

/// <summary>The command against a gateway whose admin port asks for certificates, as on a host.</summary>
public sealed class GatewayElsewhereTests : IAsyncLifetime
{
    private readonly TemporaryFolder _nothing = new();
    private RunningGateway _gateway = null!;

    private string Admin => $"https://127.0.0.1:{_gateway.AdminPort}";

    public async ValueTask InitializeAsync() => _gateway = await RunningGateway.StartWithTlsAsync();

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        _nothing.Dispose();
    }

    [Fact]
    public async Task Drain_WithCertificateAndToken_IsDoneAndAuditedByName()
    {
        FoobarResult result = await CallAsync(_gateway.Certificate("operator"), "drain", "web-1");

        result.AssertDone();
        Assert.Equal("web-1 is drained.\n", result.Output);
        Assert.Contains("\"client\":\"operator\",\"address\":\"127.0.0.1\"", _gateway.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_WithAnothersCertificate_IsRefused()
    {
        FoobarResult result = await CallAsync(_gateway.Certificate("web-1"), "list");

        Assert.Equal((1, string.Empty), (result.ExitCode, result.Output));
        Assert.StartsWith($"foobar: the gateway's admin port {Admin}/ cannot be reached: ", result.Error, StringComparison.Ordinal);
        Assert.EndsWith(". See that it runs, and that this machine may reach it.\n", result.Error, StringComparison.Ordinal);
        Assert.Single(result.Error.TrimEnd().Split('\n'));
    }

    /// <summary>The token must not be shown to whoever listens there.</summary>
    [Fact]
    public async Task Gateway_OfAnotherAuthority_IsNotBelieved()
    {
        string other = Path.Combine(_gateway.State.Certificates, "other.crt");
        using (CertificateAuthority authority = CertificateAuthority.Open(Other(), TimeProvider.System))
        {
            File.Copy(Other().CaCertificate, other);
        }

        FoobarResult result = await CallAsync(_gateway.Certificate("operator"), "list", ca: other);

        Assert.Equal((1, string.Empty), (result.ExitCode, result.Output));
        Assert.Contains("cannot be reached: The remote certificate is invalid", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("\"log\":\"audit\"", _gateway.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--ca", "authority")]
    [InlineData("--cert", "certificate")]
    [InlineData("--token-file", "token")]
    public async Task File_ThatIsMissing_IsNamed(string option, string what)
    {
        string[] arguments = Arguments(_gateway.Certificate("operator"), _gateway.State.CaCertificate, "list");
        arguments[Array.IndexOf(arguments, option) + 1] = "/nowhere/file";

        (await Foobar.RunAsync(arguments)).AssertFailed(1, $"foobar: the {what} file /nowhere/file cannot be used: there is no such file.");
    }

    private AppHost.State.StateFolder Other()
    {
        AppHost.State.StateFolder other = new(_nothing["other"]);
        other.Create();
        return other;
    }

    private Task<FoobarResult> CallAsync(CertificateFiles certificate, string verb, string? backend = null, string? ca = null) =>
        Foobar.RunAsync([.. Arguments(certificate, ca ?? _gateway.State.CaCertificate, verb), .. backend is null ? Array.Empty<string>() : [backend]]);

    private string[] Arguments(CertificateFiles certificate, string ca, string verb) =>
    [
        "gateway", verb, "--admin", Admin, "--token-file", _gateway.TokenFile, "--ca", ca, "--cert", certificate.CertificatePath, "--key", certificate.KeyPath,
        "--state", _nothing["state"],
    ];
}
