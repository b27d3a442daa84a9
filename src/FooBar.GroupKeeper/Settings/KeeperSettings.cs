namespace FooBar.GroupKeeper.Settings;

/// <summary>Section <c>Keeper</c>: the members of the group, which of them is kept here, and as whom the servers are spoken to.</summary>
internal sealed class KeeperSettings
{
    public const string Section = "Keeper";

    /// <summary>The member of <see cref="Members"/> that runs on this host and that this process keeps in the group. Required.</summary>
    public string Name { get; set; } = "";

    /// <summary>Every member of the group, in the same order on every host: of equals the first forms the group. 1 to 9, as MySQL allows.</summary>
    public IList<MemberSettings> Members { get; } = [];

    /// <summary>PEM file of the authority that signed the servers' certificates. Required; connections are always verified.</summary>
    public string CaPath { get; set; } = "";

    /// <summary>Administers the own member.</summary>
    public AccountSettings Local { get; set; } = new();

    /// <summary>Looks at the other members; may change nothing.</summary>
    public AccountSettings Peer { get; set; } = new();

    /// <summary>As whom the own member fetches from the others what it lacks; it is told that at every start of its replication.</summary>
    public AccountSettings Replication { get; set; } = new();

    /// <summary>An existing folder that is this process's alone, and outlives it. Required.</summary>
    public string StatePath { get; set; } = "";

    /// <summary>The own member's place in <see cref="Members"/>; -1 when it is not among them.</summary>
    public int Own() => Members.Select(member => member.Name).ToList().IndexOf(Name);
}

/// <summary>One MySQL server of the group.</summary>
internal sealed class MemberSettings
{
    /// <summary>How logs, metrics and orders call it. Required, unique.</summary>
    public string Name { get; set; } = "";

    /// <summary>Host name or address: what its certificate names and its <c>report_host</c> says. Required; with the port unique.</summary>
    public string Host { get; set; } = "";

    /// <summary>1 to 65,535, and its <c>report_port</c>. Default 3306.</summary>
    public int Port { get; set; } = 3306;

    /// <summary>The port of its <c>group_replication_local_address</c>. 1 to 65,535. Default 33061.</summary>
    public int GroupPort { get; set; } = 33061;

    /// <summary>Its <c>group_replication_member_weight</c>: of those that hold the same, the heaviest forms the group. 0 to 100. Default 50.</summary>
    public int Weight { get; set; } = 50;
}

/// <summary>One MySQL account.</summary>
internal sealed class AccountSettings
{
    /// <summary>Its name. Required.</summary>
    public string User { get; set; } = "";

    /// <summary>File whose first line is the password. Required, readable at start; the password itself is in no configuration.</summary>
    public string PasswordFile { get; set; } = "";
}
