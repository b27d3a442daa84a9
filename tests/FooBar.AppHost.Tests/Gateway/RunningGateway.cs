using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using FooBar.AppHost.Certificates;
using FooBar.AppHost.Processes;
using FooBar.AppHost.Stack;
using FooBar.AppHost.State;
using FooBar.AppHost.Tests.CommandLine;
using FooBar.Testing;

namespace FooBar.AppHost.Tests.Gateway;

/// <summary>The real gateway as <c>./foobar up</c> starts it, in front of two instances, with this test as the supervisor of its state folder.</summary>
internal sealed class RunningGateway : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CertificateAuthority _authority;
    private readonly Dictionary<string, string> _environment;
    private readonly ChildSpecification _specification;
    private ChildProcess? _process;

    private RunningGateway()
    {
        State = new StateFolder(_folder["state"]);
        State.Create();
        _authority = CertificateAuthority.Open(State, TimeProvider.System);
        First = new HttpsBackend("web-1", Certificate("web-1"));
        Second = new HttpsBackend("web-2", Certificate("web-2"));
        AdminPort = FreePorts.Next();
        HttpsPort = FreePorts.Next();
        ChildSpecification asUp = new Applications(new StackOptions(), State, new Secrets(State), _authority).Gateway();
        string program = Path.Combine(RepositoryRoot.Path, "artifacts", "bin", "FooBar.LoadBalancer", Path.GetFileName(Path.GetDirectoryName(Foobar.Program)!), "FooBar.LoadBalancer.dll");
        _environment = new Dictionary<string, string>(asUp.Environment)
        {
            ["Admin__Port"] = $"{AdminPort}",
            ["Gateway__HttpsPort"] = $"{HttpsPort}",
            ["Gateway__HttpPort"] = "0",
            ["Gateway__Addresses__0"] = "127.0.0.1",
            ["Gateway__Backends__0__Url"] = First.Url,
            ["Gateway__Backends__1__Url"] = Second.Url,

            // On a busy machine a first check can take longer than the second that it has in service, and nothing is up then.
            ["Gateway__Health__Timeout"] = "00:00:10",
        };
        _specification = asUp with { Arguments = [program], WorkingDirectory = Path.GetDirectoryName(program)!, Environment = _environment };
    }

    public StateFolder State { get; }

    public HttpsBackend First { get; }

    public HttpsBackend Second { get; }

    public int AdminPort { get; }

    public int HttpsPort { get; }

    public string TokenFile => new Secrets(State).GatewayTokenPath;

    /// <summary>What it has written; nothing while it has not begun to run.</summary>
    public string Log => File.Exists(_specification.LogFile) ? File.ReadAllText(_specification.LogFile) : string.Empty;

    /// <summary>Starts it on loopback, with plain HTTP for its admin port, as on a developer's machine.</summary>
    public static async Task<RunningGateway> StartAsync()
    {
        RunningGateway gateway = new();
        await gateway.StartAgainAsync();
        gateway.Write($"http://127.0.0.1:{gateway.AdminPort}");
        return gateway;
    }

    /// <summary>Starts it with mutual TLS on its admin port, as on a host, for clients called <c>operator</c>.</summary>
    public static async Task<RunningGateway> StartWithTlsAsync()
    {
        RunningGateway gateway = new();
        CertificateFiles files = gateway.Certificate("gateway-admin");
        gateway._environment["Admin__CertificatePath"] = files.CertificatePath;
        gateway._environment["Admin__KeyPath"] = files.KeyPath;
        gateway._environment["Admin__ClientCaPath"] = gateway.State.CaCertificate;
        gateway._environment["Admin__AllowedClients__0"] = "operator";
        await gateway.StartAgainAsync();
        return gateway;
    }

    /// <summary>Starts it, and waits until both instances are up.</summary>
    public async Task StartAgainAsync()
    {
        _process = await ChildProcess.StartAsync(_specification);
        await Eventually.TrueAsync(
            () => !_process.HasExited && Log.Split("is up\"", StringSplitOptions.None).Length > 2 && Log.Contains("Application started", StringComparison.Ordinal),
            () => Log);
    }

    /// <summary>Ends it, and empties its log.</summary>
    public async Task EndAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        File.WriteAllText(_specification.LogFile, string.Empty);
    }

    /// <summary>A certificate of the state folder's authority.</summary>
    public CertificateFiles Certificate(string name) => _authority.Issue(name, State.Certificates, [name, "127.0.0.1"]);

    /// <summary>Calls the command as on the machine of the stack.</summary>
    public Task<FoobarResult> CallAsync(params string[] arguments) => Foobar.RunAsync(["gateway", .. arguments, "--state", State.Path]);

    /// <summary>A visitor of the site.</summary>
    public async Task<string> VisitAsync(string path = "/")
    {
        using X509Certificate2 authority = X509CertificateLoader.LoadCertificateFromFile(State.CaCertificate);
        X509ChainPolicy policy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(authority);
        using HttpClient http = new(new SocketsHttpHandler { UseProxy = false, SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy } });
        return await http.GetStringAsync($"https://localhost:{HttpsPort}{path}", TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        _process?.Kill();
        await First.DisposeAsync();
        await Second.DisposeAsync();
        _authority.Dispose();
        _folder.Dispose();
    }

    private void Write(string admin) => new StackRecord(
        ProcessIdentity.Of(Environment.ProcessId), "running", $"https://localhost:{HttpsPort}", null,
        [new ChildRecord("gateway", "gateway", $"https://localhost:{HttpsPort}", admin, null, 0, ProcessIdentity.Of(_process!.Id))]).Write(State);
}
