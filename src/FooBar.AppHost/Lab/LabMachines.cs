using System.Globalization;

namespace FooBar.AppHost.Lab;

/// <summary>One machine of the lab: a host that boots a system of its own, or a network namespace that stands for somebody on the network.</summary>
/// <param name="Name">Its name, which is also its network namespace's.</param>
/// <param name="Number">The last part of its addresses, in decimal digits for both.</param>
/// <param name="IsHost">Whether it boots a system of its own.</param>
internal sealed record LabMachine(string Name, int Number, bool IsHost)
{
    public string Address => $"10.77.0.{Text}";

    public string Address6 => $"fd77::{Text}";

    /// <summary>Its port of the bridge, the only way to it.</summary>
    public string Port => $"port{Text}";

    private string Text => Number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>The machines of the lab, all on one bridge.</summary>
internal static class LabMachines
{
    /// <summary>Serves packages and answers for names.</summary>
    public static readonly LabMachine Repository = new("repo", 2, IsHost: false);

    /// <summary>The operator's: the playbooks run here.</summary>
    public static readonly LabMachine Admin = new("admin", 3, IsHost: false);

    public static readonly LabMachine Visitor = new("visitor", 100, IsHost: false);

    public static readonly LabMachine Attacker = new("attacker", 200, IsHost: false);

    /// <summary>The three hosts of the smallest installation, with the roles of deploy/inventory/three-hosts.yml.</summary>
    public static readonly IReadOnlyList<LabMachine> Hosts =
    [
        new("edge-1", 11, IsHost: true),
        new("app-1", 12, IsHost: true),
        new("app-2", 13, IsHost: true),
    ];

    public static readonly IReadOnlyList<LabMachine> All = [.. Hosts, Repository, Admin, Visitor, Attacker];

    /// <summary>The machine of a name that a person gave.</summary>
    /// <exception cref="FoobarException">There is none.</exception>
    public static LabMachine Find(string name) => All.FirstOrDefault(machine => machine.Name == name) ?? throw Unknown(name, All);

    /// <summary>The host of a name that a person gave.</summary>
    /// <exception cref="FoobarException">There is none.</exception>
    public static LabMachine FindHost(string name) => Hosts.FirstOrDefault(host => host.Name == name) ?? throw Unknown(name, Hosts);

    private static FoobarException Unknown(string name, IReadOnlyList<LabMachine> known) =>
        new($"the lab has no {(known.Count == Hosts.Count ? "host" : "machine")} '{name}'. Choose one of {string.Join(", ", known.Select(machine => machine.Name))}.");
}
