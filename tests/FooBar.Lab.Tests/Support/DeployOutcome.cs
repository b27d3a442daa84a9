using System.Globalization;
using System.Text.RegularExpressions;

namespace FooBar.Lab.Tests.Support;

/// <summary>What a run of the playbooks ended with.</summary>
/// <param name="ExitCode">ansible-playbook's.</param>
/// <param name="Output">Everything that it printed.</param>
internal sealed partial record DeployOutcome(int ExitCode, string Output)
{
    /// <summary>The lines that a preflight refuses a deployment with, each <c>HOST: problem. way out.</c></summary>
    public IReadOnlyList<string> Problems { get; } = [.. Problem().Matches(Output).Select(match => match.Groups["text"].Value).Distinct()];

    /// <summary>Its closing table.</summary>
    public string Recap => Output.LastIndexOf("PLAY RECAP", StringComparison.Ordinal) is >= 0 and var at ? Output[at..].Trim() : "no recap";

    /// <summary>How many tasks changed something on a host; 0 for one that the run did not come to. A run without a recap says nothing.</summary>
    public int Changed(string host) => !Output.Contains("PLAY RECAP", StringComparison.Ordinal) ? throw new InvalidOperationException($"no recap in:\n{Output}") :
        Row().Matches(Recap).FirstOrDefault(row => row.Groups["host"].Value == host) is { } found ? int.Parse(found.Groups["changed"].Value, CultureInfo.InvariantCulture) : 0;

    /// <summary>The hosts on which a task failed.</summary>
    public IReadOnlyList<string> Failed { get; } = [.. Failure().Matches(Output).Select(match => match.Groups["host"].Value).Distinct()];

    /// <summary>The hosts that a task changed or would change, by its name with its role's.</summary>
    public IReadOnlyList<string> ChangedBy(string task) =>
        [.. Output.Split("\nTASK [").Where(part => part.StartsWith(task + "]", StringComparison.Ordinal)).SelectMany(part => Change().Matches(part)).Select(match => match.Groups["host"].Value).Distinct()];

    [GeneratedRegex("^fatal: \\[(?<host>[a-z0-9-]+)\\]", RegexOptions.Multiline)]
    private static partial Regex Failure();

    [GeneratedRegex("^changed: \\[(?<host>[a-z0-9-]+)\\]", RegexOptions.Multiline)]
    private static partial Regex Change();

    [GeneratedRegex("PREFLIGHT: (?<text>[^\n]*?)\\s*$", RegexOptions.Multiline)]
    private static partial Regex Problem();

    [GeneratedRegex("^(?<host>[a-z0-9-]+)\\s+: ok=\\d+\\s+changed=(?<changed>\\d+)", RegexOptions.Multiline)]
    private static partial Regex Row();
}
