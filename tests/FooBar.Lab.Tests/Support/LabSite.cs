using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using FooBar.AppHost;
using FooBar.AppHost.Lab;
using FooBar.AppHost.Processes;

namespace FooBar.Lab.Tests.Support;

/// <summary>The site on the three hosts of a lab, as a test looks at it and breaks it.</summary>
internal sealed class LabSite(RunningLab lab)
{
    /// <summary>The hosts of the default inventory.</summary>
    public static readonly IReadOnlyList<string> Hosts = ["edge-1", "app-1", "app-2"];

    /// <summary>Where the lab's inventory sends its alerts.</summary>
    internal static readonly IPEndPoint Webhook = new(IPAddress.Parse(Address("admin", ipv6: false)), 9099);

    private static readonly Uri Site = new("https://www.foobar.com");
    private static readonly TimeSpan CommandDeadline = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500);

    private PortMatrix? _matrix;

    /// <summary>The certificate of the internal authority, which signs the site's own until there is a public one.</summary>
    private string CaPath => Path.Combine(Path.GetDirectoryName(LabInventory.File(lab.Folder))!, "ca-lab.crt");

    /// <summary>The address of a machine of the lab.</summary>
    public static string Address(string name, bool ipv6) => ipv6 ? LabMachines.Find(name).Address6 : LabMachines.Find(name).Address;

    /// <summary>The network namespace of a machine as it is now: a host gets a new one with each boot.</summary>
    internal NetworkNamespace Namespace(string machine) => new(LabEntrance.Seen(lab.Init.Id, $"/run/netns/{machine}"));

    /// <summary>Runs a command in the place of somebody on the network; it must succeed. Returns what it printed.</summary>
    public Task<string> InAsync(string machine, IReadOnlyList<string> command, CancellationToken cancellationToken) =>
        // A host's network, but this machine's programs: the hosts have no scanner.
        RunAsync($"{string.Join(' ', command.Take(6))} … in {machine}", () => lab.InsideAsync(["ip", "netns", "exec", machine, .. command], cancellationToken));

    /// <summary>Runs a command of the shell as root on a host, as on its console; it must succeed. Returns what it printed, without the last line break.</summary>
    public Task<string> OnAsync(string host, string command, CancellationToken cancellationToken) =>
        RunAsync($"'{command}' on {host}", () => lab.RunAsync(LabMachines.FindHost(host), ["bash", "-c", command], CommandDeadline, cancellationToken));

    /// <summary>Whether the operator can log in over a new connection.</summary>
    public async Task<bool> CanLogInAsync(string host, CancellationToken cancellationToken) =>
        (await lab.RunAsync(LabMachines.Admin, ["ssh", "-n", "-o", "BatchMode=yes", "-o", "ControlPath=none", "-o", "ConnectTimeout=2", host, "true"], CommandDeadline, cancellationToken)).ExitCode == 0;

    /// <summary>The number of a user of a host.</summary>
    public async Task<int> UidAsync(string host, string user, CancellationToken cancellationToken) =>
        int.Parse(await OnAsync(host, $"id -u {user}", cancellationToken), CultureInfo.InvariantCulture);

    /// <summary>Pulls the plug of a host's link.</summary>
    public Task CutAsync(string host, CancellationToken cancellationToken) => lab.CutAsync(LabMachines.FindHost(host), cancellationToken);

    /// <summary>Ends a host as a power cut does.</summary>
    public Task KillAsync(string host, CancellationToken cancellationToken) => lab.KillAsync(LabMachines.FindHost(host), cancellationToken);

    /// <summary>Powers a host on and waits until it has booted; its link is plugged in.</summary>
    public Task StartAsync(string host, CancellationToken cancellationToken) => lab.StartAsync(LabMachines.FindHost(host), cancellationToken);

    /// <summary>Reboots a host in order and waits until it has booted.</summary>
    public Task RebootAsync(string host, CancellationToken cancellationToken) => lab.RebootAsync(LabMachines.FindHost(host), cancellationToken);

    /// <summary>Undoes whatever was done to a host: powers it on if it is off, and plugs its link in.</summary>
    public async Task PowerOnAsync(string host, CancellationToken cancellationToken)
    {
        LabMachine machine = LabMachines.FindHost(host);
        switch (await lab.StateOfAsync(machine, cancellationToken))
        {
            case HostState.Off:
                await lab.StartAsync(machine, cancellationToken);
                break;
            case HostState.Cut:
                await lab.RestoreAsync(machine, cancellationToken);
                break;
        }
    }

    /// <summary>The README's deployment, as the operator runs it.</summary>
    /// <param name="arguments">More arguments for ansible-playbook.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="change">Changes the inventory's text for this run; null leaves it.</param>
    /// <param name="vaultPassword">Another vault password than the lab's for this run.</param>
    internal async Task<DeployOutcome> DeployAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken, Func<string, string>? change = null, string? vaultPassword = null)
    {
        // A connection that an earlier run keeps open would hide that a new one is refused.
        await lab.InsideAsync(["sh", "-c", "rm -f /run/foobar-lab/ssh/*"], cancellationToken);
        string inventory = LabInventory.File(lab.Folder);
        string password = LabInventory.VaultPasswordFile(lab.Folder);
        (string rightInventory, string rightPassword) = (await File.ReadAllTextAsync(inventory, cancellationToken), await File.ReadAllTextAsync(password, cancellationToken));
        try
        {
            await File.WriteAllTextAsync(inventory, change is null ? rightInventory : change(rightInventory), cancellationToken);
            await File.WriteAllTextAsync(password, vaultPassword ?? rightPassword, cancellationToken);
            string[] line = LabDeployment.CommandLine(lab, arguments);
            long startedAt = TimeProvider.System.GetTimestamp();
            ToolResult result = await Tool.RunAsync(line[0], line[1..], cancellationToken);
            TestContext.Current.TestOutputHelper?.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"deployment ended with {result.ExitCode} after {TimeProvider.System.GetElapsedTime(startedAt).TotalSeconds:0} s"));
            return new DeployOutcome(result.ExitCode, result.Output + result.Error);
        }
        finally
        {
            await File.WriteAllTextAsync(inventory, rightInventory, CancellationToken.None);
            await File.WriteAllTextAsync(password, rightPassword, CancellationToken.None);
        }
    }

    /// <summary>The same, killed as soon as it prints a line that begins so.</summary>
    internal async Task KillDeployAsync(string line, CancellationToken cancellationToken)
    {
        using CancellationTokenSource kill = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<ToolResult> run = StreamedTool.RunAsync(
            LabDeployment.CommandLine(lab, []), said => (said.StartsWith(line, StringComparison.Ordinal) ? kill : null)?.Cancel(), kill.Token);
        OperationCanceledException? killed = await Record.ExceptionAsync(() => run) as OperationCanceledException;
        Assert.True(killed is not null && !cancellationToken.IsCancellationRequested, $"the deployment did not come to '{line}'");
    }

    /// <summary>The installation's secrets by their names, from the file beside the inventory.</summary>
    internal async Task<IReadOnlyDictionary<string, string>> SecretsAsync(CancellationToken cancellationToken)
    {
        string file = Path.Combine(Path.GetDirectoryName(LabInventory.File(lab.Folder))!, "secrets-lab.yml");
        const string Script = "import json, subprocess, sys, yaml; print(json.dumps(yaml.safe_load(subprocess.run(['ansible-vault', 'view', '--vault-password-file', *sys.argv[1:]], check=True, capture_output=True, text=True).stdout)))";
        string json = await RunAsync("reading the secrets", () => Tool.RunAsync("/usr/bin/python3", ["-c", Script, LabInventory.VaultPasswordFile(lab.Folder), file], cancellationToken));
        return JsonSerializer.Deserialize<Dictionary<string, string>>(json)!;
    }

    /// <summary>Who may reach whom, derived from the lab's inventory without touching a host.</summary>
    internal async Task<PortMatrix> PortMatrixAsync(CancellationToken cancellationToken)
    {
        if (_matrix is null)
        {
            string[] line = LabDeployment.CommandLine(lab, []);
            string output = Path.Combine(lab.Folder.Admin, "port-matrix.json");
            string[] command = [.. line[..Array.IndexOf(line, LabDeployment.Playbook)], "port-matrix.yml", "-e", $"output={output}"];
            ToolResult result = await Tool.RunAsync(command[0], command[1..], cancellationToken);
            Assert.True(result.ExitCode == 0, result.Output + result.Error);
            _matrix = PortMatrix.Parse(await File.ReadAllTextAsync(output, cancellationToken));
        }

        return _matrix;
    }

    /// <summary>A client that connects from somewhere in the lab and trusts one authority alone, the internal one when none is given. The site's names lead to its IPv4 address.</summary>
    internal HttpClient Client(SocketsHttpHandler handler, Func<IPEndPoint, CancellationToken, ValueTask<Stream>> connect, X509Certificate2? authority = null)
    {
        X509ChainPolicy policy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(authority ?? X509CertificateLoader.LoadCertificateFromFile(CaPath));
        handler.AllowAutoRedirect = false;
        handler.CookieContainer = new CookieContainer();
        handler.UseProxy = false;
        handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        handler.ConnectCallback = (context, token) => connect(new IPEndPoint(IPAddress.Parse(Address("edge-1", ipv6: false)), context.DnsEndPoint.Port), token);
        return new HttpClient(handler) { BaseAddress = Site, Timeout = TimeSpan.FromSeconds(30) };
    }

    /// <summary>The notices whose title begins so, by the database's own word.</summary>
    internal async Task<IReadOnlyList<(long Id, string Title)>> PostsAsync(string titlePrefix, CancellationToken cancellationToken)
    {
        string rows = await OnAsync(await PrimaryAsync(cancellationToken), $"foobar-mysql --batch --skip-column-names foobar <<'EOF'\nSELECT id, title FROM post WHERE title LIKE '{titlePrefix}%';\nEOF", cancellationToken);
        return [.. rows.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(row => row.Split('\t')).Select(row => (long.Parse(row[0], CultureInfo.InvariantCulture), row[1]))];
    }

    /// <summary>The host of the database's primary.</summary>
    internal async Task<string> PrimaryAsync(CancellationToken cancellationToken)
    {
        string answer = await OnAsync(
            "edge-1", "foobar-mysql --batch --skip-column-names <<<\"SELECT MEMBER_HOST FROM performance_schema.replication_group_members WHERE MEMBER_ROLE = 'PRIMARY'\"", cancellationToken);
        return Hosts.Single(host => Address(host, ipv6: false) == answer);
    }

    /// <summary>Waits until everything of the site does its work on every host; fails with the hosts' logs when it takes longer. Returns the time that it took.</summary>
    internal async Task<TimeSpan> WholeAsync(TimeSpan within, CancellationToken cancellationToken)
    {
        long startedAt = TimeProvider.System.GetTimestamp();
        using PeriodicTimer poll = new(Poll, TimeProvider.System);
        while (true)
        {
            string missing = await MissingAsync(cancellationToken);
            TimeSpan passed = TimeProvider.System.GetElapsedTime(startedAt);
            if (missing.Length == 0)
            {
                return passed;
            }

            Assert.True(passed < within, $"Waited {within.TotalSeconds:0} s until all is whole: {missing}\n{await LogsAsync()}");
            await poll.WaitForNextTickAsync(cancellationToken);
        }
    }

    /// <summary>Waits until Prometheus has scraped every target anew since an instant, each with success. What it says else may be from before.</summary>
    internal async Task CollectedSinceAsync(DateTimeOffset since, int targets, TimeSpan within, CancellationToken cancellationToken)
    {
        string query = string.Create(CultureInfo.InvariantCulture, $"count(up == 1 and timestamp(up) > {since.ToUnixTimeMilliseconds() / 1000.0}) == {targets}");
        long startedAt = TimeProvider.System.GetTimestamp();
        using PeriodicTimer poll = new(Poll, TimeProvider.System);
        while (!await FindsSeriesAsync(query, cancellationToken))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(startedAt) < within, $"not every target was scraped within {within.TotalSeconds:0} s: there is no {query}");
            await poll.WaitForNextTickAsync(cancellationToken);
        }
    }

    /// <summary>What the hosts said lately, of our units and of failed ones.</summary>
    internal async Task<string> LogsAsync()
    {
        List<string> logs = [];
        foreach (string host in Hosts)
        {
            try
            {
                logs.Add($"--- {host}\n" + await OnAsync(
                    host, "systemctl list-units --failed --no-legend --plain; journalctl --no-pager -o short-precise --lines=40 -u 'foobar-*'", CancellationToken.None));
            }
            catch (Exception exception) when (exception is FoobarException or InvalidOperationException or TimeoutException)
            {
                logs.Add($"--- {host}: {exception.Message}");
            }
        }

        return string.Join('\n', logs);
    }

    /// <summary>What is not as it should be; empty when nothing is.</summary>
    private async Task<string> MissingAsync(CancellationToken cancellationToken)
    {
        foreach (string host in Hosts)
        {
            string units = host == "edge-1" ? "foobar-gateway foobar-prometheus foobar-alertmanager" : "foobar-web";
            string inactive = await OnAsync(host, $"for unit in foobar-mysql foobar-keeper foobar-node-exporter foobar-mysqld-exporter {units}; do systemctl is-active --quiet $unit || echo $unit; done", cancellationToken);
            if (inactive.Length > 0)
            {
                return $"on {host}, {inactive.ReplaceLineEndings(", ")} is not active";
            }
        }

        string members = await OnAsync(
            "edge-1", "foobar-mysql --batch --skip-column-names <<<\"SELECT MEMBER_HOST, MEMBER_STATE, MEMBER_ROLE FROM performance_schema.replication_group_members\"", cancellationToken);
        string[][] rows = [.. members.Split('\n').Select(row => row.Split('\t'))];
        if (rows.Length != Hosts.Count || rows.Any(row => row is not [_, "ONLINE", _]) || rows.Count(row => row[^1] == "PRIMARY") != 1)
        {
            return $"the database group is {string.Join(", ", rows.Select(row => string.Join(' ', row)))}";
        }

        foreach (string query in (string[])["count(gateway_backend_up == 1) == 2", "count(foobar_firewall_as_confirmed == 1) > 2", "count(up == 0)"])
        {
            if (await FindsSeriesAsync(query, cancellationToken) == query.EndsWith("== 0)", StringComparison.Ordinal))
            {
                return $"Prometheus says otherwise to {query}";
            }
        }

        return "";
    }

    /// <summary>Whether Prometheus, which listens on its host's loopback address alone, finds anything for an expression.</summary>
    private async Task<bool> FindsSeriesAsync(string query, CancellationToken cancellationToken)
    {
        using NetworkNamespace edge = Namespace("edge-1");
        using HttpClient prometheus = new(new SocketsHttpHandler { ConnectCallback = (_, token) => edge.ConnectAsync(new IPEndPoint(IPAddress.Loopback, 9090), token) });
        string answer = await prometheus.GetStringAsync(new Uri($"http://127.0.0.1:9090/api/v1/query?query={Uri.EscapeDataString(query)}"), cancellationToken);
        return !answer.Contains("\"result\":[]", StringComparison.Ordinal);
    }

    private static async Task<string> RunAsync(string what, Func<Task<ToolResult>> run)
    {
        ToolResult result = await run();
        return result.ExitCode == 0 ? result.Output.TrimEnd('\n') : throw new InvalidOperationException($"{what} ended with exit code {result.ExitCode}: {result.Output}{result.Error}");
    }
}
