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

    /// <summary>False: MySQL servers do not make themselves known.</summary>
    public override bool CanCreateDataSourceEnumerator => false;

    /// <inheritdoc />
    public override bool CanCreateDataAdapter => true;

    /// <inheritdoc />
    public override bool CanCreateCommandBuilder => true;

    /// <inheritdoc />
    public override bool CanCreateBatch => true;

    /// <inheritdoc />
    public override DbBatch CreateBatch() => new MySqlBatch();

    /// <inheritdoc />
    public override DbBatchCommand CreateBatchCommand() => new MySqlBatchCommand();

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

    /// <inheritdoc />
    public override DbDataAdapter CreateDataAdapter() => new MySqlDataAdapter();

    /// <inheritdoc />
    public override DbCommandBuilder CreateCommandBuilder() => new MySqlCommandBuilder();
}
