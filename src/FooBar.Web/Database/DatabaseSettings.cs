namespace FooBar.Web.Database;

/// <summary>Section <c>Database</c>: where the database is and as whom this site speaks to it.</summary>
internal sealed class DatabaseSettings
{
    /// <summary>The database (schema) that holds the site's tables. Default <c>foobar</c>.</summary>
    public string Name { get; set; } = "foobar";

    /// <summary>PEM file of the authority that signed the nodes' certificates. Required; connections are always verified.</summary>
    public string CaPath { get; set; } = "";

    /// <summary>Every node of the cluster, in no particular order; which one is the primary is found out. At least one.</summary>
    public IList<NodeSettings> Nodes { get; } = [];

    /// <summary>
    /// Networks in CIDR notation, <c>10.0.0.0/8</c> or <c>fd00::/8</c>. Members of the group that are not among <see cref="Nodes"/> are taken on if every
    /// address of theirs is in one of these, verified as the nodes are and with the same accounts. Default none: only the nodes are used.
    /// </summary>
    public IList<string> DiscoveryNetworks { get; } = [];

    /// <summary>Reads and writes the site's tables, and nothing else.</summary>
    public AccountSettings App { get; set; } = new();

    /// <summary>Reads <c>performance_schema</c> to find out the nodes' roles.</summary>
    public AccountSettings Monitor { get; set; } = new();

    /// <summary>Creates and alters the site's tables, used at start-up only.</summary>
    public AccountSettings Schema { get; set; } = new();

    /// <summary>
    /// Connections that this instance may hold to one node for its pages. 1 to 10,000. Default 50: two instances and the rest stay well
    /// under a server's usual limit of 151.
    /// </summary>
    public int MaximumPoolSize { get; set; } = 50;

    /// <summary>Reads and writes that may wait for a node, or for their turn on it, at a time; the next one fails at once. 1 to 100,000. Default 1,000.</summary>
    public int MaximumWaiting { get; set; } = 1000;

    /// <summary>
    /// How old a page may be at most, by proof; what a visitor wrote is always on it. Longer than zero, up to an hour. Default one minute: long
    /// enough for pages to go on while a new primary is elected, and short enough that a replica which has stopped to replicate is not read from for long.
    /// </summary>
    public TimeSpan StalenessBound { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Reads at a time that this instance lets the primary answer because no replica could; the next ones wait for up to a second, and are then
    /// refused. 1 to 10,000. Default 32.
    /// </summary>
    public int MaximumPrimaryReads { get; set; } = 32;

    /// <summary>
    /// The location whose replicas this instance reads from as long as one of them can answer: its own host or zone, as in
    /// <c>Nodes:N:Location</c>. Default empty, for no preference.
    /// </summary>
    public string PreferredLocation { get; set; } = "";
}

/// <summary>One MySQL server.</summary>
internal sealed class NodeSettings
{
    /// <summary>How logs and metrics call it, for example <c>db-1</c>. Required, unique.</summary>
    public string Name { get; set; } = "";

    /// <summary>Host name or address, as its certificate has it. Required.</summary>
    public string Host { get; set; } = "";

    /// <summary>1 to 65,535. Default 3306.</summary>
    public int Port { get; set; } = 3306;

    /// <summary>Where it runs, for <see cref="DatabaseSettings.PreferredLocation"/>. Default empty.</summary>
    public string Location { get; set; } = "";
}

/// <summary>One MySQL account.</summary>
internal sealed class AccountSettings
{
    /// <summary>Its name. Required.</summary>
    public string User { get; set; } = "";

    /// <summary>File whose first line is the password. Required, readable at start; the password itself is in no configuration.</summary>
    public string PasswordFile { get; set; } = "";
}
