using System.CommandLine;
using System.CommandLine.Parsing;
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

    static FoobarCommand() => RequireFolder(State);

    /// <summary>Refuses values of an option that nobody means as a folder.</summary>
    public static void RequireFolder<T>(Option<T> option) => option.Validators.Add(result =>
    {
        if (result.Tokens is [{ Value: "" }])
        {
            result.AddError($"{option.Name} needs a folder.");
        }
        else if (result.Tokens is [{ Value: ['-', ..] name }])
        {
            // An option that was swallowed as the folder would start a stack that nobody asked for.
            result.AddError($"{option.Name} needs a folder; '{name}' looks like an option. Write ./{name} if the folder is called that.");
        }
        else if (result.Tokens is [{ Value: { } folder }] && Path.GetFullPath(folder).FirstOrDefault(character => character is '"' or '\\' || char.IsControl(character)) is var odd && odd != '\0')
        {
            // Neither my.cnf nor apt.conf has a way to write every one of these in a path.
            result.AddError($"{option.Name} needs a folder whose path has no {(odd switch { '"' => "double quote", '\\' => "backslash", _ => "control character" })}.");
        }
    });

    public static async Task<int> InvokeAsync(string[] arguments)
    {
        // Before all else: an interruption is an orderly end from the first moment on.
        using StopSignals signals = new();
        TerminalWriter.Install();
        RootCommand root = new("www.foobar.com on this machine: gateway, web instances, MySQL group, metrics")
        {
            UpCommand.Create(),
            StatusCommand.Create(),
            DownCommand.Create(),
            LogsCommand.Create(),
            FaultCommand.Create(),
            GatewayCommand.Create(),
            TestCommand.Create(),
            LoadCommand.Create(),
            BenchCommand.Create(),
            LabCommand.Create(),
            ArtifactsCommand.Create(),
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
            string mistake = parsed.Errors.Select(error => error.Message).FirstOrDefault(message => !message.StartsWith("Required command", StringComparison.Ordinal))
                ?? "Say what to do.";
            string command = string.Concat(PathOf(parsed.CommandResult).Select(name => name + " "));
            await Console.Error.WriteLineAsync($"foobar: {mistake} See ./foobar {command}--help.");
            return WrongUsage;
        }

        try
        {
            InvocationConfiguration configuration = new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            return await parsed.InvokeAsync(configuration, signals.Token);
        }
        catch (Exception exception) when (Explain(exception, StateOf(parsed)) is { } line)
        {
            TerminalLine.TryWriteError($"foobar: {line}");
            return Failed;
        }
    }

    /// <summary>The names of a command and those above it, but for the root's.</summary>
    private static IEnumerable<string> PathOf(CommandResult command) =>
        command.Parent is CommandResult parent ? PathOf(parent).Append(command.Command.Name) : [];

    /// <summary>The one line for a failure that is not a mistake of ours; null for one that is, which keeps its stack trace.</summary>
    public static string? Explain(Exception exception, StateFolder state) => exception switch
    {
        FoobarException => exception.Message,
        OperationCanceledException => "interrupted.",
        IOException write when DiskSpace.Caused(write) => DiskSpace.Error(state.Path, write).Message,

        // Another user's state folder, a read-only disk: the message names the path.
        UnauthorizedAccessException => $"{exception.Message} It is another user's, or closed to you: give it back with chown and chmod, or give another folder with --state.",
        IOException => exception.Message,
        _ => null,
    };

    public static StateFolder StateOf(ParseResult parsed) => new(parsed.GetValue(State)!);
}
