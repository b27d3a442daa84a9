using FooBar.Data;

namespace FooBar.AppHost.Stack;

/// <summary>What to put up, as the command line said it.</summary>
internal sealed record StackOptions
{
    public const int MostInstances = 9;

    /// <summary>The gateway's HTTPS port. Default 8443.</summary>
    public int HttpsPort { get; init; } = 8443;

    /// <summary>The gateway's HTTP port, which only redirects. Default 8080.</summary>
    public int HttpPort { get; init; } = 8080;

    /// <summary>Web instances, 1 to 9. Default 2.</summary>
    public int Web { get; init; } = 2;

    /// <summary>Database members, 1 to 9. Default 3: two survive the loss of one.</summary>
    public int Db { get; init; } = 3;

    /// <summary>How the databases replicate. Default: as a group, which replaces a lost primary by itself.</summary>
    public ReplicationMode Replication { get; init; } = ReplicationMode.Group;

    /// <summary>Added to every port, so that two stacks fit on one machine. Default 0.</summary>
    public int PortOffset { get; init; }

    public Ports Ports => new(this);

    /// <summary>What is wrong with the options, as a line for the user; null when nothing is.</summary>
    public string? Problem()
    {
        if (Web is < 1 or > MostInstances)
        {
            return $"--web {Web}: give a number from 1 to {MostInstances}.";
        }

        if (Db is < 1 or > MostInstances)
        {
            return $"--db {Db}: give a number from 1 to {MostInstances}.";
        }

        foreach ((string use, int port) in Ports.All())
        {
            if (port is < 1 or > 65535)
            {
                return $"The {use} would listen on port {port}, which does not exist: ports go from 1 to 65535. Change --https-port, --http-port or --port-offset.";
            }
        }

        return Ports.All().GroupBy(use => use.Port).FirstOrDefault(same => same.Count() > 1) is { } clash
            ? $"Port {clash.Key} is wanted twice, by the {string.Join(" and the ", clash.Select(use => use.Use))}. Change --https-port, --http-port or --port-offset."
            : null;
    }
}
