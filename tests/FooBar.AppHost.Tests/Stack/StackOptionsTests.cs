using FooBar.AppHost.Stack;
using FooBar.Data;

namespace FooBar.AppHost.Tests.Stack;

public sealed class StackOptionsTests
{
    public static TheoryData<string, string> Wrong => new()
    {
        { "--web 0", "--web 0: give a number from 1 to 9." },
        { "--web -1", "--web -1: give a number from 1 to 9." },
        { "--web 10", "--web 10: give a number from 1 to 9." },
        { "--db 0", "--db 0: give a number from 1 to 9." },
        { "--db 10", "--db 10: give a number from 1 to 9." },
        { "--https-port 0", "The gateway's HTTPS would listen on port 0, which does not exist: ports go from 1 to 65535. Change --https-port, --http-port or --port-offset." },
        { "--https-port 65536", "The gateway's HTTPS would listen on port 65536, which does not exist: ports go from 1 to 65535. Change --https-port, --http-port or --port-offset." },
        { "--http-port -5", "The gateway's HTTP would listen on port -5, which does not exist: ports go from 1 to 65535. Change --https-port, --http-port or --port-offset." },
        { "--port-offset -7001", "The instance web-1 would listen on port 0, which does not exist: ports go from 1 to 65535. Change --https-port, --http-port or --port-offset." },
        { "--port-offset 42228", "The group port of db-3 would listen on port 65536, which does not exist: ports go from 1 to 65535. Change --https-port, --http-port or --port-offset." },
        { "--https-port 8080", "Port 8080 is wanted twice, by the gateway's HTTPS and the gateway's HTTP. Change --https-port, --http-port or --port-offset." },
        { "--https-port 9600", "Port 9600 is wanted twice, by the gateway's HTTPS and the gateway's admin address. Change --https-port, --http-port or --port-offset." },
        { "--http-port 7002", "Port 7002 is wanted twice, by the gateway's HTTP and the instance web-2. Change --https-port, --http-port or --port-offset." },
        { "--http-port 9611", "Port 9611 is wanted twice, by the gateway's HTTP and the admin address of web-1. Change --https-port, --http-port or --port-offset." },
        { "--http-port 13308", "Port 13308 is wanted twice, by the gateway's HTTP and the database db-3. Change --https-port, --http-port or --port-offset." },
        { "--http-port 23306", "Port 23306 is wanted twice, by the gateway's HTTP and the group port of db-1. Change --https-port, --http-port or --port-offset." },
        { "--http-port 9090", "Port 9090 is wanted twice, by the gateway's HTTP and the Prometheus server. Change --https-port, --http-port or --port-offset." },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Problem_OfAWrongOption_NamesItAndTheWayOut(string options, string expected)
    {
        Assert.Equal(expected, Parse(options).Problem());
    }

    [Theory]
    [InlineData("")]
    [InlineData("--web 1")]
    [InlineData("--web 9")]
    [InlineData("--db 1")]
    [InlineData("--db 9")]
    [InlineData("--web 9 --db 9")]
    [InlineData("--https-port 1")]
    [InlineData("--https-port 65535")]
    [InlineData("--https-port 443 --http-port 80")]
    [InlineData("--port-offset -7000")]
    [InlineData("--port-offset 42227")]
    [InlineData("--http-port 7003")] // Only a third instance would want it.
    public void Problem_OfOptionsThatFit_IsNone(string options)
    {
        Assert.Null(Parse(options).Problem());
    }

    [Fact]
    public void Defaults_AreThoseOfTheDocumentation()
    {
        Assert.Equal(new StackOptions { HttpsPort = 8443, HttpPort = 8080, Web = 2, Db = 3, Replication = ReplicationMode.Group, PortOffset = 0 }, new StackOptions());
    }

    private static StackOptions Parse(string line)
    {
        StackOptions options = new();
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        foreach (string[] pair in words.Chunk(2))
        {
            int value = int.Parse(pair[1], System.Globalization.CultureInfo.InvariantCulture);
            options = pair[0] switch
            {
                "--web" => options with { Web = value },
                "--db" => options with { Db = value },
                "--https-port" => options with { HttpsPort = value },
                "--http-port" => options with { HttpPort = value },
                "--port-offset" => options with { PortOffset = value },
                _ => throw new ArgumentException($"No option {pair[0]}."),
            };
        }

        return options;
    }
}
