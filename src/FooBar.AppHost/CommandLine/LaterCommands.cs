using System.CommandLine;

namespace FooBar.AppHost.CommandLine;

/// <summary>The commands whose parts are not built yet: each says so and exits with 2, as for any call that cannot be served.</summary>
internal static class LaterCommands
{
    private static readonly (string Name, string Description)[] All =
    [
        ("gateway", "Operate the gateway: drain, ready, reload"),
        ("site", "Operate the site"),
        ("report", "Write the HTML report"),
        ("bench", "Side-by-side benchmarks"),
    ];

    public static IEnumerable<Command> Create() => All.Select(later =>
    {
        Command command = new(later.Name, later.Description + " (comes later)") { TreatUnmatchedTokensAsErrors = false };
        command.SetAction(_ =>
        {
            Console.Error.WriteLine($"foobar: '{later.Name}' comes later; it is not built yet. See ./foobar --help for what is.");
            return FoobarCommand.WrongUsage;
        });
        return command;
    });
}
