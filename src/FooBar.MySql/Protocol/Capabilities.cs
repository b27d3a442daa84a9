namespace FooBar.MySql.Protocol;

/// <summary>Capability flags that client and server exchange in the handshake (MySQL Internals, "Capabilities Flags").</summary>
[Flags]
internal enum Capabilities : uint
{
    None = 0,
    LongPassword = 1 << 0,

    /// <summary>The affected-rows count of an UPDATE is the rows it matched, as in other ADO.NET providers, not the rows it changed.</summary>
    FoundRows = 1 << 1,
    LongFlag = 1 << 2,
    ConnectWithDatabase = 1 << 3,
    Protocol41 = 1 << 9,
    Tls = 1 << 11,
    Transactions = 1 << 13,
    SecureConnection = 1 << 15,
    MultiResults = 1 << 17,
    PreparedMultiResults = 1 << 18,
    PluginAuthentication = 1 << 19,
    ConnectAttributes = 1 << 20,
    PluginAuthenticationLengthEncoded = 1 << 21,
    SessionTrack = 1 << 23,
    DeprecateEof = 1 << 24,
    QueryAttributes = 1 << 27,

    /// <summary>
    /// Without these there is one more dialect to speak: every server since 5.7 has them. LOCAL INFILE and multiple statements are
    /// absent on purpose: the first lets a server read the client's files, the second turns an injection into any statement.
    /// </summary>
    Required = Protocol41 | SecureConnection | PluginAuthentication | PluginAuthenticationLengthEncoded | SessionTrack | DeprecateEof
        | MultiResults | PreparedMultiResults,

    Wanted = Required | LongPassword | FoundRows | LongFlag | Transactions | ConnectAttributes | QueryAttributes,
}
