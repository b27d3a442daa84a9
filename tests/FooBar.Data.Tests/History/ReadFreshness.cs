namespace FooBar.Data.Tests.History;

/// <summary>What a read was promised.</summary>
internal enum ReadKind
{
    OwnWrites,
    AtMost,
    Latest,
    Any,
}

/// <summary>How new a read's answer had to be, in the history's own words: a history outlives what the data layer calls it.</summary>
/// <param name="Kind">The promise.</param>
/// <param name="Age">For <see cref="ReadKind.AtMost"/> how old the answer may be; zero for the others.</param>
internal readonly record struct ReadFreshness(ReadKind Kind, TimeSpan Age)
{
    public static ReadFreshness OwnWrites => new(ReadKind.OwnWrites, TimeSpan.Zero);

    public static ReadFreshness Latest => new(ReadKind.Latest, TimeSpan.Zero);

    public static ReadFreshness Any => new(ReadKind.Any, TimeSpan.Zero);

    public static ReadFreshness AtMost(TimeSpan age) => new(ReadKind.AtMost, age);

    /// <summary>What to ask the data layer for. The one place that knows both.</summary>
    public Freshness ForDataLayer() => Kind switch
    {
        ReadKind.OwnWrites => Freshness.OwnWrites,
        ReadKind.AtMost => Freshness.AtMost(Age),
        ReadKind.Latest => Freshness.Latest,
        _ => Freshness.Any,
    };

    public override string ToString() => Kind == ReadKind.AtMost ? $"AtMost({Age.TotalSeconds:0.###} s)" : Kind.ToString();
}
