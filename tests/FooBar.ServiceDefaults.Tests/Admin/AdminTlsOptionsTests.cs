using System.Security.Cryptography.X509Certificates;
using FooBar.ServiceDefaults.Admin;
using FooBar.Testing;

namespace FooBar.ServiceDefaults.Tests.Admin;

public sealed class AdminTlsOptionsTests : IDisposable
{
    private const string Together =
        "Admin:CertificatePath, Admin:KeyPath, Admin:ClientCaPath and Admin:AllowedClients are set together, or none of them for plain HTTP on loopback.";

    private readonly TestCertificates _certificates = new();
    private readonly string _certificatePath;
    private readonly string _keyPath;

    public AdminTlsOptionsTests()
    {
        using X509Certificate2 certificate = _certificates.Issue("127.0.0.1");
        (_certificatePath, _keyPath) = _certificates.Write(certificate);
    }

    public void Dispose() => _certificates.Dispose();

    [Fact]
    public void Defaults_AreNone()
    {
        AdminOptions options = new();

        Assert.Equal(("", "", "", false), (options.CertificatePath, options.KeyPath, options.ClientCaPath, options.UsesTls));
        Assert.Empty(options.AllowedClients);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("0.0.0.0")]
    [InlineData("192.0.2.1")]
    [InlineData("::")]
    public void AllFour_OnAnyAddress_AreFine(string address) => Assert.Empty(Failures(Fine(address)));

    [Theory]
    [InlineData("192.0.2.1")]
    [InlineData("::")]
    public void None_BeyondLoopback_SaysWhatIsNeeded(string address) => Assert.Equal(
        [
            $"Admin:Address is '{address}': beyond loopback the admin port is for clients with a certificate only; "
            + "set Admin:CertificatePath, Admin:KeyPath, Admin:ClientCaPath and Admin:AllowedClients, or a loopback address.",
        ],
        Failures(new AdminOptions { Address = address, Port = "1" }));

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("192.0.2.1")]
    public void Some_OnAnyAddress_SaysWhichAreMissing(string address)
    {
        AdminOptions certificate = new() { Address = address, Port = "1", CertificatePath = _certificatePath };
        AdminOptions client = new() { Address = address, Port = "1", AllowedClients = { "collector" } };
        AdminOptions noClient = Fine(address);
        noClient.AllowedClients.Clear();

        Assert.Equal([$"Admin:KeyPath, Admin:ClientCaPath, Admin:AllowedClients missing: {Together}"], Failures(certificate));
        Assert.Equal([$"Admin:CertificatePath, Admin:KeyPath, Admin:ClientCaPath missing: {Together}"], Failures(client));
        Assert.Equal([$"Admin:AllowedClients missing: {Together}"], Failures(noClient));
    }

    [Fact]
    public void AllowedClients_WithAnEmptyOne_SaysWhich()
    {
        AdminOptions options = Fine();
        options.AllowedClients.Add(" ");

        Assert.Equal(["Admin:AllowedClients:1 is ' ': it must be the common name of a client's certificate, e.g. collector."], Failures(options));
    }

    [Fact]
    public void Files_ThatAreNotThere_EachSaid()
    {
        AdminOptions options = Fine();
        options.KeyPath = "/nowhere/tls.key";
        options.ClientCaPath = "/nowhere/ca.crt";

        Assert.Equal(
            [
                $"Admin:CertificatePath '{_certificatePath}' and Admin:KeyPath '/nowhere/tls.key' cannot be used: Could not find a part of the path '/nowhere/tls.key'.",
                "Admin:ClientCaPath '/nowhere/ca.crt' cannot be used: Could not find a part of the path '/nowhere/ca.crt'.",
            ],
            Failures(options));
    }

    [Fact]
    public void Files_OfAnotherKind_EachSaid()
    {
        AdminOptions options = Fine();
        options.CertificatePath = _keyPath;
        options.ClientCaPath = _keyPath;

        IReadOnlyList<string> failures = Failures(options);

        Assert.Equal(2, failures.Count);
        Assert.StartsWith($"Admin:CertificatePath '{_keyPath}' and Admin:KeyPath '{_keyPath}' cannot be used: ", failures[0], StringComparison.Ordinal);
        Assert.Equal($"Admin:ClientCaPath '{_keyPath}' cannot be used: it holds no certificate.", failures[1]);
        Assert.All(failures, failure => Assert.DoesNotContain('\n', failure));
    }

    [Fact]
    public void Key_OfAnotherCertificate_IsSaid()
    {
        using X509Certificate2 other = _certificates.Issue("127.0.0.1");
        AdminOptions options = Fine();
        options.KeyPath = _certificates.Write(other).KeyPath;

        string failure = Assert.Single(Failures(options));
        Assert.StartsWith($"Admin:CertificatePath '{_certificatePath}' and Admin:KeyPath '{options.KeyPath}' cannot be used: ", failure, StringComparison.Ordinal);
    }

    private static IReadOnlyList<string> Failures(AdminOptions options) => [.. new AdminOptionsValidator().Validate(null, options).Failures ?? []];

    private AdminOptions Fine(string address = "127.0.0.1") => new()
    {
        Address = address,
        Port = "1",
        CertificatePath = _certificatePath,
        KeyPath = _keyPath,
        ClientCaPath = _certificates.AuthorityPath,
        AllowedClients = { "collector" },
    };
}
