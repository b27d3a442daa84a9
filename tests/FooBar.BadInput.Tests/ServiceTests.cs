using System.Net;
using System.Net.Sockets;
using FooBar.BadInput.Tests.Support;
using FooBar.Testing;

namespace FooBar.BadInput.Tests;

/// <summary>
/// The gateway and an instance of the site as processes, each configured rightly but for one setting: a line per mistake on standard error,
/// exit code 1, no stack trace anywhere.
/// </summary>
public sealed class ServiceTests : IAsyncDisposable
{
    private readonly StateOfATest _state = new();
    private readonly TestCertificates _certificates = new();
    private readonly string _certificate;
    private readonly string _key;

    public ServiceTests()
    {
        (_certificate, _key) = _certificates.Write(_certificates.Issue("localhost"));
        File.AppendAllText(_certificate, File.ReadAllText(_certificates.AuthorityPath));
    }

    public async ValueTask DisposeAsync()
    {
        _certificates.Dispose();
        await _state.DisposeAsync();
    }

    [Theory]
    [InlineData("LoadBalancer", "Gateway:HttpsPort", "70000", "Gateway:HttpsPort is 70000; it must be from 0 to 65535.")]
    [InlineData("LoadBalancer", "Gateway:KeyPath", "/nowhere", "Gateway:KeyPath is \"/nowhere\", which cannot be used: there is no such file.")]
    [InlineData("LoadBalancer", "Admin:Port", "many", "Admin:Port is 'many': it must be a port number, 1 to 65535, or 0 for any free port.")]
    [InlineData("LoadBalancer", "Service:Name", "a b", "Service:Name is 'a b': it must be 1 to 63 letters, digits, '-', '_' or '.', e.g. web-1.")]
    [InlineData("Web", "Web:HttpsPort", "many", "Web:HttpsPort is 'many'; it must be a whole number.")]
    [InlineData("Web", "Web:HttpsPort", "70000", "Web:HttpsPort is 70000; it must be between 0 and 65535.")]
    [InlineData("Web", "Web:CertificatePath", "/nowhere", "Web:CertificatePath is '/nowhere', and there is no such file; it names the PEM file with this instance's certificate.")]
    [InlineData("Web", "Database:MaximumPoolSize", "0", "Database:MaximumPoolSize is 0; it must be between 1 and 10000.")]
    [InlineData("Web", "Database:MaximumPoolSize", "lots", "Database:MaximumPoolSize is 'lots'; it must be a whole number.")]
    [InlineData("Web", "Database:Nodes:0:Port", "x", "Database:Nodes:0:Port is 'x'; it must be a whole number.")]
    [InlineData("Web", "Database:Nodes:0:Port", "70000", "Database:Nodes:0:Port is 70000; it must be between 1 and 65535.")]
    [InlineData("Web", "Database:Nodes:0:Host", "", "Database:Nodes:0:Host is empty.")]
    [InlineData("Web", "Database:Nodes:0:Prot", "3306", "The configuration has 'Prot' where NodeSettings has no such setting; correct the spelling or remove it.")]
    [InlineData("LoadBalancer", "Gateway:Backends:0:Url", "", "Gateway:Backends:0:Url is \"\"; it must be https://HOST:PORT and nothing after it.")]
    [InlineData("LoadBalancer", "Gateway:Backends:0:Uri", "https://127.0.0.1:1", "The configuration has 'Uri' where BackendOptions has no such setting; correct the spelling or remove it.")]
    [InlineData("LoadBalancer", "Gateway:HttpPort", "many", "Gateway:HttpPort is 'many'; it must be a whole number.")]
    [InlineData("Web", "Admin:Address", "all", "Admin:Address is 'all': it must be an IP address, e.g. 127.0.0.1.")]
    [InlineData("Web", "Serilog:MinimumLevel:Default", "Loud", "The value Loud is not a valid Serilog level.")]
    public async Task Service_WithAWrongSetting_SaysWhichAndWhatWouldBeRight(string project, string setting, string value, string line)
    {
        FoobarResult service = await RunAsync(project, (setting, value));

        Assert.Equal((1, string.Empty, line + "\n"), (service.ExitCode, service.Output, service.Error));
    }

    [Fact]
    public async Task Service_WithSeveralWrongSettings_SaysALineForEach()
    {
        FoobarResult service = await RunAsync("Web", ("Web:Address", "here"), ("Admin:Port", ""), ("Database:Nodes:0:Name", ""));

        Assert.Equal(1, service.ExitCode);
        Assert.Equal(
            [
                "Admin:Port is missing: set it to the port for metrics and health, e.g. Admin__Port=9600.",
                "Database:Nodes:0:Name is empty.",
                "Web:Address is 'here'; it must be an IP address.",
            ],
            service.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("LoadBalancer", "Gateway:HttpsPort", "https://127.0.0.1")]
    [InlineData("LoadBalancer", "Admin:Port", "http://127.0.0.1")]
    [InlineData("Web", "Web:HttpsPort", "https://127.0.0.1")]
    [InlineData("Web", "Admin:Port", "http://127.0.0.1")]
    public async Task Service_WhosePortIsTaken_NamesTheAddress(string project, string setting, string address)
    {
        using Socket other = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        other.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        other.Listen();
        int port = ((IPEndPoint)other.LocalEndPoint!).Port;

        FoobarResult service = await RunAsync(project, (setting, $"{port}"));

        Assert.Equal(
            (1, $"{address}:{port} cannot be listened on: another program has that port. Stop that one, or configure another port.\n"),
            (service.ExitCode, service.Error));
    }

    [Theory]
    [InlineData("LoadBalancer", "Gateway:Addresses:0")]
    [InlineData("Web", "Web:Address")]
    public async Task Service_WithAnAddressOfAnotherMachine_NamesIt(string project, string setting)
    {
        // TEST-NET-1, RFC 5737: nobody's. An instance goes on the network with clients that are named only.
        FoobarResult service = await RunAsync(
            project, (setting, "192.0.2.1"), ("Web:ClientCaPath", _certificates.AuthorityPath), ("Web:AllowedClients:0", "gateway"));

        Assert.Equal(
            (1, "192.0.2.1:0 cannot be listened on: Cannot assign requested address. Configure an address of this machine.\n"),
            (service.ExitCode, service.Error));
    }

    /// <summary>Beyond loopback an instance answers its gateways alone.</summary>
    [Fact]
    public async Task Web_OnTheNetworkForAnyClient_SaysWhatIsMissing()
    {
        FoobarResult service = await RunAsync("Web", ("Web:Address", "192.0.2.1"));

        Assert.Equal(1, service.ExitCode);
        Assert.Contains(
            "Web:Address is '192.0.2.1'; beyond loopback it is for clients with a certificate only: set Web:ClientCaPath and Web:AllowedClients, or a loopback address.\n",
            service.Error,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("LoadBalancer", "Gateway:HttpsPort", "443")]
    [InlineData("Web", "Admin:Port", "80")]
    public async Task Service_OnAPortOfRoot_NamesIt(string project, string setting, string port)
    {
        Dictionary<string, string?> environment = Environment(project, (setting, port));

        FoobarResult service = await Namespaces.RunProgramAsync("", environment, "dotnet", Program(project, Published(project)));

        Assert.Equal(
            (1, $"127.0.0.1:{port} cannot be listened on: Permission denied. A port below 1024 is root's: configure another port.\n"),
            (service.ExitCode, service.Error));
    }

    [Theory]
    [InlineData("LoadBalancer", "{\n  \"Gateway\": {\n    \"HttpsPort\": many\n  }\n}\n", "line 3: 'm' is an invalid start of a value.")]
    [InlineData("Web", "", "line 1: The input does not contain any JSON tokens. Expected the input to start with a valid JSON token, when isFinalBlock is true.")]
    public async Task Service_WhoseSettingsFileIsNoJson_NamesFileAndLine(string project, string content, string where)
    {
        string copy = _state.Beside("copy");
        (await Foobar.RunAsync("cp", ["-r", Published(project), copy])).AssertDone();
        string file = Path.Combine(copy, "appsettings.json");
        await File.WriteAllTextAsync(file, content, TestContext.Current.CancellationToken);

        FoobarResult service = await Foobar.RunAsync("dotnet", [Program(project, copy)], Environment(project));

        Assert.Equal((1, string.Empty, $"{file} is no JSON: {where}\n"), (service.ExitCode, service.Output, service.Error));
    }

    [Fact]
    public async Task Web_WithAnothersKey_NamesBothFiles()
    {
        (_, string otherKey) = _certificates.Write(_certificates.Issue("elsewhere"));

        FoobarResult service = await RunAsync("Web", ("Web:KeyPath", otherKey));

        Assert.Equal((1, string.Empty), (service.ExitCode, service.Output));
        Assert.Matches($"^Web:CertificatePath '{_certificate}' and Web:KeyPath '{otherKey}' cannot be used: [^\n]+\n$", service.Error);
    }

    [Theory]
    [InlineData("LoadBalancer")]
    [InlineData("Web")]
    public async Task Check_OfAValidConfiguration_SaysSo(string project)
    {
        FoobarResult service = await RunAsync(project, ("Check", "me"));

        Assert.Equal((0, "The configuration is valid.\n", string.Empty), (service.ExitCode, service.Output, service.Error));
    }

    private Task<FoobarResult> RunAsync(string project, params (string Setting, string Value)[] settings)
    {
        string program = Program(project, Published(project));
        string[] arguments = settings is [("Check", _)] ? [program, "--check"] : [program];
        return Foobar.RunAsync("dotnet", arguments, Environment(project, settings));
    }

    private static string Published(string project) => Path.Combine(RepositoryRoot.Path, "artifacts", "publish", $"FooBar.{project}", "release");

    private static string Program(string project, string folder) => Path.Combine(folder, $"FooBar.{project}.dll");

    /// <summary>Everything that the project needs, with the settings in question on top.</summary>
    private Dictionary<string, string?> Environment(string project, params (string Setting, string Value)[] settings)
    {
        string password = _state.Beside("password");
        File.WriteAllText(password, "secret\n");
        Dictionary<string, string?> environment = new()
        {
            ["Service__Name"] = "test-1",
            ["Admin__Port"] = "0",
        };
        if (project == "LoadBalancer")
        {
            environment["Gateway__Addresses__0"] = "127.0.0.1";
            environment["Gateway__HttpsPort"] = "0";
            environment["Gateway__HttpPort"] = "0";
            environment["Gateway__Hosts__0"] = "localhost";
            environment["Gateway__CertificatePath"] = _certificate;
            environment["Gateway__KeyPath"] = _key;
            environment["Gateway__BackendCaPath"] = _certificates.AuthorityPath;
            environment["Gateway__Backends__0__Name"] = "web-1";
            environment["Gateway__Backends__0__Url"] = "https://127.0.0.1:1";
        }
        else
        {
            environment["Web__HttpsPort"] = "0";
            environment["Web__CertificatePath"] = _certificate;
            environment["Web__KeyPath"] = _key;
            environment["Database__CaPath"] = _certificates.AuthorityPath;
            environment["Database__Nodes__0__Name"] = "db-1";
            environment["Database__Nodes__0__Host"] = "127.0.0.1";
            foreach (string account in (string[])["App", "Schema", "Monitor"])
            {
                environment[$"Database__{account}__User"] = "user";
                environment[$"Database__{account}__PasswordFile"] = password;
            }
        }

        foreach ((string setting, string value) in settings)
        {
            environment[setting.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        return environment;
    }
}
