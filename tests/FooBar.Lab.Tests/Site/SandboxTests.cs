using System.Globalization;
using FooBar.AppHost.Lab;
using FooBar.Lab.Tests.Support;

namespace FooBar.Lab.Tests.Site;

/// <summary>Every service of ours runs, serves, and could do little harm.</summary>
public sealed class SandboxTests(Labs labs) : SiteTest(labs)
{
    private const double Ours = 1.5;
    private const double Others = 3;

    private static readonly (string Host, string Unit, double Limit)[] Units =
    [
        ("edge-1", "foobar-gateway", Ours),
        ("edge-1", "foobar-gateway-standby", Ours),
        ("edge-1", "foobar-gateway-restart", Others),
        ("edge-1", "foobar-keeper", Ours),
        ("edge-1", "foobar-mysql", Others),
        ("edge-1", "foobar-node-exporter", Others),
        ("edge-1", "foobar-mysqld-exporter", Others),
        ("edge-1", "foobar-prometheus", Others),
        ("edge-1", "foobar-alertmanager", Others),
        ("edge-1", "foobar-journal-remote", Others),
        ("edge-1", "foobar-journal-tls", Others),
        ("edge-1", "foobar-journal-vacuum", Others),
        ("edge-1", "foobar-firewall-metrics", Others),
        ("edge-1", "foobar-certificate-metrics", Others),
        .. ((string[])["app-1", "app-2"]).SelectMany(host => ((string, string, double)[])
        [
            (host, "foobar-web", Ours),
            (host, "foobar-keeper", Ours),
            (host, "foobar-mysql", Others),
            (host, "foobar-node-exporter", Others),
            (host, "foobar-mysqld-exporter", Others),
            (host, "foobar-journal-upload", Others),
        ]),
    ];

    /// <summary>Those that run for a moment, by a timer or in a restart.</summary>
    private static readonly string[] Momentary = ["foobar-gateway-standby", "foobar-gateway-restart", "foobar-journal-vacuum", "foobar-firewall-metrics", "foobar-certificate-metrics"];

    [Fact]
    public async Task Units_Running_AreExposedNoMoreThanTheirLimit()
    {
        List<string> wrong = [];
        foreach ((string host, string unit, double limit) in Units)
        {
            string state = await Site.OnAsync(host, $"systemctl is-active {unit} || true", Token);
            string score = await Site.OnAsync(host, $"systemd-analyze security --no-pager {unit}.service | sed -n 's/.*exposure level for .*: \\([0-9.]*\\) .*/\\1/p'", Token);
            Say($"{host,-8} {unit,-24} {state,-8} {score}");
            if (state != (Momentary.Contains(unit) ? "inactive" : "active") || !double.TryParse(score, NumberStyles.Float, CultureInfo.InvariantCulture, out double exposure) || exposure > limit)
            {
                wrong.Add($"{unit} on {host} is {state} with an exposure of '{score}'; at most {limit.ToString(CultureInfo.InvariantCulture)} is allowed");
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public async Task Hosts_AfterTheDeploy_HaveNoFailedUnit()
    {
        foreach (string host in LabSite.Hosts)
        {
            Assert.Equal("", await Site.OnAsync(host, "systemctl list-units --state=failed --no-legend --plain", Token));
            Assert.Equal("running", await Site.OnAsync(host, "systemctl is-system-running || true", Token));
        }
    }

    [Fact]
    public async Task Units_OfOurs_RunAsTheirOwnUserWithoutCapabilities()
    {
        foreach ((string host, string unit, _) in Units.Where(unit => !Momentary.Contains(unit.Unit)))
        {
            string pid = await Site.OnAsync(host, $"systemctl show -p MainPID --value {unit}", Token);
            string status = await Site.OnAsync(host, $"grep -E '^(Uid|CapEff|NoNewPrivs|Seccomp):' /proc/{pid}/status | tr -s '\\t' ' '", Token);
            string[] lines = status.Split('\n');
            Assert.DoesNotContain(lines, line => line.StartsWith("Uid: 0 ", StringComparison.Ordinal));
            Assert.Contains("CapEff: 0000000000000000", lines);
            Assert.Contains("NoNewPrivs: 1", lines);
            Assert.Contains("Seccomp: 2", lines);
        }
    }

    [Theory]
    [InlineData("edge-1", "foobar-gateway")]
    [InlineData("edge-1", "foobar-keeper")]
    [InlineData("app-1", "foobar-web")]
    public async Task Unit_OfOurs_IsWatchedBoundedAndGivenItsCredentials(string host, string unit)
    {
        string[] lines = (await Site.OnAsync(host, $"systemctl show -p Type,WatchdogUSec,LimitNOFILE,MemoryMax,Restart {unit}", Token)).Split('\n');

        Assert.Contains("Type=notify", lines);
        Assert.Contains("WatchdogUSec=30s", lines);
        Assert.Contains("LimitNOFILE=1048576", lines);
        Assert.Contains("Restart=always", lines);
        Assert.Contains(lines, line => line.StartsWith("MemoryMax=", StringComparison.Ordinal) && line != "MemoryMax=infinity");
        Assert.Contains("ca.crt", await Site.OnAsync(host, $"ls /run/credentials/{unit}.service", Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Instance_ThatHangs_IsReplacedByItsWatchdog()
    {
        // The same as deployed, only sooner.
        const string Sooner = "/run/systemd/system/foobar-web.service.d/sooner.conf";
        const string MainPid = "systemctl show -p MainPID --value foobar-web";
        try
        {
            await Site.OnAsync("app-1", $"mkdir -p $(dirname {Sooner}) && printf '[Service]\\nWatchdogSec=4\\nTimeoutAbortSec=1\\n' > {Sooner} && systemctl daemon-reload && systemctl restart foobar-web", Token);
            string pid = await Site.OnAsync("app-1", MainPid, Token);
            await Site.OnAsync("app-1", $"kill -STOP {pid}", Token);
            long startedAt = TimeProvider.System.GetTimestamp();
            using PeriodicTimer poll = new(TimeSpan.FromMilliseconds(500), TimeProvider.System);
            while (await Site.OnAsync("app-1", MainPid, Token) == pid)
            {
                Assert.True(TimeProvider.System.GetElapsedTime(startedAt) < TimeSpan.FromSeconds(30), "an instance that hangs is not replaced");
                await poll.WaitForNextTickAsync(Token);
            }
        }
        finally
        {
            await Site.OnAsync("app-1", $"rm -f {Sooner} && systemctl daemon-reload && systemctl restart foobar-web", CancellationToken.None);
        }

        await Site.WholeAsync(TimeSpan.FromMinutes(2), Token);
    }

    [Fact]
    public async Task Secrets_OnAHost_AreReadByRootAlone_ButTheGatewaysKeysThatItReadsAgain()
    {
        foreach (string host in LabSite.Hosts)
        {
            Assert.Equal("", await Site.OnAsync(host, "find /etc/foobar -type f \\( -path '*/credentials/*' -o -name '*.key' \\) -not -name gateway.key -not -name gateway-client.key \\( -perm /077 -o -not -user root \\)", Token));
            Assert.Equal("", await Site.OnAsync(host, "find /etc/foobar/certificates \\( -name gateway.key -o -name gateway-client.key \\) \\( -perm /037 -o -not -user root -o -not -group foobar-gateway \\)", Token));
            Assert.NotEqual("", await Site.OnAsync(host, "find /etc/foobar/certificates -name '*.key'", Token));
        }
    }

    [Fact]
    public async Task Secrets_OfTheInstallation_AreOnAHostOnlyWhereTheyBelong()
    {
        IReadOnlyDictionary<string, string> secrets = await Site.SecretsAsync(Token);

        // The authority's key never leaves the operator's machine; one line of it would do.
        string key = secrets["ca_key"].Split('\n')[1];
        Assert.True(key.Length > 40);
        Dictionary<string, string> wanted = secrets.Where(secret => secret.Key.StartsWith("mysql_", StringComparison.Ordinal)).ToDictionary();
        Assert.True(wanted.Count >= 7);
        wanted.Add("ca_key", key);
        foreach (string host in LabSite.Hosts)
        {
            // What is looked for comes as a file, because command lines are among the places.
            string patterns = Lab.PathOf(LabMachines.FindHost(host), "/var/tmp/foobar-patterns");
            string planted = Lab.PathOf(LabMachines.FindHost(host), "/var/tmp/planted");
            const string Search = """
                {
                    grep -rlF -f /var/tmp/foobar-patterns --exclude=foobar-patterns --exclude-dir=foobar-mysql --binary-files=text \
                        /etc /home /root /usr/local /opt/foobar/*/current/*.json /var/lib/foobar* /var/log /var/tmp /tmp /run 2>/dev/null
                    grep -lF -f /var/tmp/foobar-patterns --binary-files=text /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null
                    journalctl --no-pager --output=json --all --merge | grep -qF -f /var/tmp/foobar-patterns && echo journals
                } | grep -v '^/etc/foobar/credentials/\|^/run/credentials/'
                """;
            try
            {
                await File.WriteAllLinesAsync(patterns, wanted.Values, Token);
                await File.WriteAllTextAsync(planted, key, Token);
                Assert.Equal("/var/tmp/planted", await Site.OnAsync(host, $"{Search} || true", Token));
                File.Delete(planted);
                Assert.Equal("", await Site.OnAsync(host, $"{Search} || true", Token));
            }
            finally
            {
                File.Delete(planted);
                File.Delete(patterns);
            }
        }
    }
}
