using FooBar.AppHost.Benchmarks;

namespace FooBar.AppHost.Tests.Benchmarks;

public sealed class DataWorkloadTests
{
    [Fact]
    public void All_HaveNamesOfTheirOwn()
    {
        Assert.Equal(13, DataWorkload.All.Count);
        Assert.Equal(DataWorkload.All.Count, DataWorkload.All.Select(workload => workload.Name).Distinct().Count());
        Assert.Equal(DataWorkload.Operations, DataWorkload.All.Select(workload => workload.Operation).Distinct());
    }

    [Theory]
    [InlineData("routed-read-key-c16", "routed-read-key", 16, 1, false)]
    [InlineData("routed-write-c1", "routed-write", 1, 1, false)]
    [InlineData("routing-decision-token-n100", "routing-decision-token", 100, 1, true)]
    [InlineData("read-scaling-r3", "read-scaling", 16, 3, false)]
    public void Name_SaysWhatIsDone(string name, string operation, int callers, int replicas, bool isDecision)
    {
        DataWorkload workload = Assert.Single(DataWorkload.Matching(name));

        Assert.Equal(DataWorkload.Named(name), workload);
        Assert.Equal((operation, callers, replicas, isDecision), (workload.Operation, workload.Callers, workload.Replicas, workload.IsDecision));
    }

    [Theory]
    [InlineData("routed-*-c1", "routed-read-key-c1", "routed-read-12-c1", "routed-write-c1")]
    [InlineData("routing-decision-n*", "routing-decision-n3", "routing-decision-n100")]
    [InlineData("read-scaling-*", "read-scaling-r1", "read-scaling-r2", "read-scaling-r3")]
    [InlineData("read-scaling-c1")]
    [InlineData("ROUTED-WRITE-C1")]
    [InlineData("")]
    public void Matching_OfAPattern_AreTheWorkloadsItStandsFor(string pattern, params string[] names)
    {
        Assert.Equal(names, DataWorkload.Matching(pattern).Select(workload => workload.Name));
    }
}
