namespace FooBar.GroupKeeper.Decisions;

/// <summary>What a decision rests on beside the members' answers of this moment. Members are places in the configuration. Immutable.</summary>
internal sealed record Circumstances
{
    public static readonly IReadOnlySet<int> Nobody = new HashSet<int>();

    /// <summary>Members whose group is <see cref="LostGroups">lost</see> for certain.</summary>
    public IReadOnlySet<int> Lost { get; init; } = Nobody;

    /// <summary>Members that have not answered for so long that a group that still sees them is not about to notice their death.</summary>
    public IReadOnlySet<int> GivenUp { get; init; } = Nobody;

    /// <summary>Members that have been recovering for so long that nobody waits for them any more.</summary>
    public IReadOnlySet<int> Slow { get; init; } = Nobody;

    /// <summary>Members that have been a group of one for a while, and have not just found themselves alone.</summary>
    public IReadOnlySet<int> Settled { get; init; } = Nobody;

    /// <summary>Members without which an operator has ordered to form the group, if they do not answer.</summary>
    public IReadOnlySet<int> Without { get; init; } = Nobody;

    /// <summary>The own member began to join a group and has not been seen in it with others since.</summary>
    public bool IsJoining { get; init; }

    /// <summary>This process holds the locks: whoever is busy is busy with us.</summary>
    public bool HoldsLocks { get; init; }
}
