namespace FooBar.Deploy.Tests.Alerts;

/// <summary>One alert of a rule file. Several share a name and differ in severity.</summary>
/// <param name="Name">The alert's name.</param>
/// <param name="Severity">Its label <c>severity</c>; empty when it has none.</param>
/// <param name="Annotations">Its annotations, templates and all.</param>
internal sealed record AlertRule(string Name, string Severity, IReadOnlyDictionary<string, string> Annotations)
{
    /// <summary>The alerts of a rule file; what is recorded is left out.</summary>
    public static IEnumerable<AlertRule> Parse(string yaml) =>
        from @group in Yaml.Mappings(Yaml.Load(yaml), "groups")
        from rule in Yaml.Mappings(@group, "rules")
        let name = Yaml.Text(rule, "alert")
        where name is not null
        select new AlertRule(name, Yaml.Texts(rule, "labels").GetValueOrDefault("severity", ""), Yaml.Texts(rule, "annotations"));
}

/// <summary>What a promtool unit test expects of one alert at one moment.</summary>
/// <param name="Alert">The alert's name.</param>
/// <param name="Severities">The severities that fire then; none when all of its rules are silent.</param>
internal sealed record AlertCase(string Alert, IReadOnlyList<string> Severities)
{
    /// <summary>The expectations of a file for <c>promtool test rules</c>.</summary>
    public static IEnumerable<AlertCase> Parse(string yaml) =>
        from test in Yaml.Mappings(Yaml.Load(yaml), "tests")
        from expected in Yaml.Mappings(test, "alert_rule_test")
        select new AlertCase(
            Yaml.Text(expected, "alertname") ?? "",
            [.. Yaml.Mappings(expected, "exp_alerts").Select(alert => Yaml.Texts(alert, "exp_labels").GetValueOrDefault("severity", ""))]);
}
