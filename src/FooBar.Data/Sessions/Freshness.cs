namespace FooBar.Data;

/// <summary>How new a read's answer must be.</summary>
public enum Freshness
{
    /// <summary>Never older than what this session, or whoever handed on its token, has written. The default.</summary>
    OwnWrites,

    /// <summary>What the proven primary holds.</summary>
    Latest,

    /// <summary>What any node holds, however old.</summary>
    Any,
}
