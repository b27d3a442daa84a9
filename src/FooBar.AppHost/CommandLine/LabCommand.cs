using System.CommandLine;
using FooBar.AppHost.Lab;
using FooBar.AppHost.Machine;
using FooBar.AppHost.Processes;
using FooBar.AppHost.Progress;
using FooBar.AppHost.State;
using FooBar.AppHost.Testing;

namespace FooBar.AppHost.CommandLine;

/// <summary><c>foobar lab</c>: three real systemd hosts on this machine.</summary>
internal static class LabCommand
{
    private static readonly string HostNames = string.Join(", ", LabMachines.Hosts.Select(host => host.Name));

    public static Command Create() => new("lab", "Three real systemd hosts on this machine, to deploy to and to break (needs root)")
    {
        Of("up", "Boot three bare Debian 12 hosts, and leave them running", async (folder, _, cancellationToken) =>
        {
            LabRequirements.Check();
            await using LabStart start = await StartAsync(folder, cancellationToken);
            start.Keep();
            Announce();
            return 0;
        }),
        DeployCommand(),
        ShellCommand(),
        Of("status", "Show what is up", StatusAsync),
        OfHost("cut", "Pull the plug of a host's link", (lab, host, token) => lab.CutAsync(host, token), "is cut off"),
        OfHost("restore", "Plug a host's link in again", (lab, host, token) => lab.RestoreAsync(host, token), "is on the network again"),
        OfHost("kill", "End a host as a power cut does; its disk stays", (lab, host, token) => lab.KillAsync(host, token), "is off"),
        OfHost("start", "Power a host on that is off, with its disk, and wait until it has booted", (lab, host, token) => lab.StartAsync(host, token), "has booted"),
        OfHost("reboot", "Reboot a host in order, and wait until it has booted", (lab, host, token) => lab.RebootAsync(host, token), "has booted"),
        DownCommand(),
        Of("test", "Run the tests of the deployment in a lab of their own", async (folder, _, cancellationToken) =>
        {
            LabRequirements.Check();
            folder.State.Create();
            using IDisposable? use = ToolsUse.Share(folder.State.Tools);
            return await TestRun.RunAsync([TestSuite.Lab], folder.State, thorough: false, cancellationToken);
        }),
        RequirementsCommand(),
    };

    private static Task<LabStart> StartAsync(LabFolder folder, CancellationToken cancellationToken) =>
        WithProgressAsync(progress => LabStart.RunAsync(folder, progress, cancellationToken));

    private static async Task<T> WithProgressAsync<T>(Func<IStartProgress, Task<T>> work)
    {
        T? result = default;
        await ProgressDisplay.RunAsync(async progress => result = await work(progress));
        return result!;
    }

    private static void Announce()
    {
        Console.WriteLine();
        Console.WriteLine("  Three bare hosts are up.");
        Console.WriteLine("    ./foobar lab deploy          the playbooks, as an operator runs them");
        Console.WriteLine("    ./foobar lab shell app-1     a root shell on a host");
        Console.WriteLine("    ./foobar lab shell visitor   a shell of somebody on the network: visitor, attacker, admin");
        Console.WriteLine("    ./foobar lab down            end it");
        Console.WriteLine();
    }

    private static Command Of(string name, string description, Func<LabFolder, ParseResult, CancellationToken, Task<int>> action)
    {
        Command command = new(name, description);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            LabRequirements.CheckRoot();
            StateFolder state = FoobarCommand.StateOf(parsed);
            try
            {
                return await action(new LabFolder(state), parsed, cancellationToken);
            }
            finally
            {
                await CheckoutOwner.GiveBackAsync(Checkout.Root, state.Path);
            }
        });
        return command;
    }

    private static Command OfHost(string name, string description, Func<RunningLab, LabMachine, CancellationToken, Task> change, string done)
    {
        Argument<string> host = new("HOST") { Description = $"One of {HostNames}" };
        Command command = Of(name, description, async (folder, parsed, cancellationToken) =>
        {
            LabMachine machine = LabMachines.FindHost(parsed.GetValue(host)!);
            await change(RunningLab.Require(folder), machine, cancellationToken);
            Console.WriteLine($"{machine.Name} {done}.");
            return 0;
        });
        command.Arguments.Add(host);
        return command;
    }

    private static Command DeployCommand()
    {
        Argument<string[]> arguments = new("ARGUMENTS") { Description = "For ansible-playbook, after --: -- --check --diff", Arity = ArgumentArity.ZeroOrMore };
        Command command = Of("deploy", "Build what is deployed, then run the playbooks from the admin's machine", async (folder, parsed, cancellationToken) =>
            await LabDeployment.RunAsync(RunningLab.Require(folder), parsed.GetValue(arguments) ?? [], cancellationToken));
        command.Arguments.Add(arguments);
        return command;
    }

    private static Command ShellCommand()
    {
        Argument<string> machine = new("MACHINE") { Description = $"One of {string.Join(", ", LabMachines.All.Select(machine => machine.Name))}" };
        Argument<string[]> words = new("COMMAND") { Description = "What to run instead of a shell; its exit code is passed on. Put -- before it when it has options", Arity = ArgumentArity.ZeroOrMore };
        Command command = Of("shell", "A root shell on a host, or in the place of a visitor, an attacker or the admin", async (folder, parsed, cancellationToken) =>
        {
            RunningLab lab = RunningLab.Require(folder);
            LabMachine where = LabMachines.Find(parsed.GetValue(machine)!);
            string[] given = parsed.GetValue(words) ?? [];
            string[] what = given.Length > 0 ? given : Console.IsInputRedirected ? ["bash", "--login"] : LabEntrance.Terminal;
            return await ForegroundTool.RunAsync(lab.CommandLine(where, what), cancellationToken);
        });
        command.Arguments.Add(machine);
        command.Arguments.Add(words);
        return command;
    }

    private static async Task<int> StatusAsync(LabFolder folder, ParseResult parsed, CancellationToken cancellationToken)
    {
        if (RunningLab.Find(folder) is not { } lab)
        {
            Console.WriteLine($"No lab is up in {folder.Path}.");
            return FoobarCommand.Failed;
        }

        foreach (LabMachine machine in LabMachines.All)
        {
            string state = machine.IsHost ? (await lab.StateOfAsync(machine, cancellationToken)).ToString().ToLowerInvariant() : "up";
            Console.WriteLine($"{machine.Name,-9} {state,-4} {machine.Address,-11} {machine.Address6}");
        }

        return 0;
    }

    private static Command DownCommand()
    {
        Option<bool> purge = new("--purge") { Description = "Remove the cache too: the next start takes minutes" };
        Command command = Of("down", "End the lab and remove what its hosts wrote; the cache stays", async (folder, parsed, cancellationToken) =>
        {
            bool wasUp = await LabEnd.RunAsync(folder, parsed.GetValue(purge), cancellationToken);
            Console.WriteLine(wasUp ? "The lab is down." : $"No lab was up in {folder.Path}.");
            return 0;
        });
        command.Options.Add(purge);
        return command;
    }

    private static Command RequirementsCommand()
    {
        Command command = new("requirements", "Print the Debian packages that the lab needs on this machine, on one line");
        command.SetAction(_ => Console.WriteLine(string.Join(' ', LabRequirements.Packages)));
        return command;
    }
}
