namespace FooBar.Data.Faults.Tests.Play;

/// <summary>One entry of the fault catalogue: a fault that is made, and mended, while two applications work.</summary>
/// <param name="Number">Its number in the catalogue, 1 to 14.</param>
/// <param name="Name">What happens, in a few words; unique together with the number.</param>
/// <param name="PlayAsync">Makes the fault, mends it, and says what is promised (see <see cref="Scene"/>); begun under a load that has settled.</param>
internal sealed record Scenario(int Number, string Name, Func<Scene, Task> PlayAsync)
{
    /// <summary>Whether it applies to Group Replication.</summary>
    public bool InGroup { get; init; } = true;

    /// <summary>Whether it applies to classic replication.</summary>
    public bool InClassic { get; init; } = true;

    /// <summary>Whether it kills the primary of a group: of those a change runs two, and a thorough run twenty.</summary>
    public bool IsKill { get; init; }

    /// <summary>Whether every run plays it on a group.</summary>
    public bool IsAlwaysPlayed { get; init; }

    /// <summary>How often a thorough run plays it.</summary>
    public int ThoroughTimes { get; init; } = 1;

    /// <summary>Whether it takes a network of the tests' own, or a disk that can be filled, which need a namespace of its own.</summary>
    public bool NeedsNamespaces { get; init; }

    /// <summary>Whether what it leaves cannot be healed, so that the cluster is made anew.</summary>
    public bool SpoilsCluster { get; init; }

    /// <summary>Changes the options of an application; its number comes with them.</summary>
    public Action<DatabaseOptions, int>? Configure { get; init; }

    public override string ToString() => $"{Number} {Name}";
}
