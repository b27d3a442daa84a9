using System.Net;
using FooBar.AppHost.Machine;
using FooBar.Lab.Tests.Support;
using FooBar.Load.Journeys;

namespace FooBar.Lab.Tests.Site;

/// <summary>What one command made of three bare hosts, and what a second one changes.</summary>
public sealed class DeployTests(Labs labs) : SiteTest(labs)
{
    /// <summary>Whether what was built lies where the command looks by itself.</summary>
    private static bool OwnState => LabState.Folder.Path == Checkout.DefaultState();

    [Fact]
    public async Task Visitor_WhoTypesTheAddress_GetsThePagePostsAndReadsIt()
    {
        string[] addresses = [.. (await Site.InAsync("visitor", ["getent", "ahosts", "www.foobar.com"], Token)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[0]).Distinct().Order()];
        Assert.Equal([LabSite.Address("edge-1", ipv6: false), LabSite.Address("edge-1", ipv6: true)], addresses);
        using NetworkNamespace visitor = Site.Namespace("visitor");
        foreach (string address in addresses)
        {
            using Visitors visitors = new(() => Site.Client(new SocketsHttpHandler(), (to, token) => visitor.ConnectAsync(new IPEndPoint(IPAddress.Parse(address), to.Port), token)), count: 1);
            PostJournal journal = new($"By {(address.Contains(':', StringComparison.Ordinal) ? "IPv6" : "IPv4")}");
            Assert.Null(await new ReadFrontPage(visitors).RunAsync(0, Token));

            // Gets the form, sends it, follows the redirect, and looks for the notice on the page.
            Assert.Null(await new PostNotice(visitors, journal, TimeProvider.System).RunAsync(0, Token));
            Assert.Single(journal.Acknowledged);
            Assert.Empty(journal.DifferencesTo(await Site.PostsAsync(journal.TitlePrefix, Token)));
        }
    }

    [Theory]
    [InlineData("http://www.foobar.com/posts/new?a=b", "https://www.foobar.com/posts/new?a=b")]
    [InlineData("http://foobar.com/", "https://www.foobar.com/")]
    [InlineData("https://foobar.com/posts/new", "https://www.foobar.com/posts/new")]
    public async Task OtherAddresses_OfTheSite_AreRedirectedForGood(string address, string to)
    {
        using NetworkNamespace visitor = Site.Namespace("visitor");
        using HttpClient client = Site.Client(new SocketsHttpHandler(), visitor.ConnectAsync);
        Uri next = new(address);
        List<HttpStatusCode> statuses = [];

        // The first step leads to HTTPS at the latest, the second one to the site's one name.
        while (next.AbsoluteUri != to && statuses.Count < 2)
        {
            using HttpResponseMessage answer = await client.GetAsync(next, Token);
            statuses.Add(answer.StatusCode);
            next = answer.Headers.Location!;
        }

        Assert.Equal(to, next.AbsoluteUri);
        Assert.All(statuses, status => Assert.Equal(HttpStatusCode.PermanentRedirect, status));
    }

    [Fact]
    public async Task SecondDeploy_AfterSomebodyChangedFiles_MendsThoseAndNothingElse()
    {
        const string Drift = "/etc/foobar/web.env";

        // A socket is not opened anew by itself when its unit changes.
        const string Socket = "foobar-gateway-http.socket";
        string backlog = await Site.OnAsync("edge-1", $"systemctl show -p Backlog {Socket}", Token);
        await Site.OnAsync("edge-1", $"sed -i s/^Backlog=.*/Backlog=17/ /etc/systemd/system/{Socket} && systemctl daemon-reload && systemctl stop foobar-gateway && systemctl restart {Socket} && systemctl start foobar-gateway", Token);
        Assert.NotEqual(backlog, await Site.OnAsync("edge-1", $"systemctl show -p Backlog {Socket}", Token));
        string before = await Site.OnAsync("app-1", $"sha256sum < {Drift}", Token);
        await Site.OnAsync("app-1", $"echo DRIFT=1 >> {Drift}", Token);
        string drifted = await Site.OnAsync("app-1", $"sha256sum < {Drift}", Token);

        // Check mode says what a run would change, and changes nothing.
        DeployOutcome check = await Site.DeployAsync(["--check", "--diff"], Token);
        Assert.Equal(0, check.ExitCode);
        Assert.Equal(0, check.Changed("app-2"));
        Assert.True(check.Changed("app-1") > 0 && check.Changed("edge-1") > 0, check.Output);
        Assert.Equal(["edge-1"], check.ChangedBy("gateway : Restart this gateway with its sockets"));
        Assert.Contains("-DRIFT=1", check.Output, StringComparison.Ordinal);
        Assert.Equal(drifted, await Site.OnAsync("app-1", $"sha256sum < {Drift}", Token));

        DeployOutcome mend = await Site.DeployAsync([], Token);
        Assert.Equal(0, mend.ExitCode);
        Assert.All(LabSite.Hosts, host => Assert.Equal(check.Changed(host), mend.Changed(host)));
        Assert.Equal(before, await Site.OnAsync("app-1", $"sha256sum < {Drift}", Token));
        Assert.Equal(backlog, await Site.OnAsync("edge-1", $"systemctl show -p Backlog {Socket}", Token));

        // As an operator's inventory is: without the lab's line that tells what was built, so that the playbook asks for it itself.
        DeployOutcome again = await Site.DeployAsync([], Token, inventory => OwnState ? string.Join('\n', inventory.Split('\n').Where(line => !line.Contains("artifacts_report_file", StringComparison.Ordinal))) : inventory);
        Say(again.Recap);
        Assert.Equal(0, again.ExitCode);
        Assert.Equal(0, LabSite.Hosts.Sum(again.Changed));
        await Site.WholeAsync(TimeSpan.FromMinutes(2), Token);
    }

    [Fact]
    public async Task Ruleset_ThatLocksTheOperatorOut_IsTakenBackWithinAMinute()
    {
        const string Locked = "/run/locked.nft";
        await Site.OnAsync("app-2", $"printf 'table inet foobar\\ndelete table inet foobar\\ntable inet foobar {{\\nchain in {{\\ntype filter hook input priority 0; policy drop;\\niif lo accept\\n}}\\n}}\\n' > {Locked}", Token);
        const string Rules = "nft --stateless --terse list table inet foobar";
        string before = await Site.OnAsync("app-2", Rules, Token);
        long startedAt = TimeProvider.System.GetTimestamp();
        await Site.OnAsync("app-2", $"foobar-firewall apply {Locked}", Token);
        Assert.False(await Site.CanLogInAsync("app-2", Token));

        using PeriodicTimer poll = new(TimeSpan.FromSeconds(1), TimeProvider.System);
        while (!await Site.CanLogInAsync("app-2", Token))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(startedAt) < TimeSpan.FromSeconds(75), "nobody could log in again");
            await poll.WaitForNextTickAsync(Token);
        }

        Say($"back after {TimeProvider.System.GetElapsedTime(startedAt).TotalSeconds:0} s");
        Assert.Equal(before, await Site.OnAsync("app-2", Rules, Token));
    }
}
