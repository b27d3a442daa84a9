using System.Net;
using System.Net.Sockets;
using FooBar.ServiceDefaults;

namespace FooBar.Web.Database;

/// <summary>
/// Whether the names of the nodes' hosts have addresses. A misspelt name would else be a node that never answers, which is what a dead one is too.
/// One that has none is a warning, for its name service may only be down, and the data layer asks again with each probe. Without any there is
/// nobody to speak to.
/// </summary>
/// <param name="logger">Names each host that has no address.</param>
/// <param name="lookUp">Asks the system, <see cref="Dns.GetHostAddresses(string)"/>; a seam because a test has no names of its own.</param>
internal sealed partial class NodeHosts(ILogger<NodeHosts> logger, Func<string, IPAddress[]> lookUp)
{
    public NodeHosts(ILogger<NodeHosts> logger) : this(logger, Dns.GetHostAddresses)
    {
    }

    /// <summary>How long the names are asked for. A name server that is silent holds a single look-up for ten seconds and more. Default 3 s.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Returns when each name was answered, or after <see cref="Patience"/>. Addresses stand for themselves.</summary>
    /// <exception cref="ServiceConfigurationException">No node's host has an address; says so for each.</exception>
    public void Require(IList<NodeSettings> nodes)
    {
        string?[] failures = Failures([.. nodes.Select(node => node.Host)]);
        if (failures.All(failure => failure is not null))
        {
            throw new ServiceConfigurationException([.. nodes.Select((node, i) =>
                $"Database:Nodes:{i}:Host is '{node.Host}', and that name has no address: {failures[i]}. No node's host has one: correct the names, or wait for the name service.")]);
        }

        for (int i = 0; i < failures.Length; i++)
        {
            if (failures[i] is { } failure)
                LogNoAddress(i, nodes[i].Host, failure, nodes[i].Name);
        }
    }

    private string?[] Failures(string[] hosts)
    {
        string?[] failures = new string?[hosts.Length];
        Array.Fill(failures, FormattableString.Invariant($"the look-up has no answer after {Patience.TotalSeconds} s"));

        // Each on a thread of its own, for a look-up blocks and cannot be interrupted; the start waits for all of them at once.
        Task all = Task.WhenAll(hosts.Select((host, i) => Task.Factory.StartNew(
            () => Volatile.Write(ref failures[i], Failure(host)),
            CancellationToken.None,
            TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach,
            TaskScheduler.Default)));
        ((IAsyncResult)all).AsyncWaitHandle.WaitOne(Patience);

        // What comes too late changes nothing any more.
        return [.. hosts.Select((_, i) => Volatile.Read(ref failures[i]))];
    }

    private string? Failure(string host)
    {
        if (IPAddress.TryParse(host, out _))
            return null;
        try
        {
            return lookUp(host).Length > 0 ? null : "it has none";
        }
        catch (Exception failure) when (failure is SocketException or ArgumentException)
        {
            return failure.Message;
        }
    }

    [LoggerMessage(5052, LogLevel.Warning, "Database:Nodes:{Index}:Host is '{Host}', and that name has no address: {Reason}. {Node} is used as soon as it has one, the others meanwhile")]
    private partial void LogNoAddress(int index, string host, string reason, string node);
}
