using FooBar.Data;

namespace FooBar.AppHost.State;

/// <summary>How the databases of a state folder replicate: remembered beside them, because neither kind of them can be started as the other.</summary>
internal static class ReplicationFile
{
    /// <summary>How to start: as it was asked for, else as the databases that are there do, else as a group.</summary>
    /// <exception cref="FoobarException">The databases that are there replicate in the other way, or it is not known how.</exception>
    public static ReplicationMode Choose(StateFolder state, ReplicationMode? asked)
    {
        ReplicationMode? found = state.HasDatabases ? Read(state) : null;
        return found is { } mode && asked is { } other && mode != other
            ? throw new FoobarException(
                $"The databases in {state.Path} are of --replication {Word(mode)}, and cannot be started as {Word(other)}. Leave the option out; or begin anew with ./foobar down --purge, which removes the data too; or give another folder with --state.")
            : asked ?? found ?? ReplicationMode.Group;
    }

    /// <summary>Remembers it; to be called before the first database is made.</summary>
    public static void Write(StateFolder state, ReplicationMode mode) => PrivateFile.Write(PathIn(state), Word(mode) + "\n");

    /// <summary>The word for it on the command line.</summary>
    public static string Word(ReplicationMode mode) => mode == ReplicationMode.Group ? "group" : "classic";

    /// <summary>What a word on the command line means; null when it is none of the two.</summary>
    public static ReplicationMode? Parse(string word) => word switch { "group" => ReplicationMode.Group, "classic" => ReplicationMode.Classic, _ => null };

    private static ReplicationMode Read(StateFolder state)
    {
        string path = PathIn(state);
        if (!File.Exists(path))
        {
            // Made before there was a choice.
            return ReplicationMode.Group;
        }

        return Parse(File.ReadAllText(path).Trim())
            ?? throw new FoobarException($"{path} is damaged: it says how the databases replicate, group or classic. Write the word that it was into it; or begin anew with ./foobar down --purge, which removes the data too.");
    }

    private static string PathIn(StateFolder state) => Path.Combine(state.Path, "replication");
}
