using System.Text.Json;
using System.Text.RegularExpressions;
using FooBar.Testing;
using YamlDotNet.RepresentationModel;

namespace FooBar.Deploy.Tests.Gateway;

/// <summary>The gateway with the settings that the deployment gives it, and the script by which root operates it on its host.</summary>
public sealed partial class DeployedGatewayTests
{
    [Theory]
    [InlineData("three-hosts", 2)]
    [InlineData("five-hosts", 2)]
    [InlineData("eight-hosts", 3)]
    public async Task Settings_OfEachExample_AreValidToTheGateway(string inventory, int backends)
    {
        RenderedGateway rendered = await RenderedGateway.OfAsync(inventory);
        await using DeployedGateway gateway = new(rendered);

        Assert.Equal((0, "The configuration is valid.\n"), await gateway.CheckAsync());
        Assert.Equal(backends, rendered.Section.GetProperty("Backends").GetArrayLength());
        JsonElement route = Assert.Single(rendered.Section.GetProperty("Routes").EnumerateArray());
        Assert.Equal(("/posts/new", "op"), (route.GetProperty("Path").GetString(), route.GetProperty("OperationParameter").GetString()));
        Assert.Equal(["collector", "operator"], rendered.Settings.Where(setting => setting.Key.StartsWith("Admin__AllowedClients__", StringComparison.Ordinal)).Select(setting => setting.Value));
    }

    /// <summary>
    /// What is read at the start is what the unit passes on; what is read again when it changes lies where the deployment puts it, as a certificate that
    /// this service may read; and what is written, where it may write.
    /// </summary>
    [Fact]
    public async Task Files_OfTheSettings_AreTheServicesOwn()
    {
        RenderedGateway rendered = await RenderedGateway.OfAsync("three-hosts");

        string[] passed = [.. Credential().Matches(rendered.Service).Select(match => RenderedGateway.Credentials + match.Groups["name"].Value)];
        string[] named = [.. rendered.Settings.Where(setting => setting.Key.EndsWith("Path", StringComparison.Ordinal)).Select(setting => setting.Value)];
        Assert.Contains(RenderedGateway.Credentials + "gateway_admin", named);
        Assert.Equal([RenderedGateway.State + "orders.json", "/run/foobar-gateway-restart"], named.Where(path => !path.StartsWith(RenderedGateway.Credentials, StringComparison.Ordinal)));
        Assert.Contains("\nRuntimeDirectory=foobar-gateway-restart\n", File.ReadAllText(Path.Combine(RepositoryRoot.Path, "deploy", "roles", "gateway", "templates", "foobar-gateway-restart.service.j2")), StringComparison.Ordinal);
        Assert.Empty(named.Where(path => path.StartsWith(RenderedGateway.Credentials, StringComparison.Ordinal)).Except(passed));
        Assert.Contains("\nStateDirectory=foobar-gateway\nStateDirectoryMode=0700\n", rendered.Service, StringComparison.Ordinal);

        string[] read = [.. rendered.Section.EnumerateObject().Where(setting => setting.Name.EndsWith("Path", StringComparison.Ordinal)).Select(setting => setting.Value.GetString()!)];
        YamlMappingNode leaves = Yaml.Load(File.ReadAllText(Path.Combine(RepositoryRoot.Path, "deploy", "roles", "certificates", "vars", "main.yml")));
        string[] readable = [.. Yaml.Mappings((YamlMappingNode)leaves["leaves_by_role"], "gateway").Where(leaf => Yaml.Text(leaf, "reader") == "foobar-gateway").Select(leaf => Yaml.Text(leaf, "name")!)];
        Assert.Equal(
            [RenderedGateway.Etc + "ca.crt", .. readable.SelectMany(leaf => (string[])[$"{RenderedGateway.Etc}certificates/{leaf}.crt", $"{RenderedGateway.Etc}certificates/{leaf}.key"]).Order(StringComparer.Ordinal)],
            read.OrderBy(path => path.Contains("/certificates/", StringComparison.Ordinal)).ThenBy(path => path, StringComparer.Ordinal));
        Assert.Equal(RenderedGateway.Etc + "gateway.json", rendered.Settings["SettingsFile"]);
        Assert.Contains("\nExecReload=+/usr/local/sbin/foobar-gateway reload\n", rendered.Service, StringComparison.Ordinal);
    }

    /// <summary>
    /// What serves during a restart is the same program with the same settings on the same sockets, but it is started by nothing else, and takes less of the
    /// host's memory. Each has the credentials from its own unit.
    /// </summary>
    [Fact]
    public async Task Standby_DiffersFromTheGatewayInNothingThatVisitorsCouldSee()
    {
        RenderedGateway rendered = await RenderedGateway.OfAsync("three-hosts");

        string[] standby = [.. rendered.Standby.Split('\n').Except(rendered.Service.Split('\n'))];
        string[] service = [.. rendered.Service.Split('\n').Except(rendered.Standby.Split('\n'))];
        Assert.Equal(["Description=Gateway of www.foobar.com, while it is restarted", "Restart=no", "MemoryMax=33%"], standby);
        Assert.Equal(["Description=Gateway of www.foobar.com", "Restart=always", "MemoryMax=50%", "[Install]", "WantedBy=multi-user.target"], service);

        // A line that is glued to the one before is one that systemd passes over.
        Assert.Contains("\nRestart=always\nRestartSec=1\nTimeoutStopSec=45\nLimitNOFILE=1048576\n", rendered.Service, StringComparison.Ordinal);
        Assert.All(
            rendered.Settings.Where(setting => setting.Value.StartsWith(RenderedGateway.Credentials, StringComparison.Ordinal)),
            setting => Assert.Contains($"\nEnvironment={setting.Key}=%d/", rendered.Service, StringComparison.Ordinal));
    }

    /// <summary>Both units have all of the sockets, and the program knows each by its name.</summary>
    [Fact]
    public async Task Sockets_AreThoseOfBothUnits()
    {
        RenderedGateway rendered = await RenderedGateway.OfAsync("three-hosts");

        string[] names = [.. rendered.Sockets.Select(socket => Regex.Match(socket, "^FileDescriptorName=(.*)$", RegexOptions.Multiline).Groups[1].Value)];
        Assert.Equal(["https", "http", "admin"], names);
        Assert.Contains($"\nSockets={string.Join(' ', names.Select(name => $"foobar-gateway-{name}.socket"))}\n", rendered.Service, StringComparison.Ordinal);
        Assert.Contains("\nNonBlocking=yes\n", rendered.Service, StringComparison.Ordinal);
        Assert.Equal(["443", "80", "10.77.0.11:9600"], rendered.Sockets.Select(socket => Regex.Match(socket, "^ListenStream=(.*)$", RegexOptions.Multiline).Groups[1].Value));
        Assert.Equal(("10.77.0.11", "9600"), (rendered.Settings["Admin__Address"], rendered.Settings["Admin__Port"]));
        Assert.All(rendered.Sockets, socket => Assert.Contains("\nService=foobar-gateway.service\n", socket, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Operator_TakesAnInstanceOutAndBack()
    {
        await using DeployedGateway gateway = new(await RenderedGateway.OfAsync("three-hosts"));
        await gateway.StartAsync();

        Assert.Equal((0, "app-1: drain, down, takes no requests, 0 in flight.\n"), await gateway.CallAsync("drain", "app-1", "--reason", "a new kernel", "--wait", "60"));
        (int exitCode, string output) = await gateway.CallAsync("list");
        Assert.Equal(0, exitCode);
        Assert.Matches(@"^name +state +health +requests +in flight +weight +address +ordered\napp-1 +drain +down +takes none +0 +100 +https://10\.77\.0\.12:8443 +state \S+Z by operator \(token [0-9a-f]{8}\): a new kernel\napp-2 +ready +down +takes none +0 +100 +https://10\.77\.0\.13:8443\n$", output);
        Assert.Contains("\"client\":\"operator\",\"address\":\"127.0.0.1\"", gateway.Log, StringComparison.Ordinal);
        Assert.True(File.Exists(gateway.In("state/orders.json")));

        Assert.Equal((0, "app-2: weight 7, before 100.\n"), await gateway.CallAsync("weight", "app-2", "7"));
        Assert.Equal((0, "app-2: weight 100, before 7.\n"), await gateway.CallAsync("weight", "app-2", "configured", "--reason", "as it was"));
        Assert.Equal((0, "app-1: maintenance, unknown, takes no requests, 0 in flight.\n"), await gateway.CallAsync("maintenance", "app-1", "--force"));
        Assert.Equal(
            (1, "app-1: ready, down, takes no requests, 0 in flight.\nfoobar-gateway: app-1 is not there after 1 s. The order holds; see foobar-gateway list.\n"),
            await gateway.CallAsync("ready", "app-1", "--wait", "1"));
    }

    [Fact]
    public async Task Operator_ReloadsAndLooks()
    {
        await using DeployedGateway gateway = new(await RenderedGateway.OfAsync("three-hosts"));
        await gateway.StartAsync();

        Assert.Equal((0, "Generation 2 of the configuration is in force.\n"), await gateway.CallAsync("reload", "--reason", "a new certificate"));
        Assert.Contains("\"generation\": 2", (await gateway.CallAsync("status")).Output, StringComparison.Ordinal);
        Assert.Contains("\"www.foobar.com\"", (await gateway.CallAsync("certificates")).Output, StringComparison.Ordinal);
        Assert.Equal((1, "foobar-gateway: There is no such backend. There is no backend 'app-7'. There are app-1, app-2.\n"), await gateway.CallAsync("drain", "app-7"));

        File.WriteAllText(gateway.In("certificates/gateway.crt"), "broken");
        Assert.Equal(
            (1, $"foobar-gateway: The new configuration is refused. Generation 2 stays in force. Correct what is wrong and reload again.\n  Gateway:CertificatePath is \"{gateway.In("certificates/gateway.crt")}\", which cannot be used: it holds no certificate.\n"),
            await gateway.CallAsync("reload"));
    }

    [Fact]
    public async Task Operator_WithoutAGateway_IsToldWhatToDo()
    {
        await using DeployedGateway gateway = new(await RenderedGateway.OfAsync("three-hosts"));

        Assert.Equal((1, "foobar-gateway: the gateway does not answer: [Errno 111] Connection refused. See systemctl status foobar-gateway.service.\n"), await gateway.CallAsync("list"));
        File.Delete(gateway.In("gateway.env"));
        Assert.Equal((1, $"foobar-gateway: {gateway.In("gateway.env")} is not there. Run it on the gateway's host, after a deployment.\n"), await gateway.CallAsync("list"));
    }

    [Theory]
    [InlineData("error: the following arguments are required: verb")]
    [InlineData("error: argument verb: invalid choice: 'stop'", "stop")]
    [InlineData("error: the following arguments are required: name", "drain")]
    [InlineData("error: argument --wait: give a whole number from 1 to 600", "drain", "app-1", "--wait", "601")]
    [InlineData("error: argument weight: give a whole number from 0 to 256, or configured", "weight", "app-1", "257")]
    [InlineData("error: unrecognized arguments: --force", "ready", "app-1", "--force")]
    public async Task Operator_WhoCallsItWrongly_IsToldHow(string expected, params string[] arguments)
    {
        (int exitCode, string output) = await DeployedGateway.CallAsync("/nowhere", arguments);

        Assert.Equal(2, exitCode);
        Assert.Contains(expected, output, StringComparison.Ordinal);
    }

    [GeneratedRegex("^LoadCredential=(?<name>[^:]+):", RegexOptions.Multiline)]
    private static partial Regex Credential();
}
