using FooBar.Benchmarks;
using FooBar.Benchmarks.Gateway;

namespace FooBar.AppHost.Tests.Benchmarks;

public sealed class GatewayTargetsTests
{
    [Fact]
    public void Lines_SayWhatWasReachedAndWhatWasMissed()
    {
        Assert.Equal(
            [
                "h1-keepalive-1k           cpu_us_per_op     1.25 of haproxy's wanted: at most 1.25",
                "cache-hit                 cpu_us_per_op     0.81 of nginx's   wanted: at most 0.8, missed",
                "idle-2000                 rss_mb          150.50 MB           wanted: at most 150, missed",
            ],
            GatewayTargets.Lines(
            [
                Of("h1-keepalive-1k", "cpu_us_per_op", 25, haproxy: 20, nginx: 10),
                Of("h1-keepalive-1k", "p99_ms", 25, haproxy: 20, nginx: 10),
                Of("h2-keepalive-1k", "cpu_us_per_op", null, haproxy: 20, nginx: 10),
                Of("cache-hit", "cpu_us_per_op", 8.1, haproxy: 100, nginx: 10),
                Of("idle-2000", "rss_mb", 150.5, haproxy: 50, nginx: 50),
            ]));
    }

    private static Figure Of(string workload, string metric, double? ours, double haproxy, double nginx) =>
        Figure.Of(workload, metric, metric == "rss_mb" ? "MB" : "µs", ours, new Dictionary<string, double> { ["haproxy"] = haproxy, ["nginx"] = nginx });
}
