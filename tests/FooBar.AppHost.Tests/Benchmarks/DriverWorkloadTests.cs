using FooBar.AppHost.Benchmarks;

namespace FooBar.AppHost.Tests.Benchmarks;

public sealed class DriverWorkloadTests
{
    [Fact]
    public void All_HaveNamesOfTheirOwn()
    {
        Assert.Equal(66, DriverWorkload.All.Count);
        Assert.Equal(DriverWorkload.All.Count, DriverWorkload.All.Select(workload => workload.Name).Distinct().Count());
    }

    [Theory]
    [InlineData("read-12-c16", "read-12", 16, false, false, false)]
    [InlineData("read-12-c16-reader-tls", "read-12", 16, true, true, false)]
    [InlineData("insert-c1-noreset", "insert", 1, false, false, true)]
    [InlineData("open-c16-tls", "open", 16, false, true, false)]
    public void Name_SaysWhatIsDone(string name, string operation, int connections, bool isThroughReader, bool isEncrypted, bool isWithoutReset)
    {
        Assert.Equal([new DriverWorkload(operation, connections, isThroughReader, isEncrypted, isWithoutReset)], DriverWorkload.Matching(name));
    }

    [Theory]
    [InlineData("open-*", "open-c1", "open-c1-noreset", "open-c1-tls", "open-c16", "open-c16-noreset", "open-c16-tls")]
    [InlineData("read-*-c1", "read-12-c1", "read-key-c1", "read-1000-c1")]
    [InlineData("open-c1-reader")]
    [InlineData("READ-12-C1")]
    [InlineData("")]
    public void Matching_OfAPattern_AreTheWorkloadsItStandsFor(string pattern, params string[] names)
    {
        Assert.Equal(names, DriverWorkload.Matching(pattern).Select(workload => workload.Name));
    }
}
