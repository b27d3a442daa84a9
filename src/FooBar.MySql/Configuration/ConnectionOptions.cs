using FooBar.MySql.Observability;

namespace FooBar.MySql.Configuration;

/// <summary>A connection string, read and checked once.</summary>
internal sealed record ConnectionOptions
{
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
        Require(
            builder.SslMode == MySqlSslMode.None || builder.SslCa.Length > 0,
            "'Ssl Mode' is VerifyFull, which needs 'Ssl Ca', the PEM file of the authority to trust.");
        Require(
            builder.SslCert.Length > 0 == builder.SslKey.Length > 0, "'Ssl Cert' and 'Ssl Key' are given together or not at all.");
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

    /// <summary>Host and port, for messages.</summary>
    public string Endpoint => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    private static string? OrNull(string value) => value.Length > 0 ? value : null;

    private static void Require(bool condition, string message)
    {
        if (!condition) throw new ArgumentException($"The connection string cannot be used: {message}");
    }
}
