using System.Globalization;
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
        ("edge-1", "foobar-keeper", Ours),
        ("edge-1", "foobar-mysql", Others),
        ("edge-1", "foobar-node-exporter", Others),
        ("edge-1", "foobar-mysqld-exporter", Others),
        ("edge-1", "foobar-prometheus", Others),
        ("edge-1", "foobar-alertmanager", Others),
        ("edge-1", "foobar-journal-remote", Others),
        ("edge-1", "foobar-journal-tls", Others),
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

    [Fact]
    public async Task Units_Running_AreExposedNoMoreThanTheirLimit()
    {
        List<string> wrong = [];
        foreach ((string host, string unit, double limit) in Units)
        {
            string state = await Site.OnAsync(host, $"systemctl is-active {unit} || true", Token);
            string score = await Site.OnAsync(host, $"systemd-analyze security --no-pager {unit}.service | sed -n 's/.*exposure level for .*: \\([0-9.]*\\) .*/\\1/p'", Token);
            Say($"{host,-8} {unit,-24} {state,-8} {score}");
            if (state != "active" || !double.TryParse(score, NumberStyles.Float, CultureInfo.InvariantCulture, out double exposure) || exposure > limit)
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
        foreach ((string host, string unit, _) in Units)
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

    [Fact]
    public async Task Secrets_OnAHost_AreReadByRootAlone()
    {
        foreach (string host in LabSite.Hosts)
        {
            Assert.Equal("", await Site.OnAsync(host, "find /etc/foobar -type f \\( -path '*/credentials/*' -o -name '*.key' \\) \\( -perm /077 -o -not -user root \\)", Token));
            Assert.NotEqual("", await Site.OnAsync(host, "find /etc/foobar/certificates -name '*.key'", Token));

            // The authority's key never leaves the operator's machine.
            Assert.Equal("", await Site.OnAsync(host, "find / -xdev -name 'ca.key' 2>/dev/null; grep -rlF 'FooBar CA key' /etc/foobar 2>/dev/null || true", Token));
        }
    }
}
