using System.Globalization;
using System.Text;
using System.Text.Json;
using FooBar.AppHost.Machine;
using FooBar.AppHost.Processes;

namespace FooBar.AppHost.Lab;

/// <summary>What is known of a host from outside it.</summary>
internal enum HostState
{
    /// <summary>The power is off.</summary>
    Off,

    /// <summary>It runs, and its link is cut.</summary>
    Cut,

    /// <summary>It runs and is on the network.</summary>
    Up,
}

/// <summary>
/// A lab that is up: runs commands on its machines and does to its hosts what happens to hosts. Thread-safe; what is done to one host at the
/// same time is the caller's to order.
/// </summary>
internal sealed class RunningLab
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan BootDeadline = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan EndDeadline = TimeSpan.FromSeconds(30);

    private readonly LabRecord _record;

    public RunningLab(LabFolder folder, LabRecord record)
    {
        Folder = folder;
        _record = record;
    }

    public LabFolder Folder { get; }

    /// <summary>The name of its cgroup.</summary>
    public string Group => _record.Group;

    /// <summary>The process whose end is the lab's.</summary>
    public ProcessIdentity Init => _record.Init!;

    /// <summary>The process that cleans up after the lab.</summary>
    public ProcessIdentity Guard => _record.Guard!;

    /// <summary>The lab of a folder; null when none is up.</summary>
    public static RunningLab? Find(LabFolder folder) => LabRecord.Read(folder) is { Init.IsAlive: true, Guard: not null } record ? new RunningLab(folder, record) : null;

    /// <summary>The lab of a folder.</summary>
    /// <exception cref="FoobarException">None is up.</exception>
    public static RunningLab Require(LabFolder folder) => Find(folder) ?? throw new FoobarException($"no lab is up in {folder.Path}. Start it with ./foobar lab up.");

    /// <summary>The command line that runs a command as root on a machine: on a host as at its console, elsewhere in its network namespace.</summary>
    /// <exception cref="FoobarException">The host's power is off.</exception>
    public string[] CommandLine(LabMachine machine, params IEnumerable<string> command) =>
        machine.IsHost ? LabEntrance.OnHost(RequireLeader(machine).Id, command) : LabEntrance.OnNamespace(Init.Id, machine, command);

    /// <summary>Runs a command as root on a machine, by <see cref="CommandLine"/>, to its end.</summary>
    /// <exception cref="TimeoutException">It took longer than it may; it was killed.</exception>
    public Task<ToolResult> RunAsync(LabMachine machine, IEnumerable<string> command, TimeSpan deadline, CancellationToken cancellationToken, string? input = null) =>
        RunAsync($"{string.Join(' ', command)} on {machine.Name}", CommandLine(machine, command), deadline, input, cancellationToken);

    /// <summary>Runs a command on a host as the operator does, over SSH from the admin's machine as the user who may use sudo. The words go through the host's shell.</summary>
    /// <exception cref="TimeoutException">It took longer than it may; it was killed.</exception>
    public Task<ToolResult> SshAsync(LabMachine host, string command, TimeSpan deadline, CancellationToken cancellationToken) =>
        RunAsync(LabMachines.Admin, ["ssh", "-n", "-o", "BatchMode=yes", host.Name, command], deadline, cancellationToken);

    /// <summary>A file of a host, as a path of this machine, whether the host runs or not. Not for /run, /tmp and /dev, which live with its system.</summary>
    public string PathOf(LabMachine host, string path) => LabEntrance.Seen(Init.Id, LabEntrance.Root(host) + path);

    /// <summary>What explains a failure: the failed units of each host that runs, with the end of their journals.</summary>
    public async Task<string> ExplainAsync(CancellationToken cancellationToken)
    {
        // The journal of each unit alone: what others wrote in the same minutes would push it out.
        const string Script = """
            systemctl list-units --state=failed,activating,auto-restart --plain --no-legend | while read -r unit rest; do
                echo "$unit $rest"
                journalctl --unit="$unit" --lines=15 --no-pager --output=cat | sed 's/^/    /'
            done
            """;
        StringBuilder text = new();
        foreach (LabMachine host in LabMachines.Hosts.Where(host => Processes(host).Leader() is not null))
        {
            try
            {
                ToolResult units = await RunAsync(host, ["sh", "-c", Script], EndDeadline, cancellationToken);
                text.Append(CultureInfo.InvariantCulture, $"{host.Name}: {(units.Output.Length == 0 ? "no unit has failed" : units.Output.TrimEnd())}\n");
            }
            catch (Exception exception) when (exception is TimeoutException or FoobarException)
            {
                text.Append(CultureInfo.InvariantCulture, $"{host.Name}: {exception.Message}\n");
            }
        }

        return text.ToString();
    }

    /// <summary>What can be told of a host from outside.</summary>
    public async Task<HostState> StateOfAsync(LabMachine host, CancellationToken cancellationToken)
    {
        if (Processes(host).Leader() is null)
        {
            return HostState.Off;
        }

        ToolResult links = await InsideAsync(["ip", "-json", "link", "show"], cancellationToken);
        using JsonDocument json = JsonDocument.Parse(links.Output);
        bool isUp = json.RootElement.EnumerateArray()
            .Where(link => link.TryGetProperty("ifname", out JsonElement name) && name.GetString() == host.Port)
            .Any(link => link.GetProperty("flags").EnumerateArray().Any(flag => flag.GetString() == "UP"));
        return isUp ? HostState.Up : HostState.Cut;
    }

    /// <summary>Pulls the plug of a host's link: nothing reaches it, it reaches nothing, and nobody is told.</summary>
    public Task CutAsync(LabMachine host, CancellationToken cancellationToken) => SetLinkAsync(host, "down", cancellationToken);

    /// <summary>Plugs the link in again.</summary>
    public Task RestoreAsync(LabMachine host, CancellationToken cancellationToken) => SetLinkAsync(host, "up", cancellationToken);

    /// <summary>Ends a host as a power cut does: the link first, so that the dying processes tell nobody, then everything at once. The disk stays.</summary>
    public async Task KillAsync(LabMachine host, CancellationToken cancellationToken)
    {
        ProcessIdentity leader = RequireLeader(host);
        await CutAsync(host, cancellationToken);
        Signals.Send(leader.Id, Signals.Kill);

        // The last thing that ends is its network: a host that is powered on before would lose the new one.
        string network = LabEntrance.Seen(Init.Id, $"/run/netns/{host.Name}");
        await UntilAsync(() => Task.FromResult(!Processes(host).Any() && !File.Exists(network)), EndDeadline, $"{host.Name} still has processes", cancellationToken);
    }

    /// <summary>Powers a host on with the disk that it has, and returns when it has booted and takes SSH connections.</summary>
    public async Task StartAsync(LabMachine host, CancellationToken cancellationToken)
    {
        if (Processes(host).Any())
        {
            throw new FoobarException($"{host.Name} is running already.");
        }

        await SwitchOnAsync(host, cancellationToken);
        await BootedAsync(host, cancellationToken);
    }

    /// <summary>Reboots a host in order, and returns when it has booted again and takes SSH connections.</summary>
    public async Task RebootAsync(LabMachine host, CancellationToken cancellationToken)
    {
        ProcessIdentity leader = RequireLeader(host);
        await RunAsync(host, ["systemctl", "reboot"], EndDeadline, cancellationToken);
        await UntilAsync(() => Task.FromResult(!leader.IsAlive), BootDeadline, $"{host.Name} did not shut down", cancellationToken);
        await BootedAsync(host, cancellationToken);
    }

    /// <summary>Switches a host on without waiting for anything.</summary>
    public Task SwitchOnAsync(LabMachine host, CancellationToken cancellationToken) =>
        StartInsideAsync(host.Name, ["bash", Folder.Scripts.Host, host.Name, Number(host), Group], cancellationToken);

    /// <summary>Returns when a host has booted and takes SSH connections.</summary>
    public async Task BootedAsync(LabMachine host, CancellationToken cancellationToken)
    {
        string last = "it does not run";
        try
        {
            await UntilAsync(
                async () =>
                {
                    if (Processes(host).Leader() is null)
                    {
                        return false;
                    }

                    ToolResult system = await RunAsync(host, ["systemctl", "is-system-running"], EndDeadline, cancellationToken);
                    last = system.Reason;
                    return system.Output.Trim() is "running" or "degraded" && await TakesSshAsync(host, cancellationToken);
                },
                BootDeadline,
                string.Empty,
                cancellationToken);
        }
        catch (TimeoutException timeout)
        {
            throw new FoobarException($"{host.Name} did not boot within {BootDeadline.TotalMinutes:0} min: {last}. Its console said: {LastLineOf(Folder.Log(host.Name))}", timeout);
        }
    }

    /// <summary>Starts a program in the lab's own namespaces that runs until it ends by itself or the lab does; its output goes to a log.</summary>
    public async Task StartInsideAsync(string log, IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        ToolResult result = await InsideAsync(["bash", "-c", "setsid \"$@\" >>\"$0\" 2>&1 </dev/null &", Folder.Log(log), .. command], cancellationToken);
        if (result.ExitCode != 0)
        {
            throw new FoobarException($"{log} could not be started in the lab: {result.Reason}");
        }
    }

    /// <summary>Runs a command in the lab's own namespaces to its end.</summary>
    public Task<ToolResult> InsideAsync(IEnumerable<string> command, CancellationToken cancellationToken)
    {
        string[] line = LabEntrance.Inside(Init.Id, command);
        return Tool.RunAsync(line[0], line[1..], cancellationToken, workingDirectory: Checkout.Root);
    }

    /// <summary>Ends the lab: hosts, network and mounts at once, by their first process; then waits until what they left is removed.</summary>
    public async Task StopAsync()
    {
        Signals.Send(Init.Id, Signals.Kill);
        try
        {
            await UntilAsync(() => Task.FromResult(!Init.IsAlive && !Guard.IsAlive), EndDeadline, "the lab's guard still runs", CancellationToken.None);
        }
        finally
        {
            await LabRemains.RemoveAsync(Folder);
        }
    }

    private static string Number(LabMachine machine) => machine.Port["port".Length..];

    private HostProcesses Processes(LabMachine host) => new(Group, host);

    private ProcessIdentity RequireLeader(LabMachine host) =>
        Processes(host).Leader() ?? throw new FoobarException($"{host.Name} is off. Power it on with ./foobar lab start {host.Name}.");

    private async Task<bool> TakesSshAsync(LabMachine host, CancellationToken cancellationToken) =>
        await StateOfAsync(host, cancellationToken) == HostState.Up && (await SshAsync(host, "true", EndDeadline, cancellationToken)).ExitCode == 0;

    private async Task SetLinkAsync(LabMachine host, string state, CancellationToken cancellationToken)
    {
        ToolResult result = await InsideAsync(["ip", "link", "set", host.Port, state], cancellationToken);
        if (result.ExitCode != 0)
        {
            throw new FoobarException($"the link of {host.Name} could not be set {state}: {result.Reason}");
        }
    }

    private static async Task<ToolResult> RunAsync(string what, string[] line, TimeSpan deadline, string? input, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(deadline);
        try
        {
            return await Tool.RunAsync(line[0], line[1..], limited.Token, input: input);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"{what} did not end within {deadline.TotalSeconds:0} s.");
        }
    }

    private static async Task UntilAsync(Func<Task<bool>> isSo, TimeSpan deadline, string otherwise, CancellationToken cancellationToken)
    {
        long began = TimeProvider.System.GetTimestamp();
        while (!await isSo())
        {
            if (TimeProvider.System.GetElapsedTime(began) > deadline)
            {
                throw new TimeoutException($"{otherwise} after {deadline.TotalSeconds:0} s.");
            }

            await Task.Delay(Pause, TimeProvider.System, cancellationToken);
        }
    }

    private static string LastLineOf(string file) => File.Exists(file) ? File.ReadLines(file).LastOrDefault(line => line.Length > 0) ?? "nothing" : "nothing";
}
