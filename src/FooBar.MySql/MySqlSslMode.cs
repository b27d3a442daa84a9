namespace FooBar.MySql;

/// <summary>
/// Whether the connection is encrypted. There is nothing between the two: encryption to nobody in particular protects from nobody.
/// </summary>
public enum MySqlSslMode
{
    /// <summary>TLS; the server's certificate must come from the given authority and name the host.</summary>
    VerifyFull,

    /// <summary>
    /// No TLS. For a server on this machine. Where the server wants the password itself, it is sent over a Unix socket, or encrypted with the
    /// server's RSA key if the connection string allows that, and never in clear.
    /// </summary>
    None,
}
