namespace FooBar.Data;

/// <summary>What a node has proved to be.</summary>
public enum NodeRole
{
    /// <summary>It answers, or has not been asked yet, and proves nothing: recovering, cut off from the majority, in conflict.</summary>
    Unknown,

    /// <summary>The one proven writer.</summary>
    Primary,

    /// <summary>An online, read-only member of the majority.</summary>
    Replica,

    /// <summary>It does not answer the monitor.</summary>
    Offline,
}
