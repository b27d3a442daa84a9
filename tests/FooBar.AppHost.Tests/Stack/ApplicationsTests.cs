using FooBar.AppHost.Certificates;
using FooBar.AppHost.Processes;
using FooBar.AppHost.Stack;
using FooBar.AppHost.State;
using FooBar.Testing;

namespace FooBar.AppHost.Tests.Stack;

public sealed class ApplicationsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StateFolder _state;
    private readonly Secrets _secrets;
    private readonly CertificateAuthority _authority;
    private readonly Applications _applications;

    public ApplicationsTests()
    {
        _state = new StateFolder(_folder["state"]);
        _state.Create();
        _secrets = new Secrets(_state);
        _authority = CertificateAuthority.Open(_state, new FakeTime());
        _applications = new Applications(new StackOptions { PortOffset = 1000 }, _state, _secrets, _authority);
    }

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Gateway_IsToldItsPortsItsCertificateAndItsBackends()
    {
        ChildSpecification gateway = _applications.Gateway();

        Assert.Equal("gateway", gateway.Name);
        Assert.Equal(_state.Log("gateway"), gateway.LogFile);
        Assert.Equal(
            new SortedDictionary<string, string>
            {
                ["Admin__Address"] = "127.0.0.1",
                ["Admin__Port"] = "10600",
                ["DOTNET_EnableDiagnostics"] = "0",
                ["DOTNET_GCgen0size"] = "0x1000000",
                ["DOTNET_NOLOGO"] = "1",
                ["Gateway__Admin__TokenPath"] = $"{_state.Secrets}/gateway-admin.token",
                ["Gateway__BackendCaPath"] = _state.CaCertificate,
                ["Gateway__BackendCertificatePath"] = $"{_state.Certificates}/gateway.crt",
                ["Gateway__BackendKeyPath"] = $"{_state.Certificates}/gateway.key",
                ["Gateway__Backends__0__Name"] = "web-1",
                ["Gateway__Backends__0__Url"] = "https://127.0.0.1:8001",
                ["Gateway__Backends__1__Name"] = "web-2",
                ["Gateway__Backends__1__Url"] = "https://127.0.0.1:8002",
                ["Gateway__CertificatePath"] = $"{_state.Certificates}/gateway.crt",
                ["Gateway__HttpPort"] = "9080",
                ["Gateway__HttpsPort"] = "9443",
                ["Gateway__KeyPath"] = $"{_state.Certificates}/gateway.key",
                ["Gateway__Routes__0__OperationParameter"] = "op",
                ["Gateway__Routes__0__Path"] = "/posts/new",
                ["Gateway__StatePath"] = $"{_state.Path}/gateway/orders.json",
                ["Service__Name"] = "gateway",
            },
            new SortedDictionary<string, string>(gateway.Environment.ToDictionary()));
    }

    [Fact]
    public void Web_IsToldItsPortsItsCertificateAndTheDatabase()
    {
        ChildSpecification web = _applications.Web(2);

        Assert.Equal("web-2", web.Name);
        Assert.Equal(
            new SortedDictionary<string, string>
            {
                ["Admin__Address"] = "127.0.0.1",
                ["Admin__Port"] = "10612",
                ["DOTNET_EnableDiagnostics"] = "0",
                ["DOTNET_NOLOGO"] = "1",
                ["Database__App__PasswordFile"] = $"{_state.Secrets}/foobar_app.password",
                ["Database__App__User"] = "foobar_app",
                ["Database__CaPath"] = _state.CaCertificate,
                ["Database__Monitor__PasswordFile"] = $"{_state.Secrets}/foobar_monitor.password",
                ["Database__Monitor__User"] = "foobar_monitor",
                ["Database__Name"] = "foobar",
                ["Database__Nodes__0__Host"] = "127.0.0.1",
                ["Database__Nodes__0__Name"] = "db-1",
                ["Database__Nodes__0__Port"] = "14306",
                ["Database__Nodes__1__Host"] = "127.0.0.1",
                ["Database__Nodes__1__Name"] = "db-2",
                ["Database__Nodes__1__Port"] = "14307",
                ["Database__Nodes__2__Host"] = "127.0.0.1",
                ["Database__Nodes__2__Name"] = "db-3",
                ["Database__Nodes__2__Port"] = "14308",
                ["Database__Schema__PasswordFile"] = $"{_state.Secrets}/foobar_schema.password",
                ["Database__Schema__User"] = "foobar_schema",
                ["Service__Name"] = "web-2",
                ["Web__Address"] = "127.0.0.1",
                ["Web__AllowedClients__0"] = "gateway",
                ["Web__CertificatePath"] = $"{_state.Certificates}/web-2.crt",
                ["Web__ClientCaPath"] = _state.CaCertificate,
                ["Web__HttpsPort"] = "8002",
                ["Web__KeyPath"] = $"{_state.Certificates}/web-2.key",
            },
            new SortedDictionary<string, string>(web.Environment.ToDictionary()));
    }

    [Fact]
    public void Secrets_AreNamedByFileAndNowhereSpeltOut()
    {
        ChildSpecification[] all = [_applications.Gateway(), _applications.Web(1), _applications.Web(2)];
        string[] passwords = [.. Directory.GetFiles(_state.Secrets).Select(file => File.ReadAllText(file).Trim())];

        Assert.Equal(4, passwords.Length);
        Assert.All(all.SelectMany(application => application.Arguments.Concat(application.Environment.Values)), text =>
            Assert.DoesNotContain(passwords, password => text.Contains(password, StringComparison.Ordinal)));
    }
}
