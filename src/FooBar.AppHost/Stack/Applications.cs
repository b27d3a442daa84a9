using System.Globalization;
using FooBar.AppHost.Certificates;
using FooBar.AppHost.Databases;
using FooBar.AppHost.Machine;
using FooBar.AppHost.Processes;
using FooBar.AppHost.State;

namespace FooBar.AppHost.Stack;

/// <summary>How the gateway and the web instances are started: everything they need to know, as environment variables; secrets by file name only.</summary>
internal sealed class Applications(StackOptions options, StateFolder state, Secrets secrets, CertificateAuthority authority)
{
    /// <summary>The subject of the gateway's certificate, by which the instances know it.</summary>
    private const string GatewayName = "gateway";

    private static readonly string[] SiteNames = ["www.foobar.com", "foobar.com", "localhost", "127.0.0.1", "::1"];

    private readonly Ports _ports = options.Ports;

    public ChildSpecification Gateway()
    {
        CertificateFiles certificate = authority.Issue(GatewayName, state.Certificates, SiteNames);
        Dictionary<string, string> settings = Common("gateway", _ports.GatewayAdmin);

        // 16 MB, in hexadecimal: by itself the runtime takes the processor's largest cache, which may be hundreds.
        settings["DOTNET_GCgen0size"] = "0x1000000";
        settings["Gateway__HttpsPort"] = Text(_ports.Https);
        settings["Gateway__HttpPort"] = Text(_ports.Http);
        settings["Gateway__CertificatePath"] = certificate.CertificatePath;
        settings["Gateway__KeyPath"] = certificate.KeyPath;
        settings["Gateway__BackendCaPath"] = state.CaCertificate;
        settings["Gateway__BackendCertificatePath"] = certificate.CertificatePath;
        settings["Gateway__BackendKeyPath"] = certificate.KeyPath;
        secrets.RequireGatewayToken();
        settings["Gateway__Admin__TokenPath"] = secrets.GatewayTokenPath;
        settings["Gateway__StatePath"] = Path.Combine(state.Gateway, "orders.json");

        // The form that puts a notice on the board names its operation, and the site does it once.
        settings["Gateway__Routes__0__Path"] = "/posts/new";
        settings["Gateway__Routes__0__OperationParameter"] = "op";
        for (int number = 1; number <= options.Web; number++)
        {
            settings[$"Gateway__Backends__{number - 1}__Name"] = $"web-{number}";
            settings[$"Gateway__Backends__{number - 1}__Url"] = $"https://127.0.0.1:{_ports.Web(number)}";
        }

        return Program("gateway", "LoadBalancer", settings);
    }

    public ChildSpecification Web(int number)
    {
        string name = $"web-{number}";
        CertificateFiles certificate = authority.Issue(name, state.Certificates, [name, "127.0.0.1"]);
        Dictionary<string, string> settings = Common(name, _ports.WebAdmin(number));
        settings["Web__Address"] = "127.0.0.1";
        settings["Web__HttpsPort"] = Text(_ports.Web(number));
        settings["Web__CertificatePath"] = certificate.CertificatePath;
        settings["Web__KeyPath"] = certificate.KeyPath;
        settings["Web__ClientCaPath"] = state.CaCertificate;
        settings["Web__AllowedClients__0"] = GatewayName;
        settings["Database__Name"] = MySqlAccounts.Schema;
        settings["Database__CaPath"] = state.CaCertificate;
        foreach ((string role, string account) in ((string, string)[])[("App", MySqlAccounts.App), ("Schema", MySqlAccounts.SchemaOwner), ("Monitor", MySqlAccounts.Monitor)])
        {
            _ = secrets.Password(account);
            settings[$"Database__{role}__User"] = account;
            settings[$"Database__{role}__PasswordFile"] = secrets.PathOf(account);
        }

        for (int member = 1; member <= options.Db; member++)
        {
            settings[$"Database__Nodes__{member - 1}__Name"] = $"db-{member}";
            settings[$"Database__Nodes__{member - 1}__Host"] = MySqlMember.Host;
            settings[$"Database__Nodes__{member - 1}__Port"] = Text(_ports.Db(member));
        }

        return Program(name, "Web", settings);
    }

    private static Dictionary<string, string> Common(string name, int adminPort) => new()
    {
        ["Service__Name"] = name,
        ["Admin__Address"] = "127.0.0.1",
        ["Admin__Port"] = Text(adminPort),
        ["DOTNET_EnableDiagnostics"] = "0",
        ["DOTNET_NOLOGO"] = "1",
    };

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private ChildSpecification Program(string name, string project, Dictionary<string, string> settings) =>
        new(name, Dotnet.Program, [SiteBuild.Assembly(project)], SiteBuild.Folder(project), state.Log(name)) { Environment = settings };
}
