using FooBar.LoadBalancer.Limits;

namespace FooBar.LoadBalancer.Tests.Limits;

public sealed class ControlGroupTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("foobar-cgroup-").FullName;

    private string Own => Path.Combine(_root, "own");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Memory_OfAGroupWithALimit_LeavesOutWhatIsOnlyCached()
    {
        Group("system.slice/foobar-gateway.service", max: "1000", current: "900", "anon 500\ninactive_file 300\nactive_file 50\n");
        Belong("0::/system.slice/foobar-gateway.service\n");

        Assert.Equal(new MemoryUse(600, 1000), ControlGroup.Memory(_root, Own));
    }

    [Fact]
    public void Memory_OfTheFullestGroupAbove_Counts()
    {
        Group("a", max: "1000", current: "900", "inactive_file 0\n");
        Group("a/b", max: "max", current: "10", "inactive_file 0\n");
        Group("a/b/c", max: "100", current: "50", "inactive_file 0\n");
        Belong("1:memory:/elsewhere\n0::/a/b/c\n");

        Assert.Equal(new MemoryUse(900, 1000), ControlGroup.Memory(_root, Own));
    }

    [Theory]
    [InlineData("0::/a\n")]
    [InlineData("0::/\n")]
    [InlineData("0::/missing/too\n")]
    [InlineData("4:memory:/a\n")]
    [InlineData("")]
    public void Memory_WithoutALimit_IsNone(string own)
    {
        Group("a", max: "max", current: "900", "inactive_file 0\n");
        Belong(own);

        Assert.Null(ControlGroup.Memory(_root, Own));
    }

    [Fact]
    public void Memory_WhereNothingCanBeRead_IsNone() => Assert.Null(ControlGroup.Memory(_root, Own));

    private void Belong(string lines) => File.WriteAllText(Own, lines);

    private void Group(string path, string max, string current, string stat)
    {
        string folder = Directory.CreateDirectory(Path.Combine(_root, path)).FullName;
        File.WriteAllText(Path.Combine(folder, "memory.max"), max + "\n");
        File.WriteAllText(Path.Combine(folder, "memory.current"), current + "\n");
        File.WriteAllText(Path.Combine(folder, "memory.stat"), stat);
    }
}
