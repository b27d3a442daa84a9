using System.Globalization;
using System.Text.Json;
using FooBar.AppHost.Processes;
using FooBar.AppHost.Provisioning;
using FooBar.AppHost.State;

namespace FooBar.AppHost.Stack;

/// <summary>The local Prometheus: scrapes the admin address of every process.</summary>
internal sealed class PrometheusServer(StackOptions options, PrometheusInstallation installation, StateFolder state)
{
    public const string Name = "prometheus";

    public string Url { get; } = $"http://127.0.0.1:{options.Ports.Prometheus}";

    /// <summary>What it scrapes: each target's job, instance and address.</summary>
    public IReadOnlyList<(string Job, string Instance, int Port)> Targets { get; } =
    [
        ("gateway", "gateway", options.Ports.GatewayAdmin),
        .. Enumerable.Range(1, options.Web).Select(number => ("web", $"web-{number}", options.Ports.WebAdmin(number))),
    ];

    /// <summary>Writes the configuration and says how to start it.</summary>
    public ChildSpecification Prepare()
    {
        string configuration = Path.Combine(state.Prometheus, "prometheus.yml");
        IEnumerable<string> jobs = Targets
            .Append(("prometheus", "prometheus", options.Ports.Prometheus))
            .GroupBy(target => target.Item1)
            .Select(job => $"  - job_name: {job.Key}\n    static_configs:\n"
                + string.Join('\n', job.Select(target => $"      - targets: ['127.0.0.1:{target.Item3}']\n        labels: {{ instance: {target.Item2} }}")));
        PrivateFile.Write(configuration, $"""
            # Written by foobar at every start: changes made here are lost.
            global:
              # One machine, a handful of targets: a short interval shows a change at once. Production scrapes every 15 s.
              scrape_interval: 2s
              scrape_timeout: 2s
            scrape_configs:
            {string.Join('\n', jobs)}

            """);
        return new ChildSpecification(
            Name,
            installation.Server,
            [
                $"--config.file={configuration}",
                $"--storage.tsdb.path={Path.Combine(state.Prometheus, "data")}",
                "--storage.tsdb.retention.time=15d",
                "--storage.tsdb.retention.size=512MB",
                $"--web.listen-address=127.0.0.1:{options.Ports.Prometheus.ToString(CultureInfo.InvariantCulture)}",
            ],
            state.Prometheus,
            state.Log(Name))
        {
            ParentDeathSignal = "TERM",
        };
    }

    /// <summary>How many targets the last scrape found up, and how many there are; zero of zero while Prometheus does not answer.</summary>
    public async Task<(int Up, int All)> CountTargetsAsync(HttpClient http, CancellationToken cancellationToken)
    {
        try
        {
            using JsonDocument answer = JsonDocument.Parse(await http.GetStringAsync($"{Url}/api/v1/targets?state=active", cancellationToken));
            List<string?> health = [.. answer.RootElement.GetProperty("data").GetProperty("activeTargets").EnumerateArray().Select(target => target.GetProperty("health").GetString())];
            return (health.Count(state => state == "up"), health.Count);
        }
        catch (HttpRequestException)
        {
            return (0, 0);
        }
    }
}
