namespace FooBar.MySql.Protocol;

/// <summary>Status flags of an OK packet.</summary>
[Flags]
internal enum ServerStatus : ushort
{
    None = 0,
    InTransaction = 0x0001,
    AutoCommit = 0x0002,
    MoreResultsExist = 0x0008,

    /// <summary>The session's sql_mode has NO_BACKSLASH_ESCAPES: a backslash in a string is an ordinary character.</summary>
    NoBackslashEscapes = 0x0200,
    SessionStateChanged = 0x4000,
}
