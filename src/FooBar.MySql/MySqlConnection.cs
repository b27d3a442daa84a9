using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using FooBar.MySql.Configuration;
using FooBar.MySql.Protocol;
using FooBar.MySql.Results;
using FooBar.MySql.Sessions;
using FooBar.MySql.Statements;
using FooBar.MySql.Transport;

namespace FooBar.MySql;

/// <summary>
/// A connection to MySQL. One made by a <see cref="MySqlDataSource"/> is a lease of a pooled session: it begins with a clean session and
/// is given back by <see cref="Close"/>. One made from a connection string alone is not pooled.
/// Does one thing at a time, and is not thread-safe but for <see cref="MySqlCommand.Cancel"/>.
/// </summary>
public sealed class MySqlConnection : DbConnection
{
    /// <summary>
    /// Time for cleaning up behind a caller who has left: reading an abandoned result to its end, rolling back. A connection that takes
    /// longer is closed instead, which has the same effect.
    /// </summary>
    internal static readonly TimeSpan CleanupTimeout = TimeSpan.FromSeconds(3);

    private readonly MySqlDataSource? _dataSource;
    private ConnectionOptions? _options;
    private Session? _session;

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
    public override string Database => _session?.Schema ?? _options?.Database ?? string.Empty;

    /// <summary>Host and port, or the path of the Unix socket.</summary>
    public override string DataSource => _options?.Endpoint ?? string.Empty;

    /// <summary>The server's version as it calls itself, such as 9.7.4.</summary>
    /// <exception cref="InvalidOperationException">The connection is not open.</exception>
    public override string ServerVersion => Session.ServerVersion;

    /// <summary>The server's number of this session, as in SHOW PROCESSLIST and KILL.</summary>
    /// <exception cref="InvalidOperationException">The connection is not open.</exception>
    public long ServerThread => Session.ThreadId;

    /// <summary>
    /// Open, closed, or broken: the server is lost, or a call was interrupted, and the connection can only be closed.
    /// </summary>
    public override ConnectionState State => _session switch
    {
        null => ConnectionState.Closed,
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

    internal int DefaultCommandTimeout => _options?.DefaultCommandTimeoutSeconds ?? 30;

    /// <inheritdoc />
    public override void Open() => OpenAsync(async: false, CancellationToken.None).Completed();

    /// <inheritdoc />
    public override Task OpenAsync(CancellationToken cancellationToken) => OpenAsync(async: true, cancellationToken).AsTask();

    /// <summary>
    /// Gives the session back, or closes it. A transaction that was not committed is rolled back; a reader that was not read to its end is.
    /// Never throws: what cannot be cleaned up is closed.
    /// </summary>
    public override void Close() => CloseAsync(async: false).Completed();

    /// <inheritdoc cref="Close" />
    public override Task CloseAsync() => CloseAsync(async: true).AsTask();

    /// <summary>Begins a transaction.</summary>
    public new MySqlTransaction BeginTransaction() => BeginTransaction(IsolationLevel.Unspecified);

    /// <summary>Begins a transaction; with <see cref="IsolationLevel.Unspecified"/> at the server's own level (REPEATABLE READ).</summary>
    public new MySqlTransaction BeginTransaction(IsolationLevel isolationLevel) =>
        BeginTransactionAsync(isolationLevel, async: false, CancellationToken.None).Completed();

    /// <summary>Begins a transaction.</summary>
    public new ValueTask<MySqlTransaction> BeginTransactionAsync(CancellationToken cancellationToken = default) =>
        BeginTransactionAsync(IsolationLevel.Unspecified, async: true, cancellationToken);

    /// <summary>Begins a transaction; with <see cref="IsolationLevel.Unspecified"/> at the server's own level (REPEATABLE READ).</summary>
    public new ValueTask<MySqlTransaction> BeginTransactionAsync(IsolationLevel isolationLevel, CancellationToken cancellationToken = default) =>
        BeginTransactionAsync(isolationLevel, async: true, cancellationToken);

    /// <summary>Makes a command on this connection.</summary>
    public new MySqlCommand CreateCommand() => new() { Connection = this };

    /// <summary>Makes another schema the current one, until the connection is closed.</summary>
    public override void ChangeDatabase(string databaseName) =>
        ChangeDatabaseAsync(databaseName, async: false, CancellationToken.None).Completed();

    /// <inheritdoc cref="ChangeDatabase" />
    public override Task ChangeDatabaseAsync(string databaseName, CancellationToken cancellationToken = default) =>
        ChangeDatabaseAsync(databaseName, async: true, cancellationToken).AsTask();

    /// <inheritdoc />
    public override async ValueTask DisposeAsync()
    {
        await CloseAsync(async: true).ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing) Close();
        base.Dispose(disposing);
    }

    /// <inheritdoc />
    protected override DbCommand CreateDbCommand() => CreateCommand();

    /// <inheritdoc />
    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) => BeginTransaction(isolationLevel);

    /// <inheritdoc />
    protected override async ValueTask<DbTransaction> BeginDbTransactionAsync(IsolationLevel isolationLevel, CancellationToken cancellationToken) =>
        await BeginTransactionAsync(isolationLevel, async: true, cancellationToken).ConfigureAwait(false);

    /// <summary>Runs a statement of the driver's own, one that has neither parameters nor rows.</summary>
    internal ValueTask RunAsync(ReadOnlyMemory<byte> sql, bool async, CancellationToken cancellationToken) =>
        RunAsync(sql, SessionEffects.None, MySqlCommand.TimeoutOf(DefaultCommandTimeout), InterruptBy.Waiting, async, cancellationToken);

    /// <summary>Rolls back what nobody will commit any more, within the time that cleaning up may take.</summary>
    internal ValueTask RollBackAbandonedAsync(bool async) =>
        RunAsync(MySqlTransaction.RollbackSql, SessionEffects.None, CleanupTimeout, InterruptBy.Aborting, async, CancellationToken.None);

    /// <summary>Interrupts the call under way if it is the command's. Thread-safe.</summary>
    internal void CancelCallOf(MySqlCommand command) => _session?.Cancel(command);

    private async ValueTask RunAsync(
        ReadOnlyMemory<byte> sql, SessionEffects effects, TimeSpan timeout, InterruptBy by, bool async, CancellationToken cancellationToken)
    {
        Session session = Session;
        RequireNoReader();
        session.BeginCall(timeout, MySqlCommand.TimeoutName, owner: null, by, cancellationToken);
        ResultStream results;
        try
        {
            results = await StatementExecution.QueryAsync(session, sql, effects, statement: null, async).ConfigureAwait(false);
            await results.DrainAsync(async).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            throw await session.FailedAsync(failure, async, cancellationToken).ConfigureAwait(false);
        }

        session.EndCall();
        if (session.IsInterrupted) await session.SettleAsync(results, async, cancellationToken).ConfigureAwait(false);
    }

    /// <exception cref="InvalidOperationException">A reader is open.</exception>
    internal void RequireNoReader()
    {
        if (Reader is not null) throw new InvalidOperationException("A reader is open on this connection; close it first.");
    }

    private async ValueTask OpenAsync(bool async, CancellationToken cancellationToken)
    {
        if (_session is not null) throw new InvalidOperationException("The connection is open already.");
        if (_options is not { } options) throw new InvalidOperationException("The connection has no connection string.");

        ValueTask<Session> opening = _dataSource is { } source
            ? source.Pool.LeaseAsync(async, cancellationToken)
            : SessionOpener.OpenAsync(options, options.ConnectionTimeout, epoch: 0, new QueryKiller(options, TimeProvider.System), TimeProvider.System, async, cancellationToken);
        _session = await opening.ConfigureAwait(false);
        OnStateChange(new StateChangeEventArgs(ConnectionState.Closed, ConnectionState.Open));
    }

    internal async ValueTask CloseAsync(bool async)
    {
        if (_session is not { } session) return;

        try
        {
            if (Reader is { } reader) await reader.CloseAsync(async).ConfigureAwait(false);
            if (!session.IsBroken && session.Status.HasFlag(ServerStatus.InTransaction))
            {
                await RollBackAbandonedAsync(async).ConfigureAwait(false);
            }
        }
        catch (Exception failure) when (failure is MySqlException or InvalidOperationException)
        {
            session.Break();
        }

        Reader = null;
        Transaction?.ConnectionClosed();
        Transaction = null;
        _session = null;
        if (_dataSource is { } source) source.Pool.Return(session);
        else session.Dispose();

        OnStateChange(new StateChangeEventArgs(ConnectionState.Open, ConnectionState.Closed));
    }

    private async ValueTask<MySqlTransaction> BeginTransactionAsync(
        IsolationLevel isolationLevel, bool async, CancellationToken cancellationToken)
    {
        if (Transaction is not null) throw new InvalidOperationException("A transaction is open on this connection; MySQL has no nested ones.");

        ReadOnlyMemory<byte> level = MySqlTransaction.IsolationSql(isolationLevel);
        if (!level.IsEmpty) await RunAsync(level, async, cancellationToken).ConfigureAwait(false);
        await RunAsync(MySqlTransaction.BeginSql(isolationLevel), async, cancellationToken).ConfigureAwait(false);
        return Transaction = new MySqlTransaction(this, isolationLevel);
    }

    private async ValueTask ChangeDatabaseAsync(string databaseName, bool async, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(databaseName);
        byte[] sql = System.Text.Encoding.UTF8.GetBytes($"USE `{databaseName.Replace("`", "``", StringComparison.Ordinal)}`");
        await RunAsync(sql, async, cancellationToken).ConfigureAwait(false);
    }
}
