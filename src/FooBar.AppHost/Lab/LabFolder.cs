using FooBar.AppHost.State;

namespace FooBar.AppHost.Lab;

/// <summary>Where a lab keeps its files: <c>lab</c> in the state folder, the cache elsewhere when FOOBAR_LAB_CACHE says so. Paths only.</summary>
/// <param name="state">The state folder.</param>
/// <param name="name">Another name for a lab beside the one of the commands; both use the same cache.</param>
internal sealed class LabFolder(StateFolder state, string name = LabFolder.Standard)
{
    private const string Standard = "lab";

    public StateFolder State { get; } = state;

    public string Path { get; } = System.IO.Path.Combine(state.Path, name);

    /// <summary>The image of a bare host and the package repository: what takes minutes to make and serves every lab.</summary>
    public string Cache => Environment.GetEnvironmentVariable("FOOBAR_LAB_CACHE") is { Length: > 0 } shared ? System.IO.Path.GetFullPath(shared) : System.IO.Path.Combine(State.Path, Standard, "cache");

    /// <summary>Held while a lab is brought up or down.</summary>
    public string LockFile => System.IO.Path.Combine(Path, "lock");

    /// <summary>Everything of the lab that is up: disks, keys, logs. Gone when the lab is.</summary>
    public string Run => System.IO.Path.Combine(Path, "run");

    /// <summary>What the hosts wrote over the image.</summary>
    public string Disks => In("disks");

    /// <summary>The operator's files: key, known hosts, inventory, vault password.</summary>
    public string Admin => In("admin");

    public string Logs => In("logs");

    public LabScripts Scripts => new(In("scripts"));

    /// <summary>Who the lab that is up is.</summary>
    public string RecordFile => In("lab.json");

    /// <summary>The id of the namespaces' first process, written by it once mounts and bridge are there.</summary>
    public string InitFile => In("init");

    public string Log(string name) => System.IO.Path.Combine(Logs, name + ".log");

    public string In(string name) => System.IO.Path.Combine(Run, name);
}
