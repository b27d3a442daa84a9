using FooBar.AppHost.Stack;
using FooBar.Data;

namespace FooBar.AppHost.Tests.Stack;

public sealed class PortsTests
{
    [Fact]
    public void Ports_OfADefaultStack_AreThoseOfTheDocumentation()
    {
        Assert.Equal(
            [
                ("gateway's HTTPS", 8443),
                ("gateway's HTTP", 8080),
                ("gateway's admin address", 9600),
                ("instance web-1", 7001),
                ("admin address of web-1", 9611),
                ("instance web-2", 7002),
                ("admin address of web-2", 9612),
                ("database db-1", 13306),
                ("group port of db-1", 23306),
                ("database db-2", 13307),
                ("group port of db-2", 23307),
                ("database db-3", 13308),
                ("group port of db-3", 23308),
                ("Prometheus server", 9090),
            ],
            new StackOptions().Ports.All());
    }

    [Fact]
    public void Ports_WithoutAGroup_AreTheSameButForItsOwn() => Assert.Equal(
        new StackOptions().Ports.All().Where(use => !use.Use.StartsWith("group port", StringComparison.Ordinal)),
        new StackOptions { Replication = ReplicationMode.Classic }.Ports.All());

    [Fact]
    public void Ports_WithAnOffset_AllMoveByIt()
    {
        Assert.Equal(
            new StackOptions().Ports.All().Select(use => (use.Use, use.Port + 1000)),
            new StackOptions { PortOffset = 1000 }.Ports.All());
    }

    [Fact]
    public void Ports_OfTheLargestStack_AreAllDifferent()
    {
        int[] ports = [.. new StackOptions { Web = 9, Db = 9 }.Ports.All().Select(use => use.Port)];

        Assert.Equal(3 + (2 * 9) + (2 * 9) + 1, ports.Length);
        Assert.Equal(ports.Length, ports.Distinct().Count());
    }

    [Fact]
    public void Ports_OfAsManyInstancesAsAsked_AreListed()
    {
        string[] uses = [.. new StackOptions { Web = 1, Db = 1 }.Ports.All().Select(use => use.Use)];

        Assert.Equal(["gateway's HTTPS", "gateway's HTTP", "gateway's admin address", "instance web-1", "admin address of web-1", "database db-1", "group port of db-1", "Prometheus server"], uses);
    }
}
