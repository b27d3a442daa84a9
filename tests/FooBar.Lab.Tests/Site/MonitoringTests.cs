using System.Globalization;
using System.Net;
using System.Text.Json;
using FooBar.Lab.Tests.Support;

namespace FooBar.Lab.Tests.Site;

/// <summary>What the collector on the first host sees, and whom it tells.</summary>
public sealed class MonitoringTests(Labs labs) : SiteTest(labs)
{
    private static readonly TimeSpan SeenWithin = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Targets_OfEveryHost_AreUp()
    {
        using Collector collector = new(Site);
        List<(string Job, string Instance, string Health, string Error)> targets = [];
        long startedAt = TimeProvider.System.GetTimestamp();
        using PeriodicTimer poll = new(TimeSpan.FromSeconds(1), TimeProvider.System);
        do
        {
            using JsonDocument answer = await collector.AskAsync("/api/v1/targets?state=active", Token);
            targets =
            [
                .. answer.RootElement.GetProperty("data").GetProperty("activeTargets").EnumerateArray().Select(target => (
                    target.GetProperty("labels").GetProperty("job").GetString()!, target.GetProperty("labels").GetProperty("instance").GetString()!,
                    target.GetProperty("health").GetString()!, target.GetProperty("lastError").GetString()!)),
            ];
        }
        while (targets.Any(target => target.Health != "up") && TimeProvider.System.GetElapsedTime(startedAt) < SeenWithin && await poll.WaitForNextTickAsync(Token));

        foreach ((string job, string instance, string health, string error) in targets.OrderBy(target => target))
        {
            Say($"{job,-14} {instance,-8} {health} {error}");
        }

        Assert.All(targets, target => Assert.Equal("up", target.Health));
        Assert.Equal(
            [
                "alertmanager edge-1", "gateway edge-1", "keeper app-1", "keeper app-2", "keeper edge-1", "mysqld app-1", "mysqld app-2", "mysqld edge-1",
                "node app-1", "node app-2", "node edge-1", "prometheus edge-1", "web app-1", "web app-2",
            ],
            targets.Select(target => $"{target.Job} {target.Instance}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Selectors_OfEveryRule_FindSeries()
    {
        await FailOnceAsync();
        using Collector collector = new(Site);
        using JsonDocument rules = await collector.AskAsync("/api/v1/rules", Token);
        List<(string Rule, string Selector)> selectors = [];
        foreach (JsonElement group in rules.RootElement.GetProperty("data").GetProperty("groups").EnumerateArray())
        {
            foreach (JsonElement rule in group.GetProperty("rules").EnumerateArray())
            {
                Assert.Equal("ok", rule.GetProperty("health").GetString());
                selectors.AddRange(PromqlSelectors.Of(rule.GetProperty("query").GetString()!).Select(selector => (rule.GetProperty("name").GetString()!, selector)));
            }
        }

        Say($"{selectors.Count} selectors in the rules");
        Assert.True(selectors.Count > 20, $"only {selectors.Count} selectors were found in the rules");

        // What happened just now is scraped and evaluated within half a minute.
        List<string> empty;
        long startedAt = TimeProvider.System.GetTimestamp();
        using PeriodicTimer poll = new(TimeSpan.FromSeconds(2), TimeProvider.System);
        do
        {
            empty = [];
            foreach ((string rule, string selector) in selectors)
            {
                if (await collector.CountAsync(selector, Token) == 0)
                {
                    empty.Add($"{rule}: {selector}");
                }
            }
        }
        while (empty.Count > 0 && TimeProvider.System.GetElapsedTime(startedAt) < SeenWithin && await poll.WaitForNextTickAsync(Token));

        Assert.Empty(empty);
    }

    [Fact]
    public async Task LostBackend_WithinAMinute_IsToldToTheWebhook()
    {
        using Collector collector = new(Site);
        await collector.UntilSilentAsync("OneBackend", Token);
        using NetworkNamespace admin = Site.Namespace("admin");
        using WebhookSink webhook = new(admin, LabSite.Webhook);

        // Twice: the second one is told to people who just read that the first one is over, and shares its group with it.
        foreach (string loss in (string[])["first", "next"])
        {
            long startedAt = TimeProvider.System.GetTimestamp();
            DateTimeOffset since = TimeProvider.System.GetUtcNow();
            try
            {
                await Site.OnAsync("app-2", "systemctl stop foobar-web", Token);
                await ToldAsync(webhook, firing: true, since, startedAt, collector);
                Say($"{loss} loss told after {TimeProvider.System.GetElapsedTime(startedAt).TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s");
            }
            finally
            {
                await Site.OnAsync("app-2", "systemctl start foobar-web", CancellationToken.None);
            }

            if (loss == "first")
            {
                await ToldAsync(webhook, firing: false, since, TimeProvider.System.GetTimestamp(), collector);
            }
        }

        await Site.WholeAsync(TimeSpan.FromMinutes(2), Token);
    }

    /// <summary>Waits until the webhook was told; a failure says what Prometheus and Alertmanager know instead.</summary>
    private static async Task ToldAsync(WebhookSink webhook, bool firing, DateTimeOffset since, long startedAt, Collector collector)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(Token);
        deadline.CancelAfter(SeenWithin - TimeProvider.System.GetElapsedTime(startedAt));
        try
        {
            await webhook.UntilAsync("OneBackend", firing, since, deadline.Token);
        }
        catch (OperationCanceledException) when (!Token.IsCancellationRequested)
        {
            using JsonDocument alerts = await collector.AskAsync("/api/v1/alerts", Token);
            Assert.Fail($"OneBackend was not told to {(firing ? "fire" : "be over")} within {SeenWithin.TotalSeconds:0} s, but {string.Join(", ", webhook.Told)}. Prometheus says {alerts.RootElement}");
        }
    }

    [Theory]
    [InlineData("app-1")]
    [InlineData("app-2")]
    public async Task Journals_OfTheOtherHosts_ArriveAtTheCollector(string host)
    {
        string sentence = $"said on {host} at {TimeProvider.System.GetUtcNow():O}";
        await Site.OnAsync(host, $"logger '{sentence}'", Token);

        long startedAt = TimeProvider.System.GetTimestamp();
        using PeriodicTimer poll = new(TimeSpan.FromSeconds(1), TimeProvider.System);
        while (!(await Site.OnAsync("edge-1", $"journalctl --quiet --directory /var/log/journal/remote _HOSTNAME={host} --since -5min --output cat", Token)).Contains(sentence, StringComparison.Ordinal))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(startedAt) < SeenWithin, $"what was {sentence} has not arrived");
            await poll.WaitForNextTickAsync(Token);
        }
    }

    [Fact]
    public async Task AdminPorts_WithoutTheCollectorsCertificate_RefuseEveryone()
    {
        // From the collector's own host, as the one user whom its firewall lets out to these ports: what is left is the certificate.
        foreach ((string host, int port) in ((string, int)[])[("edge-1", 9600), ("app-1", 9610), ("app-1", 9620), ("app-1", 9100), ("app-1", 9104)])
        {
            string script = $$"""
                import os, pwd, socket, ssl
                context = ssl.create_default_context(cafile="/etc/foobar/ca.crt")
                {{"LOAD"}}
                os.seteuid(pwd.getpwnam("foobar-prometheus").pw_uid)
                connection = context.wrap_socket(socket.create_connection(("{{LabSite.Address(host, ipv6: false)}}", {{port}}), 5), server_hostname="{{LabSite.Address(host, ipv6: false)}}")
                connection.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
                print(connection.recv(12)[9:12].decode() or "refused")
                """;
            Assert.Equal("200", await PythonAsync(script.Replace("LOAD", "context.load_cert_chain('/etc/foobar/certificates/collector.crt', '/etc/foobar/certificates/collector.key')", StringComparison.Ordinal), Token));

            Assert.Equal("refused", await PythonAsync(Refused(script.Replace("LOAD", "", StringComparison.Ordinal)), Token));

            // A certificate of the same authority: for a server; and for a client, but one that is no collector, which the exporters cannot tell.
            Assert.Equal("refused", await PythonAsync(Refused(script.Replace("LOAD", "context.load_cert_chain('/etc/foobar/certificates/node-exporter.crt', '/etc/foobar/certificates/node-exporter.key')", StringComparison.Ordinal)), Token));
            Assert.Equal(
                port is 9100 or 9104 ? "200" : "refused",
                await PythonAsync(Refused(script.Replace("LOAD", "context.load_cert_chain('/etc/foobar/certificates/mysql.crt', '/etc/foobar/certificates/mysql.key')", StringComparison.Ordinal)), Token));
        }
    }

    /// <summary>
    /// Errors have no series before the first one. For a moment neither instance reaches a database, and a visitor gets the site's own 503.
    /// </summary>
    private async Task FailOnceAsync()
    {
        using NetworkNamespace visitor = Site.Namespace("visitor");
        using HttpClient client = Site.Client(new SocketsHttpHandler(), visitor.ConnectAsync);
        string[] instances = ["app-1", "app-2"];
        try
        {
            foreach (string host in instances)
            {
                await Site.OnAsync(host, "nft insert rule inet foobar output meta skuid foobar-web tcp dport 3306 reject", Token);
            }

            using HttpResponseMessage answer = await client.GetAsync(new Uri("/", UriKind.Relative), Token);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        }
        finally
        {
            foreach (string host in instances)
            {
                await Site.OnAsync(host, "nft -f /etc/foobar/firewall/confirmed.nft", CancellationToken.None);
            }
        }

        await Site.WholeAsync(TimeSpan.FromMinutes(2), Token);
    }

    private static string Refused(string script) =>
        "import ssl\ntry:\n" + string.Join('\n', script.Split('\n').Select(line => "    " + line)) + "\nexcept (ssl.SSLError, ConnectionError):\n    print('refused')";

    private Task<string> PythonAsync(string script, CancellationToken cancellationToken) =>
        Site.OnAsync("edge-1", $"python3 - <<'EOF'\n{script}\nEOF", cancellationToken);

    /// <summary>Prometheus and Alertmanager, which listen on the loopback address of their host alone.</summary>
    private sealed class Collector : IDisposable
    {
        private const int Alertmanager = 9093;

        /// <summary>
        /// A Prometheus that stopped while an alert fired, as for a deployment or with its host, never says that it is over: for Alertmanager
        /// it is over four minutes after it was last told of.
        /// </summary>
        private static readonly TimeSpan ForgottenWithin = TimeSpan.FromMinutes(5);

        private readonly NetworkNamespace _host;
        private readonly HttpClient _http;

        public Collector(LabSite lab)
        {
            _host = lab.Namespace("edge-1");
            _http = new HttpClient(new SocketsHttpHandler
            {
                ConnectCallback = (context, token) => _host.ConnectAsync(new IPEndPoint(IPAddress.Loopback, context.DnsEndPoint.Port), token),
            })
            {
                BaseAddress = new Uri("http://127.0.0.1:9090"),
            };
        }

        public async Task<JsonDocument> AskAsync(string path, CancellationToken cancellationToken) =>
            JsonDocument.Parse(await _http.GetStringAsync(new Uri(path, UriKind.RelativeOrAbsolute), cancellationToken));

        /// <summary>How many series the selector has had in the last two hours: an error that happened once is enough.</summary>
        public async Task<int> CountAsync(string selector, CancellationToken cancellationToken)
        {
            using JsonDocument answer = await AskAsync($"/api/v1/query?query={Uri.EscapeDataString($"count(count_over_time({selector}[2h]))")}", cancellationToken);
            JsonElement[] result = [.. answer.RootElement.GetProperty("data").GetProperty("result").EnumerateArray()];
            return result is [] ? 0 : int.Parse(result[0].GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture);
        }

        /// <summary>
        /// Waits until an alert neither fires nor is about to, by the word of Prometheus and of Alertmanager. Not by the series ALERTS: the
        /// last sample of a Prometheus that was restarted stays for five minutes.
        /// </summary>
        public async Task UntilSilentAsync(string alert, CancellationToken cancellationToken)
        {
            long startedAt = TimeProvider.System.GetTimestamp();
            using PeriodicTimer poll = new(TimeSpan.FromSeconds(1), TimeProvider.System);
            while (true)
            {
                using JsonDocument prometheus = await AskAsync("/api/v1/alerts", cancellationToken);
                using JsonDocument alertmanager = await AskAsync($"http://127.0.0.1:{Alertmanager}/api/v2/alerts", cancellationToken);
                JsonElement[] active =
                [
                    .. prometheus.RootElement.GetProperty("data").GetProperty("alerts").EnumerateArray().Concat(alertmanager.RootElement.EnumerateArray())
                        .Where(one => one.GetProperty("labels").GetProperty("alertname").GetString() == alert),
                ];
                if (active is [])
                {
                    return;
                }

                Assert.True(TimeProvider.System.GetElapsedTime(startedAt) < ForgottenWithin, $"{alert} is still active: {string.Join(", ", active)}");
                await poll.WaitForNextTickAsync(cancellationToken);
            }
        }

        public void Dispose()
        {
            _http.Dispose();
            _host.Dispose();
        }
    }
}
