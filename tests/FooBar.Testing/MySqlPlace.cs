namespace FooBar.Testing;

/// <summary>Where a server runs, the addresses at which it is reached, and the disks that it has.</summary>
public sealed record MySqlPlace
{
    /// <summary>This machine, at 127.0.0.1, with its disk.</summary>
    public static MySqlPlace Loopback { get; } = new();

    /// <summary>The address at which the test itself reaches it, whatever is cut.</summary>
    public string Host { get; init; } = MySqlServer.Host;

    /// <summary>The address at which the other servers reach it.</summary>
    public string PeerHost { get; init; } = MySqlServer.Host;

    /// <summary>The addresses at which the applications reach it, by their number; empty when that is <see cref="Host"/> for all.</summary>
    public IReadOnlyList<string> ClientHosts { get; init; } = [];

    /// <summary>Where it listens.</summary>
    public string BindAddress { get; init; } = $"{MySqlServer.Host},{MySqlServer.UnnamedHost}";

    /// <summary>What runs a program there, with its arguments; empty for right here.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>The size in MB of a disk of its own for its data, its binary log among it; 0 for none. Only in a namespace of ours.</summary>
    /// <remarks>What a server begins with takes 120 MB.</remarks>
    public int DataDisk { get; init; }

    /// <summary>…for its binary log alone.</summary>
    public int BinaryLogDisk { get; init; }

    /// <summary>The address at which an application reaches it.</summary>
    public string ClientHost(int client) => ClientHosts.Count == 0 ? Host : ClientHosts[client];

    /// <summary>All of them, for its certificate.</summary>
    internal IEnumerable<string> Hosts => ClientHosts.Append(Host).Append(PeerHost).Distinct();
}
