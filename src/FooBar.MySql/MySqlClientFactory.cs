using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace FooBar.MySql;

/// <summary>Makes the provider's objects for code that knows only System.Data.Common.</summary>
public sealed class MySqlClientFactory : DbProviderFactory
{
    /// <summary>The one instance.</summary>
    [SuppressMessage("Usage", "CA2211", Justification = "DbProviderFactories looks for a public static field of this name.")]
    public static readonly MySqlClientFactory Instance = new();

    private MySqlClientFactory()
    {
    }

    /// <inheritdoc />
    public override DbConnection CreateConnection() => new MySqlConnection();

    /// <inheritdoc />
    public override DbCommand CreateCommand() => new MySqlCommand();

    /// <inheritdoc />
    public override DbParameter CreateParameter() => new MySqlParameter();

    /// <inheritdoc />
    public override DbConnectionStringBuilder CreateConnectionStringBuilder() => new MySqlConnectionStringBuilder();

    /// <inheritdoc />
    public override DbDataSource CreateDataSource(string connectionString) => new MySqlDataSource(connectionString);
}
