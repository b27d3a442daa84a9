using System.Globalization;
using System.Text.RegularExpressions;
using FooBar.Deploy.Tests.Alerts;
using FooBar.Testing;
using YamlDotNet.RepresentationModel;

namespace FooBar.Deploy.Tests.Monitoring;

public partial class CollectorTests
{
    private const string Rules = "/etc/foobar/prometheus/rules/";

    [Theory]
    [InlineData("three-hosts")]
    [InlineData("five-hosts")]
    [InlineData("eight-hosts")]
    public async Task Settings_OfEachExample_PassPromtoolAndAmtool(string inventory)
    {
        RenderedCollector collector = await RenderedCollector.OfAsync(inventory);
        using TemporaryFolder folder = new();

        AssertPassed(await Tools.PromtoolAsync(["check", "config", "--syntax-only", folder.Write("prometheus.yml", collector.Prometheus)]));
        AssertPassed(await Tools.PromtoolAsync(["check", "rules", folder.Write("expectations.yml", collector.Expectations)]));
        AssertPassed(await Tools.AmtoolAsync(["check-config", folder.Write("alertmanager.yml", collector.Alertmanager)]));
    }

    [Fact]
    public async Task Targets_OfThreeHosts_AreEachProcessOfEachHost()
    {
        RenderedCollector collector = await RenderedCollector.OfAsync("three-hosts");

        Assert.Equal(
            [
                "alertmanager edge-1 http 127.0.0.1:9093",
                "gateway edge-1 https 10.77.0.11:9600",
                "keeper app-1 https 10.77.0.12:9620",
                "keeper app-2 https 10.77.0.13:9620",
                "keeper edge-1 https 10.77.0.11:9620",
                "mysqld app-1 https 10.77.0.12:9104",
                "mysqld app-2 https 10.77.0.13:9104",
                "mysqld edge-1 https 10.77.0.11:9104",
                "node app-1 https 10.77.0.12:9100",
                "node app-2 https 10.77.0.13:9100",
                "node edge-1 https 10.77.0.11:9100",
                "prometheus edge-1 http 127.0.0.1:9090",
                "web app-1 https 10.77.0.12:9610",
                "web app-2 https 10.77.0.13:9610",
            ],
            Targets(collector).Select(target => $"{target.Job} {target.Instance} {target.Scheme} {target.Address}").Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("three-hosts")]
    [InlineData("five-hosts")]
    [InlineData("eight-hosts")]
    public async Task Expectations_OfEachExample_AreTheTargets(string inventory)
    {
        RenderedCollector collector = await RenderedCollector.OfAsync(inventory);

        IEnumerable<string> expected = Recorded(collector).Where(rule => Yaml.Text(rule, "record") == "foobar:expected_target")
            .Select(rule => Yaml.Texts(rule, "labels")).Select(labels => $"{labels["job"]} {labels["instance"]}");
        Assert.Equal(Targets(collector).Select(target => $"{target.Job} {target.Instance}").Order(), expected.Order());
    }

    [Fact]
    public async Task Threshold_OfRequests_IsThatOfTheInventory()
    {
        RenderedCollector collector = await RenderedCollector.OfAsync("three-hosts", new() { ["alert_qps"] = "123" });

        Assert.Equal(
            ["vector(123)"],
            Recorded(collector).Where(rule => Yaml.Text(rule, "record") == "foobar:threshold:qps").Select(rule => Yaml.Text(rule, "expr")));
    }

    /// <summary>A rule file that is put there and not read, or read and not put there, would be found in the alert that never came.</summary>
    [Fact]
    public async Task RuleFiles_AreEachPutInPlaceAndRead()
    {
        RenderedCollector collector = await RenderedCollector.OfAsync("three-hosts");
        string tasks = await File.ReadAllTextAsync(
            Path.Combine(RepositoryRoot.Path, "deploy/roles/collector/tasks/main.yml"), TestContext.Current.CancellationToken);

        string[] files = [.. RuleFiles.Rules.Select(Path.GetFileName).Append("expectations.yml").Select(file => Rules + file).Order(StringComparer.Ordinal)];
        Assert.Equal(files, Yaml.List(Yaml.Load(collector.Prometheus), "rule_files").Order(StringComparer.Ordinal));
        Assert.Equal(files, PlacedRules().Matches(tasks).Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Receiver_WithoutWebhookAndMail_TellsNobody()
    {
        YamlMappingNode receiver = await ReceiverAsync(new() { ["alert_smtp"] = "" });
        Assert.Equal(["name"], receiver.Children.Keys.Select(key => ((YamlScalarNode)key).Value));
    }

    [Fact]
    public async Task Receiver_WithAWebhook_PostsToIt()
    {
        YamlMappingNode receiver = await ReceiverAsync(new() { ["alert_webhook_url"] = "https://hooks.example.org/a?token=b#c", ["alert_smtp"] = "" });
        Assert.Equal(["https://hooks.example.org/a?token=b#c"], Yaml.Mappings(receiver, "webhook_configs").Select(hook => Yaml.Text(hook, "url")));
        Assert.Empty(Yaml.Mappings(receiver, "email_configs"));
    }

    [Fact]
    public async Task Receiver_WithAMailServer_WritesToTheContacts()
    {
        YamlMappingNode receiver = await ReceiverAsync(new() { ["alert_smtp"] = "mail.example.org:587" });
        Assert.Equal(["operations@foobar.com"], Yaml.Mappings(receiver, "email_configs").Select(mail => Yaml.Text(mail, "to")));
        Assert.Empty(Yaml.Mappings(receiver, "webhook_configs"));
    }

    /// <summary>A route or an inhibition by the name of an alert that is no more would be silently without effect.</summary>
    [Fact]
    public async Task Alertmanager_NamesAlertsThatExist()
    {
        RenderedCollector collector = await RenderedCollector.OfAsync("three-hosts");
        string[] named = [.. NamedAlerts().Matches(collector.Alertmanager).SelectMany(match => match.Groups[1].Value.Split('|')).Distinct()];
        string[] known = [.. RuleFiles.Rules.SelectMany(file => AlertRule.Parse(File.ReadAllText(file))).Select(rule => rule.Name)];

        Assert.NotEmpty(named);
        Assert.Empty(named.Except(known));
    }

    [GeneratedRegex("path: (/etc/foobar/prometheus/rules/.*)")]
    private static partial Regex PlacedRules();

    /// <summary>
    /// Every stage may just have missed what happens: a scrape, the rules' turn, their patience, and the turn of a group that was told a
    /// moment ago. All of them together, and the gateway's two failed checks, must fit.
    /// </summary>
    [Theory]
    [InlineData("BackendDown", "alertname = BackendDown")]
    [InlineData("OneBackend", "severity = critical")]
    [InlineData("NoBackend", "severity = critical")]
    public async Task LostBackend_WhenEveryStageJustMissedIt_IsToldWithinAMinute(string alert, string matcher)
    {
        RenderedCollector collector = await RenderedCollector.OfAsync("three-hosts");
        YamlMappingNode prometheus = Yaml.Load(collector.Prometheus);
        YamlMappingNode rules = Yaml.Mappings(Yaml.Load(await File.ReadAllTextAsync(RuleFiles.Rules.Single(file => Path.GetFileName(file) == "backends.yml"), TestContext.Current.CancellationToken)), "groups").Single();
        YamlMappingNode rule = Yaml.Mappings(rules, "rules").First(rule => Yaml.Text(rule, "alert") == alert);
        YamlMappingNode routes = (YamlMappingNode)Yaml.Load(collector.Alertmanager)["route"];
        YamlMappingNode route = Yaml.Mappings(routes, "routes").First(route => Yaml.List(route, "matchers").SequenceEqual([matcher]));

        // The route is the one that the alert takes.
        Assert.Equal(matcher, matcher.StartsWith("severity", StringComparison.Ordinal) ? $"severity = {Yaml.Texts(rule, "labels")["severity"]}" : $"alertname = {alert}");
        TimeSpan turn = Duration(Yaml.Text(rules, "interval"));
        TimeSpan patience = Duration(Yaml.Text(rule, "for"));
        TimeSpan told = TimeSpan.FromSeconds(2) + Duration(Yaml.Texts(prometheus, "global")["scrape_interval"]) + turn + (turn * Math.Ceiling(patience / turn))
            + Max(Duration(Yaml.Text(route, "group_wait") ?? Yaml.Text(routes, "group_wait")), Duration(Yaml.Text(route, "group_interval") ?? Yaml.Text(routes, "group_interval")));

        Assert.InRange(told, TimeSpan.Zero, TimeSpan.FromSeconds(55));
    }

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;

    /// <summary>Seconds or minutes, as Prometheus writes them.</summary>
    private static TimeSpan Duration(string? text) => text switch
    {
        [.. string number, 's'] => TimeSpan.FromSeconds(int.Parse(number, CultureInfo.InvariantCulture)),
        [.. string number, 'm'] => TimeSpan.FromMinutes(int.Parse(number, CultureInfo.InvariantCulture)),
        _ => throw new FormatException($"'{text}' is not written in seconds or minutes"),
    };

    [GeneratedRegex("\"alertname =~? ([^\"]*)\"")]
    private static partial Regex NamedAlerts();

    private static void AssertPassed((int ExitCode, string Output) check) => Assert.True(check.ExitCode == 0, check.Output);

    private static IEnumerable<YamlMappingNode> Recorded(RenderedCollector collector) =>
        Yaml.Mappings(Yaml.Load(collector.Expectations), "groups").SelectMany(one => Yaml.Mappings(one, "rules"));

    private static IEnumerable<(string Job, string Instance, string Scheme, string Address)> Targets(RenderedCollector collector) =>
        from job in Yaml.Mappings(Yaml.Load(collector.Prometheus), "scrape_configs")
        from target in Yaml.Mappings(job, "static_configs")
        select (Yaml.Text(job, "job_name")!, Yaml.Texts(target, "labels")["instance"], Yaml.Text(job, "scheme") ?? "http", Yaml.List(target, "targets").Single());

    private static async Task<YamlMappingNode> ReceiverAsync(Dictionary<string, string> settings)
    {
        RenderedCollector collector = await RenderedCollector.OfAsync("three-hosts", settings);
        using TemporaryFolder folder = new();
        AssertPassed(await Tools.AmtoolAsync(["check-config", folder.Write("alertmanager.yml", collector.Alertmanager)]));
        return Yaml.Mappings(Yaml.Load(collector.Alertmanager), "receivers").Single();
    }
}
