using FooBar.AppHost.Benchmarks;
using FooBar.Benchmarks.Gateway;

namespace FooBar.AppHost.Tests.Benchmarks;

public sealed class GatewayWorkloadTests
{
    [Fact]
    public void All_HaveNamesOfTheirOwnAndALoad()
    {
        Assert.Equal(13, GatewayWorkload.All.Count);
        Assert.Equal(GatewayWorkload.All.Count, GatewayWorkload.All.Select(workload => workload.Name).Distinct().Count());
        Assert.Equal(Enum.GetValues<GatewayLoad>(), GatewayWorkload.All.Select(workload => workload.Load).Distinct().Order());
        Assert.All(GatewayWorkload.All, workload => Assert.NotNull(GatewayWork.LoadOf(workload, 1000)));
    }

    [Theory]
    [InlineData("h2-keepalive-100k", "Http2", "/100k", false, false)]
    [InlineData("h1-plain-out-1k", "Http1", "/1k", true, false)]
    [InlineData("post-64k", "Http1", "/upload", false, false)]
    [InlineData("cache-hit", "Http1", "/cached", false, true)]
    [InlineData("h1-new-connection-resumed", "ResumedConnections", "/1k", false, false)]
    public void Name_SaysWhatIsDone(string name, string load, string path, bool isPlainOut, bool isCached)
    {
        GatewayWorkload workload = Assert.Single(GatewayWorkload.Matching(name));

        Assert.Equal(GatewayWorkload.Named(name), workload);
        Assert.Equal((load, path, isPlainOut, isCached), (workload.Load.ToString(), workload.Path, workload.IsPlainOut, workload.IsCached));
    }

    [Theory]
    [InlineData("*-keepalive-1k", "h1-keepalive-1k", "h2-keepalive-1k")]
    [InlineData("h1-new-*", "h1-new-connection", "h1-new-connection-resumed")]
    [InlineData("H1-KEEPALIVE-1K")]
    [InlineData("")]
    public void Matching_OfAPattern_AreTheWorkloadsItStandsFor(string pattern, params string[] names)
    {
        Assert.Equal(names, GatewayWorkload.Matching(pattern).Select(workload => workload.Name));
    }

    [Fact]
    public void Plan_ArrivesAsItWasSent()
    {
        GatewayPlan plan = new(new BenchmarkPlan(["cache-hit"], 3, 1.5, "/tmp/figures.json"), 4.5, ["DOTNET_TieredPGO=1"], ["Gateway:Policy=RoundRobin"]) { Baseline = "/tmp/FooBar.LoadBalancer.dll" };

        Assert.Equal(plan.ToArgument(), GatewayPlan.Parse(plan.ToArgument()).ToArgument());
        Assert.Equal("""{"Measured":{"Workloads":["cache-hit"],"Rounds":3,"SecondsPerRound":1.5,"JsonPath":"/tmp/figures.json"},"WarmUpSeconds":4.5,"Environment":["DOTNET_TieredPGO=1"],"Settings":["Gateway:Policy=RoundRobin"],"Baseline":"/tmp/FooBar.LoadBalancer.dll"}""", plan.ToArgument());
    }
}
