using System.Text;
using FooBar.MySql.Observability;

namespace FooBar.MySql.Configuration;

/// <summary>A connection string, read and checked once.</summary>
internal sealed record ConnectionOptions
{
    /// <summary>Bytes; sockaddr_un has 108, and the last one ends the path.</summary>
    private const int LongestSocketPath = 107;

    private ServerLabels? _labels;

    public required string Host { get; init; }

    public required int Port { get; init; }

    /// <summary>Path of the Unix socket to use in place of host and port; null for TCP.</summary>
    public required string? SocketPath { get; init; }

    public required string User { get; init; }

    public required string Password { get; init; }

    /// <summary>Read at every physical connection, so that a changed password needs no restart; null when the password is in the string.</summary>
    public required string? PasswordFile { get; init; }

    public required string Database { get; init; }

    public required MySqlSslMode SslMode { get; init; }

    public required string SslCa { get; init; }

    public required string SslCert { get; init; }

    public required string SslKey { get; init; }

    /// <summary>PEM file of the key with which the password is encrypted where there is no TLS; null for none.</summary>
    public required string? ServerRsaPublicKeyFile { get; init; }

    public required bool AllowPublicKeyRetrieval { get; init; }

    /// <summary>Zero: as the system has it.</summary>
    public required TimeSpan Keepalive { get; init; }

    public required int MaximumPoolSize { get; init; }

    public required int MinimumPoolSize { get; init; }

    public required TimeSpan ConnectionIdleTimeout { get; init; }

    /// <summary>Zero: no limit.</summary>
    public required TimeSpan ConnectionLifetime { get; init; }

    public required MySqlConnectionReset ConnectionReset { get; init; }

    public required TimeSpan ConnectionTimeout { get; init; }

    public required int DefaultCommandTimeoutSeconds { get; init; }

    /// <summary>Zero: an interrupted connection is closed at once.</summary>
    public required TimeSpan CancellationTimeout { get; init; }

    public required int StatementCacheSize { get; init; }

    public required MySqlZeroDates ZeroDates { get; init; }

    public required MySqlGuidFormat GuidFormat { get; init; }

    public required bool TraceContext { get; init; }

    public required string ApplicationName { get; init; }

    /// <summary>The connection string without the password.</summary>
    public required string PublicConnectionString { get; init; }

    /// <summary>What measurements and logs call the server and the pool.</summary>
    public ServerLabels Labels => _labels ??= new ServerLabels(this);

    /// <exception cref="ArgumentException">A key is missing, or two keys contradict each other; the message names them.</exception>
    public static ConnectionOptions Parse(string connectionString)
    {
        MySqlConnectionStringBuilder builder = new(connectionString);
        Require(builder.Server.Length > 0 || builder.Socket.Length > 0, "'Server' is missing.");
        Require(builder.UserID.Length > 0, "'User ID' is missing.");
        Require(builder.Password.Length == 0 || builder.PasswordFile.Length == 0, "Give 'Password' or 'Password File', not both.");
        if (builder.Socket.Length > 0) RequireSocketAlone(builder);
        RequireTls(builder);
        Require(
            builder.MinimumPoolSize <= builder.MaximumPoolSize,
            $"'Minimum Pool Size' {builder.MinimumPoolSize} is above 'Maximum Pool Size' {builder.MaximumPoolSize}.");

        MySqlConnectionStringBuilder published = new(connectionString);
        published.Remove(MySqlConnectionStringBuilder.PasswordKey);
        return new ConnectionOptions
        {
            Host = builder.Server,
            Port = builder.Port,
            SocketPath = OrNull(builder.Socket),
            User = builder.UserID,
            Password = builder.Password,
            PasswordFile = OrNull(builder.PasswordFile),
            Database = builder.Database,
            SslMode = builder.SslMode,
            SslCa = builder.SslCa,
            SslCert = builder.SslCert,
            SslKey = builder.SslKey,
            ServerRsaPublicKeyFile = OrNull(builder.ServerRsaPublicKeyFile),
            AllowPublicKeyRetrieval = builder.AllowPublicKeyRetrieval,
            Keepalive = TimeSpan.FromSeconds(builder.Keepalive),
            MaximumPoolSize = builder.MaximumPoolSize,
            MinimumPoolSize = builder.MinimumPoolSize,
            ConnectionIdleTimeout = TimeSpan.FromSeconds(builder.ConnectionIdleTimeout),
            ConnectionLifetime = TimeSpan.FromSeconds(builder.ConnectionLifetime),
            ConnectionReset = builder.ConnectionReset,
            ConnectionTimeout = TimeSpan.FromSeconds(builder.ConnectionTimeout),
            DefaultCommandTimeoutSeconds = builder.DefaultCommandTimeout,
            CancellationTimeout = TimeSpan.FromSeconds(builder.CancellationTimeout),
            StatementCacheSize = builder.StatementCacheSize,
            ZeroDates = builder.ZeroDates,
            GuidFormat = builder.GuidFormat,
            TraceContext = builder.TraceContext,
            ApplicationName = builder.ApplicationName,
            PublicConnectionString = published.ConnectionString,
        };
    }

    /// <summary>Without the password, which a record would print.</summary>
    public override string ToString() => PublicConnectionString;

    /// <summary>Host and port, or the path of the Unix socket; for messages.</summary>
    public string Endpoint => SocketPath ?? (Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}");

    /// <summary>What has no meaning for a Unix socket is refused, not passed over: it was meant for another connection.</summary>
    private static void RequireSocketAlone(MySqlConnectionStringBuilder builder)
    {
        foreach (string key in (string[])["Server", "Port", "Keepalive"])
        {
            Require(!builder.ShouldSerialize(key), $"Give 'Socket' or '{key}', not both.");
        }

        Require(
            builder.SslMode == MySqlSslMode.None,
            "'Ssl Mode' is VerifyFull, and 'Socket' has no host that a certificate could name; it does not leave this machine and needs no TLS.");
        Require(
            builder.ShouldSerialize("Ssl Mode") || (builder.SslCa.Length == 0 && builder.SslCert.Length == 0 && builder.SslKey.Length == 0),
            "'Ssl Ca', 'Ssl Cert' and 'Ssl Key' are for TLS, which 'Socket' does not use.");
        Require(
            Encoding.UTF8.GetByteCount(builder.Socket) <= LongestSocketPath,
            $"'Socket' is longer than the {LongestSocketPath} bytes that the path of a Unix socket can have.");
    }

    private static void RequireTls(MySqlConnectionStringBuilder builder)
    {
        bool withTls = builder.SslMode != MySqlSslMode.None;
        Require(!withTls || builder.SslCa.Length > 0, "'Ssl Mode' is VerifyFull, which needs 'Ssl Ca', the PEM file of the authority to trust.");
        Require(builder.SslCert.Length > 0 == builder.SslKey.Length > 0, "'Ssl Cert' and 'Ssl Key' are given together or not at all.");

        bool hasFile = builder.ServerRsaPublicKeyFile.Length > 0;
        string channel = withTls ? "TLS ('Ssl Mode' is VerifyFull)" : "a Unix socket ('Socket')";
        Require(
            (!withTls && builder.Socket.Length == 0) || (!hasFile && !builder.AllowPublicKeyRetrieval),
            $"'{(hasFile ? "Server RSA Public Key File" : "Allow Public Key Retrieval")}' is for a connection that nothing protects, and {channel} does.");
        Require(!hasFile || !builder.AllowPublicKeyRetrieval, "Give 'Server RSA Public Key File' or 'Allow Public Key Retrieval', not both.");
    }

    private static string? OrNull(string value) => value.Length > 0 ? value : null;

    private static void Require(bool condition, string message)
    {
        if (!condition) throw new ArgumentException($"The connection string cannot be used: {message}");
    }
}
