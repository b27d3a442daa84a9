using FooBar.Lab.Tests.Support;
using FooBar.Load;
using FooBar.Load.Journeys;
using FooBar.Testing;

namespace FooBar.Lab.Tests.Site;

/// <summary>A change that every instance of the site must restart for, and everything that goes wrong on its way.</summary>
public sealed class RollTests(Labs labs) : SiteTest(labs)
{
    private const string Settings = "/etc/foobar/web.env";
    private const string Fault = "/etc/systemd/system/foobar-web.service.d/fault.conf";
    private static readonly string[] Instances = ["app-1", "app-2"];

    [Fact]
    public async Task Change_ForeseenInterruptedFailedHalfWayAndMended_FailsNoReadAndEndsOnEveryInstance()
    {
        using NetworkNamespace visitor = Site.Namespace("visitor");
        using Visitors visitors = new(() => Site.Client(new SocketsHttpHandler(), visitor.ConnectAsync), count: 30);
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task<LoadResult> load = new OpenLoop(TimeProvider.System).RunAsync(
            new LoadPlan("reads", 20, TimeSpan.FromMinutes(10), new ReadFrontPage(visitors).RunAsync, TimeSpan.FromSeconds(15)), end.Token);
        try
        {
            // Both need what they read at their start put right, and app-1 will not start.
            foreach (string host in Instances)
            {
                await Site.OnAsync(host, $"echo DRIFT=1 >> {Settings}", Token);
            }

            await Site.OnAsync("app-1", $"mkdir -p $(dirname {Fault}) && printf '[Service]\\nExecStartPre=/bin/false\\n' > {Fault} && systemctl daemon-reload", Token);
            string[] before = await ProcessesAsync();

            DeployOutcome check = await Site.DeployAsync(["--check"], Token);
            Assert.Equal(0, check.ExitCode);
            Assert.Equal(Instances, check.ChangedBy("web : Restart this instance").Order());
            Assert.Equal(before, await ProcessesAsync());
            Assert.Contains("DRIFT", await Site.OnAsync("app-1", $"cat {Settings}", Token), StringComparison.Ordinal);

            // Killed between the files and the restarts: that something is left to do must not be forgotten with it.
            await Site.KillDeployAsync("TASK [web : See what runs]", Token);
            Assert.Equal(before, await ProcessesAsync());
            foreach (string host in Instances)
            {
                Assert.DoesNotContain("DRIFT", await Site.OnAsync(host, $"cat {Settings}", Token), StringComparison.Ordinal);
            }

            // The first instance does not come back: the other one keeps serving, however often this is tried.
            for (int run = 1; run <= Catalogue.Times(plain: 1, thorough: 2); run++)
            {
                DeployOutcome failed = await Site.DeployAsync([], Token);
                Assert.NotEqual(0, failed.ExitCode);
                Assert.Equal(["app-1"], failed.Failed);
                Assert.Equal(before[1], (await ProcessesAsync())[1]);
            }

            await RemoveFaultAsync();
            DeployOutcome mended = await Site.DeployAsync([], Token);
            Assert.True(mended.ExitCode == 0, mended.Output);
            string[] after = await ProcessesAsync();
            Assert.All(Instances.Index(), instance => Assert.NotEqual(before[instance.Index], after[instance.Index]));
            await Site.WholeAsync(TimeSpan.FromMinutes(2), Token);
        }
        finally
        {
            await end.CancelAsync();
            await ((Task)load).ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
            await RemoveFaultAsync();
        }

        LoadResult result = await load;
        Say(result.Report());
        Assert.True(result.Succeeded > 1000, $"only {result.Succeeded} pages were read");
        Assert.Equal(0, result.Failed);
    }

    private async Task<string[]> ProcessesAsync() =>
        [.. await Task.WhenAll(Instances.Select(host => Site.OnAsync(host, "systemctl show --property=ActiveState,MainPID foobar-web", Token)))];

    private Task<string> RemoveFaultAsync() => Site.OnAsync("app-1", $"rm -f {Fault} && systemctl daemon-reload", CancellationToken.None);
}
