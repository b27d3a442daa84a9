using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using FooBar.MySql.Configuration;
using FooBar.MySql.Sessions;
using FooBar.MySql.Statements;
using FooBar.MySql.Transport;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FooBar.MySql;

/// <summary>
/// A connection to MySQL. One made by a <see cref="MySqlDataSource"/> is a lease of a pooled session: it begins with a clean session and
/// is given back by <see cref="Close"/>. One made from a connection string alone is not pooled.
/// Does one thing at a time, and is not thread-safe but for <see cref="MySqlCommand.Cancel"/>.
/// </summary>
public sealed partial class MySqlConnection : DbConnection
{
    /// <summary>
    /// Time for cleaning up behind a caller who has left: reading an abandoned result to its end, rolling back. A connection that takes
    /// longer is closed instead, which has the same effect.
    /// </summary>
    internal static readonly TimeSpan CleanupTimeout = TimeSpan.FromSeconds(3);

    private static readonly StateChangeEventArgs Opened = new(ConnectionState.Closed, ConnectionState.Open);
    private static readonly StateChangeEventArgs Closed = new(ConnectionState.Open, ConnectionState.Closed);

    private readonly MySqlDataSource? _dataSource;
    private ConnectionOptions? _options;
    private Session? _session;
    private bool _isOpening;
    private bool _isClosing;
    private volatile bool _isDisposed;
    private string? _openedAt;

    /// <summary>A connection without settings; set <see cref="ConnectionString"/> before it is opened.</summary>
    public MySqlConnection()
    {
    }

    /// <summary>A connection that is not pooled.</summary>
    /// <exception cref="ArgumentException">The string has an unknown key, a bad value, or lacks something; the message names it.</exception>
    public MySqlConnection(string connectionString) => _options = ConnectionOptions.Parse(connectionString);

    internal MySqlConnection(MySqlDataSource dataSource, ConnectionOptions options)
    {
        _dataSource = dataSource;
        _options = options;
    }

    /// <summary>The connection string; what is read is without the password.</summary>
    /// <exception cref="InvalidOperationException">Set on a connection that is open or belongs to a data source.</exception>
    [AllowNull]
    public override string ConnectionString
    {
        get => _options?.PublicConnectionString ?? string.Empty;
        set
        {
            if (_dataSource is not null || _session is not null)
            {
                throw new InvalidOperationException("The connection string of an open connection, or of a data source's, cannot be changed.");
            }

            _options = string.IsNullOrEmpty(value) ? null : ConnectionOptions.Parse(value);
        }
    }

    /// <summary>Seconds for opening.</summary>
    public override int ConnectionTimeout => (int)(_options?.ConnectionTimeout.TotalSeconds ?? 0);

    /// <summary>The current schema; empty for none.</summary>
    public override string Database => _session?.OwnSchema ?? _options?.Database ?? string.Empty;

    /// <summary>Host and port, or the path of the Unix socket.</summary>
    public override string DataSource => _options?.Endpoint ?? string.Empty;

    /// <summary>The server's version as it calls itself, such as 9.7.4.</summary>
    /// <exception cref="InvalidOperationException">The connection is not open.</exception>
    public override string ServerVersion => Session.ServerVersion;

    /// <summary>The server's number of this session, as in SHOW PROCESSLIST and KILL.</summary>
    /// <exception cref="InvalidOperationException">The connection is not open.</exception>
    public long ServerThread => Session.ThreadId;

    /// <summary>
    /// Open, closed, connecting, or broken: the server is lost, or a call was interrupted, and the connection can only be closed.
    /// </summary>
    public override ConnectionState State => _session switch
    {
        null => _isOpening ? ConnectionState.Connecting : ConnectionState.Closed,
        { IsBroken: true } => ConnectionState.Broken,
        _ => ConnectionState.Open,
    };

    /// <summary>
    /// The GTID set that the server reported with the last answer that carried one, since this connection was opened; null when no answer
    /// has, as after reads alone, and while the connection is closed. The server reports one with a COMMIT that wrote something, an
    /// autocommitted write and a DDL statement. A causal read elsewhere waits for this set.
    /// </summary>
    public string? LastCommitGtids => _session?.CommittedGtids;

    /// <inheritdoc />
    protected override DbProviderFactory DbProviderFactory => MySqlClientFactory.Instance;

    /// <summary>The transaction begun with <see cref="BeginTransaction()"/> that has not ended; null when there is none.</summary>
    internal MySqlTransaction? Transaction { get; set; }

    /// <summary>The reader that has not been closed; null when there is none.</summary>
    internal MySqlDataReader? Reader { get; set; }

    /// <exception cref="InvalidOperationException">The connection is not open.</exception>
    internal Session Session => _session ?? throw new InvalidOperationException("The connection is not open.");

    internal TimeProvider Time => _dataSource?.Time ?? TimeProvider.System;

    internal ILogger Log => _dataSource?.Log ?? NullLogger.Instance;

    internal int DefaultCommandTimeout => _options?.DefaultCommandTimeoutSeconds ?? 30;

    /// <summary>Begins a transaction.</summary>
    public new MySqlTransaction BeginTransaction() => BeginTransaction(IsolationLevel.Unspecified);

    /// <inheritdoc cref="BeginTransaction(IsolationLevel, bool)" />
    public new MySqlTransaction BeginTransaction(IsolationLevel isolationLevel) => BeginTransaction(isolationLevel, isReadOnly: false);

    /// <summary>Begins a transaction.</summary>
    /// <param name="isolationLevel">
    /// Unspecified: the server's own level (REPEATABLE READ). Snapshot: REPEATABLE READ whose view of the data is taken now, and not by the
    /// first read.
    /// </param>
    /// <param name="isReadOnly">Whether the server is to refuse writes, which lets it spare the reads some work.</param>
    /// <exception cref="InvalidOperationException">The connection is not open, or has a transaction or a reader open.</exception>
    /// <exception cref="NotSupportedException">MySQL has no such level.</exception>
    public MySqlTransaction BeginTransaction(IsolationLevel isolationLevel, bool isReadOnly) =>
        BeginTransactionAsync(isolationLevel, isReadOnly, async: false, CancellationToken.None).Completed();

    /// <summary>Begins a transaction.</summary>
    public new ValueTask<MySqlTransaction> BeginTransactionAsync(CancellationToken cancellationToken = default) =>
        BeginTransactionAsync(IsolationLevel.Unspecified, cancellationToken);

    /// <inheritdoc cref="BeginTransaction(IsolationLevel, bool)" />
    public new ValueTask<MySqlTransaction> BeginTransactionAsync(IsolationLevel isolationLevel, CancellationToken cancellationToken = default) =>
        BeginTransactionAsync(isolationLevel, isReadOnly: false, cancellationToken);

    /// <inheritdoc cref="BeginTransaction(IsolationLevel, bool)" />
    public ValueTask<MySqlTransaction> BeginTransactionAsync(
        IsolationLevel isolationLevel, bool isReadOnly, CancellationToken cancellationToken = default) =>
        BeginTransactionAsync(isolationLevel, isReadOnly, async: true, cancellationToken);

    /// <summary>Makes a command on this connection.</summary>
    public new MySqlCommand CreateCommand() => new() { Connection = this };

    /// <summary>Makes another schema the current one, until the connection is closed.</summary>
    public override void ChangeDatabase(string databaseName) =>
        ChangeDatabaseAsync(databaseName, async: false, CancellationToken.None).Completed();

    /// <inheritdoc cref="ChangeDatabase" />
    public override Task ChangeDatabaseAsync(string databaseName, CancellationToken cancellationToken = default) =>
        ChangeDatabaseAsync(databaseName, async: true, cancellationToken).AsTask();

    /// <inheritdoc />
    public override bool CanCreateBatch => true;

    /// <summary>Makes a batch on this connection.</summary>
    public new MySqlBatch CreateBatch() => new(this);

    /// <inheritdoc />
    protected override DbBatch CreateDbBatch() => CreateBatch();

    /// <inheritdoc />
    protected override DbCommand CreateDbCommand() => CreateCommand();

    /// <inheritdoc />
    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) => BeginTransaction(isolationLevel);

    /// <inheritdoc />
    protected override async ValueTask<DbTransaction> BeginDbTransactionAsync(IsolationLevel isolationLevel, CancellationToken cancellationToken) =>
        await BeginTransactionAsync(isolationLevel, cancellationToken).ConfigureAwait(false);

    /// <summary>Gives up the physical connection, as after a failed clean-up.</summary>
    internal void Break() => _session?.Break();

    private async ValueTask<MySqlTransaction> BeginTransactionAsync(
        IsolationLevel isolationLevel, bool isReadOnly, bool async, CancellationToken cancellationToken)
    {
        if (Transaction is not null) throw new InvalidOperationException("A transaction is open on this connection; MySQL has no nested ones.");

        ReadOnlyMemory<byte> level = MySqlTransaction.IsolationSql(isolationLevel);
        if (!level.IsEmpty) await RunAsync(level, async, cancellationToken).ConfigureAwait(false);
        try
        {
            await RunAsync(MySqlTransaction.BeginSql(isolationLevel, isReadOnly), async, cancellationToken).ConfigureAwait(false);
        }
        catch when (!level.IsEmpty)
        {
            // The level is that of the next transaction, whoever begins it.
            _session?.Reset.MarkChanged();
            throw;
        }

        Session.RolledBackBy = null;
        return Transaction = new MySqlTransaction(this, isolationLevel, isReadOnly);
    }

    private async ValueTask ChangeDatabaseAsync(string databaseName, bool async, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(databaseName);
        byte[] sql = Encoding.UTF8.GetBytes($"USE {Identifier.Quote(databaseName)}");
        await RunAsync(sql, async, cancellationToken).ConfigureAwait(false);
    }
}
