using FooBar.Testing;

namespace FooBar.Deploy.Tests.Alerts;

public class AlertLintTests
{
    private const string Page = "# DiskFull\n\nText.\n\n## Visitors\nText.\n\n## Look\n\n## Do\n\n## False when\nNever.\n";

    private static readonly Dictionary<string, string> Annotations = new()
    {
        ["summary"] = "s",
        ["description"] = "d",
        ["action"] = "a",
        ["runbook"] = "docs/runbooks/DiskFull.md",
    };

    private static readonly AlertRule Rule = new("DiskFull", "critical", Annotations);

    private static readonly AlertCase Fires = new("DiskFull", ["warning", "critical"]);

    private static readonly AlertCase Silent = new("DiskFull", ["warning"]);

    [Fact]
    public void Repository_HasForEachAlertItsTestsAndItsRunbook()
    {
        AlertRule[] rules = [.. RuleFiles.Rules.SelectMany(file => AlertRule.Parse(File.ReadAllText(file)))];
        AlertCase[] cases = [.. RuleFiles.Tests.SelectMany(file => AlertCase.Parse(File.ReadAllText(file)))];
        Dictionary<string, string> pages = Directory.GetFiles(Path.Combine(RepositoryRoot.Path, "docs", "runbooks"), "*.md")
            .ToDictionary(file => Path.GetFileNameWithoutExtension(file), File.ReadAllText);

        Assert.NotEmpty(rules);
        Assert.Empty(AlertLint.Findings(rules, cases, pages));
    }

    [Fact]
    public void Alert_WithEverything_IsFine() => Assert.Empty(AlertLint.Findings([Rule], [Fires, Silent], Pages(Page)));

    [Fact]
    public void Alert_WithoutATestThatFires_IsFound() =>
        Assert.Equal(["DiskFull (critical) has no test in which it fires"], AlertLint.Findings([Rule], [Silent], Pages(Page)));

    [Fact]
    public void Alert_WithoutATestThatKeepsItSilent_IsFound() =>
        Assert.Equal(["DiskFull (critical) has no test in which it is silent"], AlertLint.Findings([Rule], [Fires], Pages(Page)));

    [Fact]
    public void Alert_WithoutARunbook_IsFound() => Assert.Equal(
        ["DiskFull (critical) has no docs/runbooks/DiskFull.md"], AlertLint.Findings([Rule], [Fires, Silent], new Dictionary<string, string>()));

    [Fact]
    public void Alert_ThatNamesAnotherRunbook_IsFound() => Assert.Equal(
        ["DiskFull (critical) names the runbook DiskFull instead of docs/runbooks/DiskFull.md"],
        AlertLint.Findings([Rule with { Annotations = new Dictionary<string, string>(Annotations) { ["runbook"] = "DiskFull" } }], [Fires, Silent], Pages(Page)));

    [Theory]
    [InlineData("summary")]
    [InlineData("description")]
    [InlineData("action")]
    [InlineData("runbook")]
    public void Alert_WithoutAnAnnotation_IsFound(string annotation) => Assert.Equal(
        [$"DiskFull (critical) has no annotation {annotation}"],
        AlertLint.Findings(
            [Rule with { Annotations = Annotations.Where(one => one.Key != annotation).ToDictionary() }], [Fires, Silent], Pages(Page)));

    [Fact]
    public void Alert_OfAnotherSeverity_IsFound() => Assert.Equal(
        ["DiskFull (page) must have the severity warning or critical"],
        AlertLint.Findings([Rule with { Severity = "page" }], [new("DiskFull", ["page"]), Silent], Pages(Page)));

    [Fact]
    public void Runbook_OfNoAlert_IsFound() => Assert.Equal(
        ["docs/runbooks/DiskFull.md belongs to no alert"], AlertLint.Findings([], [], Pages(Page)));

    [Fact]
    public void Runbook_WithAnotherTitle_IsFound() => Assert.Equal(
        ["docs/runbooks/DiskFull.md must begin with # DiskFull"],
        AlertLint.Findings([Rule], [Fires, Silent], Pages(Page.Replace("# DiskFull", "# Disk full", StringComparison.Ordinal))));

    [Fact]
    public void Runbook_WithoutAPart_IsFound() => Assert.Equal(
        ["docs/runbooks/DiskFull.md must have the parts ## Visitors, ## Look, ## Do, ## False when"],
        AlertLint.Findings([Rule], [Fires, Silent], Pages(Page.Replace("## Do\n", "", StringComparison.Ordinal))));

    private static Dictionary<string, string> Pages(string text) => new() { ["DiskFull"] = text };
}
