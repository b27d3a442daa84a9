using FooBar.Data;

namespace FooBar.AppHost.Stack;

/// <summary>Every port of a stack. All listen on loopback only, but for the group ports: MySQL opens those on every address and turns away who is not from loopback.</summary>
internal sealed class Ports(StackOptions options)
{
    public int Https => options.HttpsPort + options.PortOffset;

    public int Http => options.HttpPort + options.PortOffset;

    public int GatewayAdmin => 9600 + options.PortOffset;

    public int Prometheus => 9090 + options.PortOffset;

    public int Web(int number) => 7000 + number + options.PortOffset;

    public int WebAdmin(int number) => 9610 + number + options.PortOffset;

    public int Db(int number) => 13305 + number + options.PortOffset;

    public int DbGroup(int number) => 23305 + number + options.PortOffset;

    /// <summary>Each port with what it is for, in words that fit a sentence.</summary>
    public IEnumerable<(string Use, int Port)> All()
    {
        yield return ("gateway's HTTPS", Https);
        yield return ("gateway's HTTP", Http);
        yield return ("gateway's admin address", GatewayAdmin);
        for (int number = 1; number <= options.Web; number++)
        {
            yield return ($"instance web-{number}", Web(number));
            yield return ($"admin address of web-{number}", WebAdmin(number));
        }

        for (int number = 1; number <= options.Db; number++)
        {
            yield return ($"database db-{number}", Db(number));
            if (options.Replication == ReplicationMode.Group)
            {
                yield return ($"group port of db-{number}", DbGroup(number));
            }
        }

        yield return ("Prometheus server", Prometheus);
    }
}
