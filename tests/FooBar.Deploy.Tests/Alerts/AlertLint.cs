namespace FooBar.Deploy.Tests.Alerts;

/// <summary>What an alert must come with, so that whom it wakes knows what to do, and so that it is known to fire and to be silent.</summary>
internal static class AlertLint
{
    private static readonly string[] Annotations = ["summary", "description", "action", "runbook"];

    private static readonly string[] Severities = ["warning", "critical"];

    /// <summary>The parts of a runbook page, in their order.</summary>
    private static readonly string[] Headings = ["## Visitors", "## Look", "## Do", "## False when"];

    /// <summary>A line for each thing that is missing or left over.</summary>
    /// <param name="rules">Every alert.</param>
    /// <param name="cases">Every expectation of the unit tests.</param>
    /// <param name="pages">The runbook pages by their names without ending, and their texts.</param>
    public static IEnumerable<string> Findings(
        IReadOnlyCollection<AlertRule> rules, IReadOnlyCollection<AlertCase> cases, IReadOnlyDictionary<string, string> pages) =>
        [.. rules.SelectMany(rule => OfRule(rule, cases, pages)), .. pages.SelectMany(page => OfPage(page.Key, page.Value, rules))];

    private static IEnumerable<string> OfRule(AlertRule rule, IReadOnlyCollection<AlertCase> cases, IReadOnlyDictionary<string, string> pages)
    {
        string name = $"{rule.Name} ({rule.Severity})";
        if (!Severities.Contains(rule.Severity))
            yield return $"{name} must have the severity {string.Join(" or ", Severities)}";

        foreach (string annotation in Annotations.Where(annotation => !rule.Annotations.ContainsKey(annotation)))
            yield return $"{name} has no annotation {annotation}";

        string page = $"docs/runbooks/{rule.Name}.md";
        if (rule.Annotations.TryGetValue("runbook", out string? runbook) && runbook != page)
            yield return $"{name} names the runbook {runbook} instead of {page}";

        if (!pages.ContainsKey(rule.Name))
            yield return $"{name} has no {page}";

        if (!cases.Any(one => one.Alert == rule.Name && one.Severities.Contains(rule.Severity)))
            yield return $"{name} has no test in which it fires";

        if (!cases.Any(one => one.Alert == rule.Name && !one.Severities.Contains(rule.Severity)))
            yield return $"{name} has no test in which it is silent";
    }

    private static IEnumerable<string> OfPage(string name, string text, IReadOnlyCollection<AlertRule> rules)
    {
        if (rules.All(rule => rule.Name != name))
            yield return $"docs/runbooks/{name}.md belongs to no alert";

        string[] lines = text.Split('\n');
        if (lines[0] != $"# {name}")
            yield return $"docs/runbooks/{name}.md must begin with # {name}";

        if (!lines.Where(line => line.StartsWith("## ", StringComparison.Ordinal)).SequenceEqual(Headings))
            yield return $"docs/runbooks/{name}.md must have the parts {string.Join(", ", Headings)}";
    }
}
