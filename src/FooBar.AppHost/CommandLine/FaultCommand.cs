using System.CommandLine;
using FooBar.AppHost.Faults;

namespace FooBar.AppHost.CommandLine;

/// <summary><c>foobar fault</c>: breaks one process of the running stack, to see that the site goes on.</summary>
internal static class FaultCommand
{
    public static Command Create() => new("fault", "Kill, stop or restart one process, or switch the primary over")
    {
        OfProcess("kill", "End it at once, as a crash would (kill -9)", canHold: true, (faults, name, hold, token) => faults.KillAsync(name, hold, token)),
        OfProcess("stop", "Freeze it: it keeps its connections and answers nothing (SIGSTOP)", canHold: true, (faults, name, hold, token) => faults.StopAsync(name, hold, token)),
        OfProcess("cont", "Let a frozen one go on (SIGCONT)", canHold: false, (faults, name, _, token) => faults.ContinueAsync(name, token)),
        OfProcess("restart", "End it in order and wait until it works again; starts one that is held down", canHold: true, (faults, name, hold, token) => faults.RestartAsync(name, hold, token)),
        SwitchoverCommand(),
    };

    private static Command OfProcess(string verb, string description, bool canHold, Func<ProcessFaults, string, bool, CancellationToken, Task<string>> fault)
    {
        Argument<string> name = new("NAME") { Description = "gateway, web-1, db-2, prometheus, ...: see ./foobar status" };
        Option<bool> hold = new("--hold") { Description = "Leave it down when it has ended, until ./foobar fault restart NAME" };
        Command command = new(verb, description) { name };
        if (canHold)
        {
            command.Options.Add(hold);
        }

        command.SetAction(async (parsed, cancellationToken) =>
        {
            using HttpClient http = new() { Timeout = TimeSpan.FromSeconds(3) };
            ProcessFaults faults = new(new RunningStack(FoobarCommand.StateOf(parsed)), http, Console.WriteLine);
            Console.WriteLine(await fault(faults, parsed.GetValue(name)!, canHold && parsed.GetValue(hold), cancellationToken) + ".");
            return 0;
        });
        return command;
    }

    private static Command SwitchoverCommand()
    {
        Argument<string> name = new("NAME") { Description = "The database member that is to be the primary, such as db-2" };
        Command command = new("switchover", "Make a database member the primary, in order") { name };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            Console.WriteLine(await Switchover.RunAsync(new RunningStack(FoobarCommand.StateOf(parsed)), parsed.GetValue(name)!, cancellationToken) + ".");
            return 0;
        });
        return command;
    }
}
