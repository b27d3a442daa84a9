using System.CommandLine;
using FooBar.AppHost.Stack;
using FooBar.AppHost.State;
using Spectre.Console;

namespace FooBar.AppHost.CommandLine;

/// <summary><c>foobar status</c>.</summary>
internal static class StatusCommand
{
    public static Command Create()
    {
        Option<bool> json = new("--json") { Description = "Print it as JSON, for scripts" };
        Command command = new("status", "Every process: name, role, state, addresses, pid") { json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            StateFolder state = FoobarCommand.StateOf(parsed);
            StackRecord? record = StackRecord.ReadLiving(state);
            using HttpClient http = new() { Timeout = TimeSpan.FromSeconds(3) };
            StackStatus status = record is null ? StackStatus.Nothing : await StackStatus.InspectAsync(record, state, http, cancellationToken);
            if (parsed.GetValue(json))
            {
                Console.WriteLine(status.ToJson());
            }
            else if (record is not null)
            {
                if (Console.IsOutputRedirected)
                {
                    // Without a terminal Spectre.Console assumes 80 columns and breaks addresses in two, where grep finds neither half.
                    AnsiConsole.Profile.Width = 250;
                }

                AnsiConsole.Write(StatusTable.Of(status, record));
                Console.WriteLine($"{record.Url} ({record.Phase})");
            }

            if (record is null)
            {
                await Console.Error.WriteLineAsync($"foobar: nothing is up in {state.Path}. Start it with ./foobar up.");
                return FoobarCommand.Failed;
            }

            return 0;
        });
        return command;
    }
}
