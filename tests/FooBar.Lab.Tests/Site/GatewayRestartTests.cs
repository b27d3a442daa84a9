using System.Globalization;
using FooBar.Lab.Tests.Support;
using FooBar.Load;
using FooBar.Testing;

namespace FooBar.Lab.Tests.Site;

/// <summary>The gateway restarts while strangers arrive and others stay: a standby has the same sockets, so nobody waits and nobody is refused.</summary>
public sealed class GatewayRestartTests(Labs labs) : SiteTest(labs)
{
    private const int PerSecond = 100;
    private const string Restart = "systemctl start foobar-gateway-restart";
    private const string Pid = "systemctl show -p MainPID --value foobar-gateway";
    private const string Units = "systemctl show -p ActiveState --value foobar-gateway foobar-gateway-standby foobar-gateway-restart | xargs";

    /// <summary>
    /// Each second 100 strangers on connections of their own, and 20 requests each on connections of HTTP/1.1 and of HTTP/2 that are kept, through two restarts.
    /// </summary>
    [Fact]
    public async Task Restart_UnderNewAndKeptConnections_FailsNobodyAndAnswersAllTheTime()
    {
        // One address may make 50 connections a second and hold 256: the strangers are several.
        await using Strangers strangers = await Strangers.ComeAsync(Site, 8, Token);
        OpenLoop loop = new(TimeProvider.System);
        await SettleAsync(loop, strangers);
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task<LoadResult>[] running =
        [
            loop.RunAsync(new LoadPlan("new connections", PerSecond, TimeSpan.FromMinutes(5), strangers.VisitAsync, TimeSpan.FromSeconds(15)), end.Token),
            loop.RunAsync(new LoadPlan("kept connections, HTTP/1.1", 20, TimeSpan.FromMinutes(5), strangers.StayAsync, TimeSpan.FromSeconds(15)), end.Token),
            loop.RunAsync(new LoadPlan("kept connections, HTTP/2", 20, TimeSpan.FromMinutes(5), strangers.StayWithHttp2Async, TimeSpan.FromSeconds(15)), end.Token),
        ];
        List<string> processes = [await Site.OnAsync("edge-1", Pid, Token)];
        try
        {
            for (int restart = 1; restart <= 2; restart++)
            {
                await Task.Delay(TimeSpan.FromSeconds(5), TimeProvider.System, Token);
                long startedAt = TimeProvider.System.GetTimestamp();
                await Site.OnAsync("edge-1", Restart, Token);
                Say(string.Create(CultureInfo.InvariantCulture, $"restarted in {TimeProvider.System.GetElapsedTime(startedAt).TotalSeconds:0.0} s"));
                processes.Add(await Site.OnAsync("edge-1", Pid, Token));
                Assert.Equal("active inactive inactive", await Site.OnAsync("edge-1", Units, Token));
            }

            await Task.Delay(TimeSpan.FromSeconds(5), TimeProvider.System, Token);
        }
        finally
        {
            await end.CancelAsync();
        }

        LoadResult[] results = await Task.WhenAll(running);
        foreach (LoadResult result in results)
            Say(result.Report());
        Say($"kept connections that were opened, HTTP/1.1 and HTTP/2: {strangers.Kept}");
        Assert.Equal(3, processes.Distinct().Count());
        Assert.All(results, result => Assert.Equal((0L, true), (result.Failed, result.Succeeded > 0)));

        // Not the slowest one: on the two cores that all hosts of a lab share, who comes while a process starts waits for a processor.
        Assert.InRange(results[0].LongestGapBetweenSuccesses, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    /// <summary>The restarts that go wrong; a plain run takes one of them.</summary>
    public static TheoryData<string> Faults { get; } = [.. Catalogue.Choose(["not ready", "interrupted"], 1)];

    [Theory]
    [MemberData(nameof(Faults))]
    public Task Restart_ThatGoesWrong_LeavesOneThatServes_AndTheNextRunPutsItRight(string fault) =>
        fault == "not ready" ? KeepTheOldOneAsync() : SurviveTheRunAsync();

    /// <summary>The new one does not start: the one that serves is not touched, the run says why, and the next one puts it right.</summary>
    private async Task KeepTheOldOneAsync()
    {
        const string Fault = "/etc/systemd/system/foobar-gateway-standby.service.d/fault.conf";
        string before = await Site.OnAsync("edge-1", Pid, Token);
        try
        {
            await Site.OnAsync("edge-1", $"mkdir -p $(dirname {Fault}) && printf '[Service]\\nEnvironment=Gateway__Queue__Length=-7\\n' > {Fault} && systemctl daemon-reload && touch /etc/foobar/gateway.env", Token);

            DeployOutcome failed = await Site.DeployAsync([], Token);

            Assert.NotEqual(0, failed.ExitCode);
            Assert.Equal(["edge-1"], failed.Failed);
            Assert.True(failed.Output.Contains("Gateway:Queue:Length is -7; it must be from 0 to 100000.", StringComparison.Ordinal), failed.Output);
            Assert.Equal(before, await Site.OnAsync("edge-1", Pid, Token));
            Assert.Equal("active failed failed", await Site.OnAsync("edge-1", Units, Token));
        }
        catch
        {
            // Other tests look for failed units; this one has said what it found.
            await Site.OnAsync("edge-1", "systemctl reset-failed foobar-gateway-standby foobar-gateway-restart", CancellationToken.None);
            throw;
        }
        finally
        {
            await Site.OnAsync("edge-1", $"rm -rf $(dirname {Fault}) && systemctl daemon-reload", CancellationToken.None);
        }

        DeployOutcome mended = await Site.DeployAsync([], Token);
        Assert.True(mended.ExitCode == 0, mended.Output);
        Assert.NotEqual(before, await Site.OnAsync("edge-1", Pid, Token));
        Assert.Equal("active inactive inactive", await Site.OnAsync("edge-1", Units, Token));
        await Site.WholeAsync(TimeSpan.FromMinutes(2), Token);
    }

    /// <summary>
    /// A run that is killed in the restart, and a restart of which only the standby is left: somebody serves all the time, and the next run leaves the gateway
    /// with its new files and no standby.
    /// </summary>
    private async Task SurviveTheRunAsync()
    {
        await using Strangers strangers = await Strangers.ComeAsync(Site, 8, Token);
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task<LoadResult> running = new OpenLoop(TimeProvider.System).RunAsync(
            new LoadPlan("new connections", 20, TimeSpan.FromMinutes(10), strangers.VisitAsync, TimeSpan.FromSeconds(15)), end.Token);
        try
        {
            string before = await Site.OnAsync("edge-1", Pid, Token);
            await Site.OnAsync("edge-1", "touch /etc/foobar/gateway.env", Token);
            await Site.KillDeployAsync("TASK [gateway : Restart this gateway]", Token);
            await MendAsync(before);

            before = await Site.OnAsync("edge-1", Pid, Token);
            await Site.OnAsync("edge-1", "systemctl start foobar-gateway-standby && systemctl stop foobar-gateway", Token);
            await MendAsync(before);
        }
        finally
        {
            await end.CancelAsync();
        }

        LoadResult result = await running;
        Say(result.Report());
        Assert.Equal((0L, true), (result.Failed, result.Succeeded > 0));
        await Site.WholeAsync(TimeSpan.FromMinutes(2), Token);

        async Task MendAsync(string before)
        {
            DeployOutcome mended = await Site.DeployAsync([], Token);
            Assert.True(mended.ExitCode == 0, mended.Output);
            Assert.NotEqual(before, await Site.OnAsync("edge-1", Pid, Token));
            Assert.Equal("active inactive inactive", await Site.OnAsync("edge-1", Units, Token));
        }
    }

    /// <summary>
    /// The same arrivals until they are answered as fast as they come: processes that have just been deployed are slow at first, and this is about
    /// the restart of one that serves.
    /// </summary>
    private static async Task SettleAsync(OpenLoop loop, Strangers strangers)
    {
        for (int turn = 1; turn <= 12; turn++)
        {
            LoadResult result = await loop.RunAsync(new LoadPlan("settling", PerSecond, TimeSpan.FromSeconds(5), strangers.VisitAsync, TimeSpan.FromSeconds(15)), Token);
            TimeSpan slow = result.Latency.Percentile(99);
            Say(string.Create(CultureInfo.InvariantCulture, $"settling: 99 of 100 within {slow.TotalMilliseconds:0} ms"));
            if (slow < TimeSpan.FromMilliseconds(200))
            {
                return;
            }
        }

        Assert.Fail("the site does not get as fast as so many new connections need");
    }
}
