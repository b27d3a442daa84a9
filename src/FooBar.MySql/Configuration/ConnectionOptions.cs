namespace FooBar.MySql.Configuration;

/// <summary>A connection string, read and checked once.</summary>
internal sealed record ConnectionOptions
{
    public required string Host { get; init; }

    public required int Port { get; init; }

    public required string User { get; init; }

    public required string Password { get; init; }

    /// <summary>Read at every physical connection, so that a changed password needs no restart; null when the password is in the string.</summary>
    public required string? PasswordFile { get; init; }

    public required string Database { get; init; }

    public required MySqlSslMode SslMode { get; init; }

    public required string SslCa { get; init; }

    public required string SslCert { get; init; }

    public required string SslKey { get; init; }

    public required int MaximumPoolSize { get; init; }

    public required int MinimumPoolSize { get; init; }

    public required TimeSpan ConnectionTimeout { get; init; }

    public required int DefaultCommandTimeoutSeconds { get; init; }

    public required string ApplicationName { get; init; }

    /// <summary>The connection string without the password.</summary>
    public required string PublicConnectionString { get; init; }

    /// <exception cref="ArgumentException">A key is missing, or two keys contradict each other; the message names them.</exception>
    public static ConnectionOptions Parse(string connectionString)
    {
        MySqlConnectionStringBuilder builder = new(connectionString);
        Require(builder.Server.Length > 0, "'Server' is missing.");
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
            User = builder.UserID,
            Password = builder.Password,
            PasswordFile = builder.PasswordFile.Length > 0 ? builder.PasswordFile : null,
            Database = builder.Database,
            SslMode = builder.SslMode,
            SslCa = builder.SslCa,
            SslCert = builder.SslCert,
            SslKey = builder.SslKey,
            MaximumPoolSize = builder.MaximumPoolSize,
            MinimumPoolSize = builder.MinimumPoolSize,
            ConnectionTimeout = TimeSpan.FromSeconds(builder.ConnectionTimeout),
            DefaultCommandTimeoutSeconds = builder.DefaultCommandTimeout,
            ApplicationName = builder.ApplicationName,
            PublicConnectionString = published.ConnectionString,
        };
    }

    /// <summary>Host and port, for messages.</summary>
    public string Endpoint => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    private static void Require(bool condition, string message)
    {
        if (!condition) throw new ArgumentException($"The connection string cannot be used: {message}");
    }
}
