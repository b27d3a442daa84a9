using System.Text.RegularExpressions;
using FooBar.AppHost.Machine;
using FooBar.AppHost.Processes;

namespace FooBar.Lab.Tests.Decisions;

/// <summary>
/// What the playbooks' own modules and filters decide, without a host. They are in Python, and so are their tests, which run on the Python that
/// Ansible was installed with: only that one has its libraries.
/// </summary>
public sealed partial class PlaybookDecisionTests
{
    [Fact]
    public async Task Decisions_OfThePlaybooks_PassTheirTests()
    {
        ToolResult result = await Tool.RunAsync(
            "/usr/bin/python3", ["-m", "unittest", "discover", "-s", "deploy/tests"], TestContext.Current.CancellationToken,
            workingDirectory: Checkout.Root, environment: new Dictionary<string, string> { ["PYTHONDONTWRITEBYTECODE"] = "1" });

        Assert.True(result.ExitCode == 0, result.Error);
        Assert.True(int.Parse(Ran().Match(result.Error).Groups["tests"].Value, System.Globalization.CultureInfo.InvariantCulture) >= 36, result.Error);
    }

    [GeneratedRegex("^Ran (?<tests>\\d+) tests", RegexOptions.Multiline)]
    private static partial Regex Ran();
}
