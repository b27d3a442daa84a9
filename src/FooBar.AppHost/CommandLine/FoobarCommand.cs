using System.CommandLine;
using FooBar.AppHost.Machine;
using FooBar.AppHost.Processes;
using FooBar.AppHost.State;
using Spectre.Console;

namespace FooBar.AppHost.CommandLine;

/// <summary>The <c>foobar</c> command: its subcommands, its exit codes (0 done, 1 failed, 2 wrong usage), its signals.</summary>
internal static class FoobarCommand
{
    public const int Failed = 1;
    public const int WrongUsage = 2;

    /// <summary>Where the stack's state lies; every subcommand takes it.</summary>
    public static readonly Option<string> State = new("--state")
    {
        Description = "Folder of everything the stack keeps (default: .foobar in the checkout)",
        HelpName = "FOLDER",
        DefaultValueFactory = _ => Checkout.DefaultState(),
        Recursive = true,
    };

    static FoobarCommand() => State.Validators.Add(result =>
    {
        if (result.Tokens is [{ Value: "" }])
        {
            result.AddError("--state needs a folder.");
        }
        else if (result.Tokens is [{ Value: ['-', ..] name }])
        {
            // An option that was swallowed as the folder would start a stack that nobody asked for.
            result.AddError($"--state needs a folder; '{name}' looks like an option. Write ./{name} if the folder is called that.");
        }
    });

    public static async Task<int> InvokeAsync(string[] arguments)
    {
        RootCommand root = new("www.foobar.com on this machine: gateway, web instances, MySQL group, metrics")
        {
            UpCommand.Create(),
            StatusCommand.Create(),
            DownCommand.Create(),
            LogsCommand.Create(),
            TestCommand.Create(),
        };
        root.Options.Add(State);
        foreach (Command later in LaterCommands.Create())
        {
            root.Subcommands.Add(later);
        }

        if (UnprivilegedUser.ForDatabase is not null)
        {
            Signals.SetCreationMask(0b000_010_010);
        }

        if (Console.IsOutputRedirected)
        {
            // A pipe is read by a program or a log: no colours, and no wrapping at a width that nobody has.
            AnsiConsole.Profile.Capabilities.Ansi = false;
            AnsiConsole.Profile.Width = 200;
        }

        ParseResult parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            // One line for one mistake; the whole help would bury it. "Required command" comes first even when a wrong one was given.
            string mistake = parsed.Errors.Select(error => error.Message).LastOrDefault(message => !message.StartsWith("Required command", StringComparison.Ordinal))
                ?? "Say what to do.";
            string command = parsed.CommandResult.Command == root ? string.Empty : parsed.CommandResult.Command.Name + " ";
            await Console.Error.WriteLineAsync($"foobar: {mistake} See ./foobar {command}--help.");
            return WrongUsage;
        }

        try
        {
            InvocationConfiguration configuration = new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            using StopSignals signals = new();
            return await parsed.InvokeAsync(configuration, signals.Token);
        }
        catch (FoobarException exception)
        {
            TerminalLine.TryWriteError($"foobar: {exception.Message}");
            return Failed;
        }
        catch (OperationCanceledException)
        {
            TerminalLine.TryWriteError("foobar: interrupted.");
            return Failed;
        }
        catch (IOException exception) when ((exception.HResult & 0xFFFF) == 28)
        {
            TerminalLine.TryWriteError($"foobar: the disk is full: {exception.Message}");
            return Failed;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Another user's state folder, a read-only disk: the message names the path.
            TerminalLine.TryWriteError($"foobar: {exception.Message}");
            return Failed;
        }
    }

    public static StateFolder StateOf(ParseResult parsed) => new(parsed.GetValue(State)!);
}
