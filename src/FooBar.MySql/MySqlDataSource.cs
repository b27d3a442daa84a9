using System.Data.Common;
using FooBar.MySql.Configuration;
using FooBar.MySql.Pool;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FooBar.MySql;

/// <summary>
/// One server and account, with a pool of connections to it. An application keeps one for as long as it runs. Thread-safe.
/// </summary>
public sealed class MySqlDataSource : DbDataSource
{
    /// <summary>
    /// The switch (<see cref="AppContext.SetSwitch"/>, or in runtimeconfig.json) with which the log of a connection that its owner never
    /// closed says where it was opened. Costs a stack trace at every opening. Looked at when a data source is made; default off.
    /// </summary>
    public const string RecordOpeningSwitch = "FooBar.MySql.RecordOpening";

    private readonly ConnectionOptions _options;

    /// <param name="connectionString">See <see cref="MySqlConnectionStringBuilder"/> for its keys.</param>
    /// <exception cref="ArgumentException">The string has an unknown key, a bad value, or lacks something; the message names it.</exception>
    public MySqlDataSource(string connectionString)
        : this(connectionString, loggers: null)
    {
    }

    /// <param name="connectionString">See <see cref="MySqlConnectionStringBuilder"/> for its keys.</param>
    /// <param name="loggers">Where the driver logs, in the category <see cref="MySqlTelemetry.LogCategory"/>; null for nowhere.</param>
    /// <exception cref="ArgumentException">The string has an unknown key, a bad value, or lacks something; the message names it.</exception>
    public MySqlDataSource(string connectionString, ILoggerFactory? loggers)
        : this(connectionString, TimeProvider.System, loggers)
    {
    }

    internal MySqlDataSource(string connectionString, TimeProvider time, ILoggerFactory? loggers = null)
    {
        _options = ConnectionOptions.Parse(connectionString);
        Time = time;
        Log = loggers?.CreateLogger(MySqlTelemetry.LogCategory) ?? NullLogger.Instance;
        Pool = new SessionPool(_options, time, Log);
    }

    /// <summary>The connection string without the password.</summary>
    public override string ConnectionString => _options.PublicConnectionString;

    internal SessionPool Pool { get; }

    internal TimeProvider Time { get; }

    internal ILogger Log { get; }

    internal bool RecordsOpening { get; init; } = AppContext.TryGetSwitch(RecordOpeningSwitch, out bool isOn) && isOn;

    /// <summary>
    /// Lets go of every physical connection: idle ones are closed now, those in use when they are given back. For a server whose role has
    /// changed, so that no session of its earlier role is used again. Does not disturb work under way.
    /// </summary>
    public void Retire() => Pool.Retire();

    /// <summary>Makes a connection, closed; opening it takes a session from the pool.</summary>
    public new MySqlConnection CreateConnection() => new(this, _options);

    /// <summary>Makes a connection and opens it.</summary>
    /// <exception cref="MySqlException">It could not be opened in time.</exception>
    public new MySqlConnection OpenConnection() => (MySqlConnection)base.OpenConnection();

    /// <summary>Makes a connection and opens it.</summary>
    /// <exception cref="MySqlException">It could not be opened in time.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public new async ValueTask<MySqlConnection> OpenConnectionAsync(CancellationToken cancellationToken = default) =>
        (MySqlConnection)await base.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>
    /// Makes a command that opens a connection for each of its executions and gives it back behind it, with its reader if there is one. Its
    /// time-out is over everything: the wait for the pool, the connect and the statement.
    /// </summary>
    public new MySqlCommand CreateCommand(string? commandText = null) => new(this, commandText);

    /// <summary>Makes a batch that opens a connection for each of its executions, as a command of the data source does.</summary>
    public new MySqlBatch CreateBatch() => new(this);

    internal int DefaultCommandTimeout => _options.DefaultCommandTimeoutSeconds;

    /// <inheritdoc />
    protected override DbCommand CreateDbCommand(string? commandText = null) => CreateCommand(commandText);

    /// <inheritdoc />
    protected override DbBatch CreateDbBatch() => CreateBatch();

    /// <inheritdoc />
    protected override DbConnection CreateDbConnection() => CreateConnection();

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing) Pool.Dispose();
        base.Dispose(disposing);
    }

    /// <inheritdoc />
    protected override ValueTask DisposeAsyncCore()
    {
        Pool.Dispose();
        return base.DisposeAsyncCore();
    }
}
