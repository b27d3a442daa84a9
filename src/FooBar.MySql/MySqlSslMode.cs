namespace FooBar.MySql;

/// <summary>
/// Whether the connection is encrypted. There is nothing between the two: encryption to nobody in particular protects from nobody.
/// </summary>
public enum MySqlSslMode
{
    /// <summary>TLS; the server's certificate must come from the given authority and name the host.</summary>
    VerifyFull,

    /// <summary>No TLS. For a server on this machine; a password that needs a protected channel is not sent.</summary>
    None,
}
