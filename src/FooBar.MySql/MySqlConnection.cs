using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using FooBar.MySql.Configuration;
using FooBar.MySql.Observability;
using FooBar.MySql.Results;
using FooBar.MySql.Schema;
using FooBar.MySql.Sessions;
using FooBar.MySql.Statements;
using FooBar.MySql.Transport;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using AmbientTransaction = System.Transactions.Transaction;

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

    /// <summary>Opens the connection, within its connection timeout.</summary>
    /// <exception cref="MySqlException">It could not be opened in time.</exception>
    /// <exception cref="InvalidOperationException">It is open already, or has no connection string.</exception>
    /// <exception cref="NotSupportedException">There is an ambient System.Transactions transaction, which would not hold what is written.</exception>
    public override void Open() => OpenAsync(async: false, CancellationToken.None).Completed();

    /// <inheritdoc cref="Open" />
    public override Task OpenAsync(CancellationToken cancellationToken) => OpenAsync(async: true, cancellationToken).AsTask();

    /// <summary>
    /// Gives the session back, or closes it. A transaction that was not committed is rolled back; a reader that was not read to its end is.
    /// Never throws: what cannot be cleaned up is closed. A call that another thread has under way ends with an exception.
    /// </summary>
    public override void Close() => CloseAsync(async: false).Completed();

    /// <inheritdoc cref="Close" />
    public override Task CloseAsync() => CloseAsync(async: true).AsTask();

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

    /// <summary>The collections that there are: <see cref="GetSchema(string, string[])"/>.</summary>
    public override DataTable GetSchema() => GetSchema(DbMetaDataCollectionNames.MetaDataCollections);

    /// <summary>A whole collection: <see cref="GetSchema(string, string[])"/>.</summary>
    public override DataTable GetSchema(string collectionName) => GetSchema(collectionName, []);

    /// <summary>
    /// A collection of facts about the server, as a table: the README lists them. Those about tables are read from information_schema and
    /// have its columns.
    /// </summary>
    /// <param name="collectionName">A name out of MetaDataCollections; its case does not count.</param>
    /// <param name="restrictionValues">
    /// What the entries must be equal to, in the order of the collection Restrictions; null, or missing at the end, for any.
    /// </param>
    /// <exception cref="ArgumentException">There is no such collection, or it has fewer restrictions.</exception>
    /// <exception cref="InvalidOperationException">The connection is not open, or has a reader open.</exception>
    public override DataTable GetSchema(string collectionName, string?[] restrictionValues) =>
        GetSchemaAsync(collectionName, restrictionValues, async: false, CancellationToken.None).Completed();

    /// <inheritdoc cref="GetSchema()" />
    public override Task<DataTable> GetSchemaAsync(CancellationToken cancellationToken = default) =>
        GetSchemaAsync(DbMetaDataCollectionNames.MetaDataCollections, cancellationToken);

    /// <inheritdoc cref="GetSchema(string)" />
    public override Task<DataTable> GetSchemaAsync(string collectionName, CancellationToken cancellationToken = default) =>
        GetSchemaAsync(collectionName, [], cancellationToken);

    /// <inheritdoc cref="GetSchema(string, string[])" />
    public override Task<DataTable> GetSchemaAsync(
        string collectionName, string?[] restrictionValues, CancellationToken cancellationToken = default) =>
        GetSchemaAsync(collectionName, restrictionValues, async: true, cancellationToken).AsTask();

    /// <summary>Refuses: a connection takes part in no System.Transactions transaction. Null, for none, does nothing.</summary>
    /// <exception cref="NotSupportedException">There is a transaction.</exception>
    public override void EnlistTransaction(AmbientTransaction? transaction)
    {
        if (transaction is not null) throw NotEnlisted();
    }

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
        _isDisposed = true;
        await CloseAsync(async: true).ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Without <paramref name="disposing"/> it is the finalizer's: an owner who never closed loses nothing but a log line.</summary>
    protected override void Dispose(bool disposing)
    {
        _isDisposed = true;
        if (disposing) Close();
        else if (_session is { } session) _dataSource?.Pool.Reclaim(session, _openedAt);
        base.Dispose(disposing);
    }

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

    /// <summary>Runs a statement of the driver's own, one that has neither parameters nor rows.</summary>
    internal ValueTask RunAsync(ReadOnlyMemory<byte> sql, bool async, CancellationToken cancellationToken) =>
        RunAsync(sql, SessionEffects.None, MySqlCommand.TimeoutOf(DefaultCommandTimeout), InterruptBy.Waiting, async, cancellationToken);

    /// <summary>Rolls back what nobody will commit any more, within the time that cleaning up may take.</summary>
    internal ValueTask RollBackAbandonedAsync(bool async) =>
        RunAsync(MySqlTransaction.RollbackSql, SessionEffects.None, CleanupTimeout, InterruptBy.Aborting, async, CancellationToken.None);

    /// <summary>Gives up the physical connection, as after a failed clean-up.</summary>
    internal void Break() => _session?.Break();

    /// <summary>Interrupts the call under way if it is this command's or batch's. Thread-safe.</summary>
    internal void CancelCallOf(object owner) => _session?.Cancel(owner);

    private async ValueTask RunAsync(
        ReadOnlyMemory<byte> sql, SessionEffects effects, TimeSpan timeout, InterruptBy by, bool async, CancellationToken cancellationToken)
    {
        Session session = Session;
        RequireNoReader();
        OperationScope operation = default;
        session.BeginCall(timeout, MySqlCommand.TimeoutName, owner: null, by, cancellationToken);
        ResultStream results;
        try
        {
            operation = OperationScope.Begin(this, sql.Span);
            results = await StatementExecution.QueryAsync(session, sql, effects, statement: null, async).ConfigureAwait(false);
            await results.DrainAsync(async).ConfigureAwait(false);
            operation.End();
        }
        catch (Exception failure)
        {
            Exception told = await session.FailedAsync(failure, async, cancellationToken).ConfigureAwait(false);
            operation.Fail(told);
            throw told;
        }

        session.EndCall();
        if (session.IsInterrupted) await session.SettleAsync(results, async, cancellationToken).ConfigureAwait(false);
    }

    /// <exception cref="InvalidOperationException">A reader is open.</exception>
    internal void RequireNoReader()
    {
        if (Reader is not null) throw new InvalidOperationException("A reader is open on this connection; close it first.");
    }

    /// <exception cref="InvalidOperationException">
    /// The server has rolled the open transaction back by itself: what runs now would be committed by itself, and the rest would be missing.
    /// </exception>
    internal void RequireNotRolledBack()
    {
        if (Transaction is not null && Session.RolledBackBy is { } cause)
        {
            throw new InvalidOperationException(
                $"The server has rolled the transaction back (error {cause.Number}); roll it back here too, or dispose it, and begin another.", cause);
        }
    }

    private async ValueTask OpenAsync(bool async, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (AmbientTransaction.Current is not null) throw NotEnlisted();
        if (Interlocked.Exchange(ref _isOpening, true)) throw new InvalidOperationException("The connection is being opened already.");

        try
        {
            if (_session is not null) throw new InvalidOperationException("The connection is open already.");
            if (_options is not { } options) throw new InvalidOperationException("The connection has no connection string.");

            if (_dataSource is { RecordsOpening: true }) _openedAt = Environment.StackTrace;
            ValueTask<Session> opening = _dataSource is { } source
                ? source.Pool.LeaseAsync(async, cancellationToken)
                : SessionOpener.OpenAsync(options, options.ConnectionTimeout, epoch: 0, new QueryKiller(options, TimeProvider.System), TimeProvider.System, async, cancellationToken);
            _session = await opening.ConfigureAwait(false);
        }
        finally
        {
            _isOpening = false;
        }

        if (_isDisposed)
        {
            // Disposed while it was being opened: nobody else will give the session back.
            await CloseAsync(async).ConfigureAwait(false);
            ObjectDisposedException.ThrowIf(_isDisposed, this);
        }

        OnStateChange(Opened);
    }

    /// <summary>Opens the connection within a limit that may be less than its connection timeout.</summary>
    /// <exception cref="MySqlException">The limit is over.</exception>
    internal async ValueTask OpenWithinAsync(TimeSpan limit, bool async, CancellationToken cancellationToken)
    {
        if (limit == Timeout.InfiniteTimeSpan)
        {
            await OpenAsync(async, cancellationToken).ConfigureAwait(false);
            return;
        }

        using CancellationTokenSource deadline = new(limit, Time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            await OpenAsync(async, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException cancelled)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                throw new MySqlCanceledException(cancelled.Message, MySqlFailurePhase.NotSent, cancelled, cancellationToken);
            }

            throw new MySqlException(
                $"{DataSource} did not answer in time: the {MySqlCommand.TimeoutName} of {limit.TotalSeconds:F1} s has run out while a connection "
                + "was being opened.",
                MySqlFailurePhase.NotSent,
                MySqlFailureReason.TimedOut,
                isTransient: true,
                cancelled);
        }
    }

    internal async ValueTask CloseAsync(bool async)
    {
        // One at a time: a reader that closes its connection comes here again, and another thread may.
        if (Interlocked.Exchange(ref _isClosing, true)) return;

        Session? session = _session;
        try
        {
            if (session is not null) await CleanUpAsync(session, async).ConfigureAwait(false);
        }
        finally
        {
            Reader = null;
            Transaction?.ConnectionClosed();
            Transaction = null;
            _session = null;
            _isClosing = false;
        }

        if (session is null) return;
        if (_dataSource is { } source) source.Pool.Return(session);
        else session.Dispose();

        OnStateChange(Closed);
    }

    private async ValueTask CleanUpAsync(Session session, bool async)
    {
        try
        {
            if (Reader is { } reader) await reader.CloseAsync(async).ConfigureAwait(false);
            if (!session.IsBroken && session.MayBeInTransaction)
            {
                await RollBackAbandonedAsync(async).ConfigureAwait(false);
            }
        }
        catch (Exception failure) when (failure is MySqlException or InvalidOperationException)
        {
            session.Break();
        }

        if (!session.IsBusy) return;

        // Another thread waits for an answer: its call must end, and nobody else may get the session.
        session.Break();
        session.Link.Abort();
    }

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
            Session.Reset.MarkChanged();
            throw;
        }

        Session.RolledBackBy = null;
        return Transaction = new MySqlTransaction(this, isolationLevel, isReadOnly);
    }

    private async ValueTask<DataTable> GetSchemaAsync(
        string collectionName, string?[]? restrictionValues, bool async, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(collectionName);
        cancellationToken.ThrowIfCancellationRequested();
        SchemaCollection collection = SchemaCollections.Find(collectionName);
        _ = Session;
        return await collection.ReadAsync(this, restrictionValues ?? [], async, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask ChangeDatabaseAsync(string databaseName, bool async, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(databaseName);
        byte[] sql = Encoding.UTF8.GetBytes($"USE {Identifier.Quote(databaseName)}");
        await RunAsync(sql, async, cancellationToken).ConfigureAwait(false);
    }

    private static NotSupportedException NotEnlisted() => new(
        "Transactions of System.Transactions are not supported; use BeginTransaction, and within a TransactionScope open the connection "
        + "in one with TransactionScopeOption.Suppress.");
}
