using System.Globalization;
using System.Net;
using System.Net.Sockets;
using FooBar.Lab.Tests.Support;
using FooBar.Load;
using FooBar.Load.Journeys;
using FooBar.Testing;

namespace FooBar.Lab.Tests.Site;

/// <summary>
/// The only host with a gateway goes and comes back. While it is away there is no site; what counts is that it comes back by itself, has lost
/// nothing, and that its firewall stood before anything listened.
/// </summary>
public sealed class GatewayHostLossTests(Labs labs) : SiteTest(labs)
{
    private const string Host = "edge-1";
    private static readonly TimeSpan WholeWithin = TimeSpan.FromSeconds(120);

    /// <summary>What listens on the host for operators, the collector and the group, but for no stranger.</summary>
    private static readonly int[] Closed = [22, 3306, 9100, 9600, 33061];

    /// <summary>Whether it is lost by an orderly reboot, or by its power.</summary>
    public static TheoryData<bool> Ways { get; } = [.. Catalogue.Choose([false, true], 1)];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task GatewayHost_LostAndBack_LetsNobodyInBeforeItsFirewallAndIsWhole(bool orderly)
    {
        await Site.WholeAsync(WholeWithin, Token);
        using NetworkNamespace visitor = Site.Namespace("visitor");
        using NetworkNamespace attacker = Site.Namespace("attacker");
        using Visitors visitors = new(() => Site.Client(new SocketsHttpHandler(), visitor.ConnectAsync), count: 10);
        PostJournal journal = new(orderly ? "Reboot of edge-1" : "Loss of edge-1");
        PostNotice post = new(visitors, journal, TimeProvider.System, new PostNoticeOptions { RepeatUntilDeadline = true });
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task<LoadResult> load = new OpenLoop(TimeProvider.System).RunAsync(
            new LoadPlan("posts", 4, TimeSpan.FromMinutes(8), post.RunAsync, TimeSpan.FromSeconds(30)), end.Token);
        Task<int>[] attacks =
        [
            .. from port in Closed
               from ipv6 in (bool[])[false, true]
               select AttackAsync(attacker, new IPEndPoint(IPAddress.Parse(LabSite.Address(Host, ipv6)), port), end.Token),
        ];
        try
        {
            await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System, Token);
            if (orderly)
            {
                await Site.RebootAsync(Host, Token);
            }
            else
            {
                await Site.KillAsync(Host, Token);
                await Site.StartAsync(Host, Token);
            }

            DateTimeOffset booted = TimeProvider.System.GetUtcNow();
            TimeSpan whole = await Site.WholeAsync(WholeWithin, Token);
            await Site.CollectedSinceAsync(booted, targets: 14, WholeWithin, Token);
            Say(string.Create(CultureInfo.InvariantCulture, $"whole again {whole.TotalSeconds:0.0} s after it had booted"));
            await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System, Token);
        }
        finally
        {
            await end.CancelAsync();
            await ((Task)load).ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
            await Site.PowerOnAsync(Host, CancellationToken.None);
        }

        Say((await load).Report());
        int[] attempts = await Task.WhenAll(attacks);
        Say($"{attempts.Sum()} attempts of a stranger at ports {string.Join(", ", Closed)}, IPv4 and IPv6: none was let in");

        // What was seen from outside was sampled; the host knows the order.
        long rules = await StampAsync("foobar-firewall.service", "ActiveEnterTimestampMonotonic");
        Assert.True(rules > 0);
        foreach ((string unit, string property) in ((string, string)[])
            [("ssh.service", "ExecMainStartTimestampMonotonic"), ("foobar-gateway-https.socket", "InactiveExitTimestampMonotonic"), ("foobar-mysql.service", "ExecMainStartTimestampMonotonic")])
        {
            Assert.True(rules < await StampAsync(unit, property), $"{unit} began before the firewall's rules were loaded");
        }

        Assert.All(attempts, count => Assert.True(count > 50, $"only {count} attempts"));
        Assert.True(journal.Acknowledged.Count > 20, $"only {journal.Acknowledged.Count} posts were acknowledged");
        Assert.Empty(journal.DifferencesTo(await Site.PostsAsync(journal.TitlePrefix, Token)));
        Assert.Equal("", await Site.OnAsync(Host, "systemctl list-units --state=failed --no-legend --plain", Token));
    }

    private async Task<long> StampAsync(string unit, string property) =>
        long.Parse(await Site.OnAsync(Host, $"systemctl show --value --property={property} {unit}", Token), CultureInfo.InvariantCulture);

    /// <summary>Tries to connect until the token is cancelled; fails when one attempt succeeds. Returns how many there were.</summary>
    private static async Task<int> AttackAsync(NetworkNamespace attacker, IPEndPoint to, CancellationToken cancellationToken)
    {
        int attempts = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            using Socket socket = attacker.Socket(to.AddressFamily, SocketType.Stream);
            using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            patience.CancelAfter(TimeSpan.FromMilliseconds(100));
            attempts++;
            try
            {
                await socket.ConnectAsync(to, patience.Token);
                Assert.Fail($"a stranger was let in at {to}");
            }
            catch (OperationCanceledException)
            {
                // Dropped, as it should be.
            }
            catch (SocketException)
            {
                // Nobody there while the host is away. Not to be tried a thousand times a second.
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None);
            }
        }

        return attempts;
    }
}
