using System.Text.Json;
using FooBar.AppHost.Processes;
using FooBar.AppHost.Supervision;
using FooBar.Data;

namespace FooBar.AppHost.State;

/// <summary>One child as the supervisor wrote it down.</summary>
/// <param name="Name">Its name, such as <c>web-1</c>.</param>
/// <param name="Kind"><c>gateway</c>, <c>web</c>, <c>db</c> or <c>prometheus</c>.</param>
/// <param name="Url">Where it serves; null for a database.</param>
/// <param name="Admin">Its admin address; null where it has none.</param>
/// <param name="Host">A database's host; null otherwise.</param>
/// <param name="Port">A database's port; 0 otherwise.</param>
/// <param name="Process">The process that runs or ran last; null when that had ended as this was written.</param>
internal sealed record ChildRecord(string Name, string Kind, string? Url, string? Admin, string? Host, int Port, ProcessIdentity? Process)
{
    /// <summary>How often it was started again.</summary>
    public int Restarts { get; init; }

    /// <summary>What the supervisor does about it.</summary>
    public ChildCondition Condition { get; init; }
}

/// <summary>What a running stack is: written by its supervisor into the state folder, read by <c>status</c>, <c>down</c> and <c>logs</c>.</summary>
/// <param name="Supervisor">The supervisor's process.</param>
/// <param name="Phase"><c>starting</c>, <c>running</c> or <c>stopping</c>.</param>
/// <param name="Url">The site's address.</param>
/// <param name="MySqlHome">The MySQL installation in use; null until it is known.</param>
/// <param name="Children">Every child, in the order of starting.</param>
internal sealed record StackRecord(ProcessIdentity? Supervisor, string Phase, string Url, string? MySqlHome, IReadOnlyList<ChildRecord> Children)
{
    /// <summary>How its databases replicate.</summary>
    public ReplicationMode Replication { get; init; }

    /// <summary>The newest of what happened since it was up, oldest first.</summary>
    public IReadOnlyList<StackEvent> Events { get; init; } = [];

    /// <summary>The record of a stack whose supervisor lives; null when nothing runs here.</summary>
    public static StackRecord? ReadLiving(StateFolder state) => ReadAny(state) is { Supervisor.IsAlive: true } record ? record : null;

    /// <summary>The last record, whether its supervisor lives or not; null when there is none that can be read.</summary>
    public static StackRecord? ReadAny(StateFolder state)
    {
        try
        {
            // JSON of another shape leaves parts out; the next start writes the file anew.
            return JsonSerializer.Deserialize<StackRecord>(File.ReadAllText(state.RuntimeFile), JsonSerializerOptions.Web) is { Children: { } children, Phase: not null, Url: not null } record
                && children.All(child => child is { Name: not null, Kind: not null }) ? record : null;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return null;
        }
    }

    public void Write(StateFolder state) => PrivateFile.Write(state.RuntimeFile, JsonSerializer.Serialize(this, JsonSerializerOptions.Web));
}
