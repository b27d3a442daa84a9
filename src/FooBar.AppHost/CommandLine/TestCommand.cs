using System.CommandLine;
using FooBar.AppHost.Lab;
using FooBar.AppHost.State;
using FooBar.AppHost.Testing;

namespace FooBar.AppHost.CommandLine;

/// <summary><c>foobar test</c>.</summary>
internal static class TestCommand
{
    public static Command Create()
    {
        Argument<string?> suite = new("SUITE") { Description = $"One of {string.Join(", ", TestSuite.All.Select(suite => suite.Name).Distinct())}. All but lab, which needs root, when left out", Arity = ArgumentArity.ZeroOrOne };
        Option<bool> thorough = new("--thorough") { Description = "Every count that is promised, instead of what fits the time of a change" };
        Command command = new("test", "Build and run the tests; provisions what they need") { suite, thorough };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string? wanted = parsed.GetValue(suite);
            TestSuite[] suites = wanted is null ? [.. TestSuite.Standard] : [.. TestSuite.All.Where(known => known.Name == wanted)];
            if (suites.Length == 0)
            {
                await Console.Error.WriteLineAsync($"foobar: there is no suite '{wanted}'. Choose one of {string.Join(", ", TestSuite.All.Select(suite => suite.Name).Distinct())}.");
                return FoobarCommand.WrongUsage;
            }

            if (suites.Contains(TestSuite.Lab))
            {
                LabRequirements.Check();
            }

            StateFolder state = FoobarCommand.StateOf(parsed);
            state.Create();
            using IDisposable? use = ToolsUse.Share(state.Tools);
            return await TestRun.RunAsync(suites, state, parsed.GetValue(thorough), cancellationToken);
        });
        return command;
    }
}
