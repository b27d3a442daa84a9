namespace FooBar.Testing;

/// <summary>A server of a cluster, or an application that calls it, by its index.</summary>
public readonly record struct NetworkEnd
{
    private NetworkEnd(bool isMember, int index) => (IsMember, Index) = (isMember, index);

    /// <summary>Whether it is a server.</summary>
    public bool IsMember { get; }

    /// <summary>Which one, from 0.</summary>
    public int Index { get; }

    /// <summary>A server.</summary>
    public static NetworkEnd Member(int index) => new(true, index);

    /// <summary>An application.</summary>
    public static NetworkEnd Client(int index) => new(false, index);
}
