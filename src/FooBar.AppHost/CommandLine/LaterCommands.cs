using System.CommandLine;

namespace FooBar.AppHost.CommandLine;

/// <summary>The commands whose parts are not built yet: each says so and exits with 2, as for any call that cannot be served.</summary>
internal static class LaterCommands
{
    private static readonly (string Name, string Description)[] All =
    [
        ("site", "Operate the site"),
        ("report", "Write the HTML report"),
    ];

    public static IEnumerable<Command> Create() => All.Select(later => Create(later.Name, later.Description));

    /// <param name="path">The command's name, behind those of the commands above it.</param>
    /// <param name="description">What it will do.</param>
    public static Command Create(string path, string description)
    {
        Command command = new(path.Split(' ')[^1], description + " (comes later)") { TreatUnmatchedTokensAsErrors = false };
        command.SetAction(_ =>
        {
            Console.Error.WriteLine($"foobar: '{path}' comes later; it is not built yet. See ./foobar --help for what is.");
            return FoobarCommand.WrongUsage;
        });
        return command;
    }
}
