using System.Data;
using System.Data.Common;
using FooBar.MySql.Protocol;
using FooBar.MySql.Statements;
using FooBar.MySql.Transport;

namespace FooBar.MySql;

/// <summary>
/// Several commands that go to the server together. Queries alone, and inside a transaction inserts, updates and deletes too, are sent
/// without waiting for each other's answers. Any other batch goes one command at a time and ends at the first that fails. If a
/// command fails inside a transaction, the batch is undone as a whole: the transaction is as it was before it; but not one with a statement
/// that ends a transaction, may leave something in the session, or asks for the outcome of the one before. It makes no transaction of its own.
/// </summary>
public sealed class MySqlBatch : DbBatch
{
    private readonly MySqlBatchCommandCollection _commands = [];
    private readonly MySqlDataSource? _source;
    private MySqlConnection? _connection;
    private OwnConnection? _own;
    private MySqlTransaction? _transaction;
    private int? _timeoutSeconds;

    /// <summary>A batch without a connection yet.</summary>
    public MySqlBatch()
    {
    }

    /// <summary>A batch that opens a connection for each of its executions.</summary>
    internal MySqlBatch(MySqlDataSource source) => _source = source;

    /// <param name="connection">Where it is to run.</param>
    public MySqlBatch(MySqlConnection connection) => Connection = connection;

    /// <summary>The commands, in the order in which they are executed.</summary>
    public new MySqlBatchCommandCollection BatchCommands => _commands;

    /// <summary>
    /// Seconds that the batch may wait for the server, all its waits together; 0 is for ever. Default: the connection string's Default
    /// Command Timeout.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public override int Timeout
    {
        get => _timeoutSeconds ?? _source?.DefaultCommandTimeout ?? Connection?.DefaultCommandTimeout ?? 30;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _timeoutSeconds = value;
        }
    }

    /// <summary>The connection on which the batch runs; null for one of a data source, which opens its own for each execution.</summary>
    /// <exception cref="NotSupportedException">Set on a data source's batch.</exception>
    public new MySqlConnection? Connection
    {
        get => _connection;
        set => _connection = _source is null ? value : throw NotOfADataSource(nameof(Connection));
    }

    /// <summary>The transaction in which the batch is meant to run. It runs in the connection's, whether this is set or not.</summary>
    /// <exception cref="NotSupportedException">Set on a data source's batch.</exception>
    public new MySqlTransaction? Transaction
    {
        get => _transaction;
        set => _transaction = _source is null ? value : throw NotOfADataSource(nameof(Transaction));
    }

    /// <inheritdoc />
    protected override DbBatchCommandCollection DbBatchCommands => _commands;

    /// <inheritdoc />
    protected override DbConnection? DbConnection
    {
        get => Connection;
        set => Connection = (MySqlConnection?)value;
    }

    /// <inheritdoc />
    protected override DbTransaction? DbTransaction
    {
        get => Transaction;
        set => Transaction = (MySqlTransaction?)value;
    }

    /// <summary>Ends the call that is waiting for the server on another thread, as <see cref="MySqlCommand.Cancel"/> does. Thread-safe.</summary>
    public override void Cancel()
    {
        if (_own is { } own) own.Cancel(this);
        else Connection?.CancelCallOf(this);
    }

    /// <summary>Does nothing: a command with parameters is prepared when it is first executed, and stays so.</summary>
    public override void Prepare()
    {
    }

    /// <inheritdoc cref="Prepare" />
    public override Task PrepareAsync(CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested ? Task.FromCanceled(cancellationToken) : Task.CompletedTask;

    /// <summary>Runs every command and says how many rows they have affected together.</summary>
    public override int ExecuteNonQuery() => ExecuteNonQueryAsync(async: false, CancellationToken.None).Completed();

    /// <inheritdoc cref="ExecuteNonQuery" />
    public override Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken = default) =>
        ExecuteNonQueryAsync(async: true, cancellationToken).AsTask();

    /// <summary>Runs every command; the first value of the first row of the first command.</summary>
    public override object? ExecuteScalar() => ExecuteScalarAsync(async: false, CancellationToken.None).Completed();

    /// <inheritdoc cref="ExecuteScalar" />
    public override Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken = default) =>
        ExecuteScalarAsync(async: true, cancellationToken).AsTask();

    /// <summary>
    /// Runs the commands; each has its result, or several, in their order. Closed before its last result, the reader has the rest of a batch
    /// that was sent together executed, and that of any other not.
    /// </summary>
    public new MySqlDataReader ExecuteReader(CommandBehavior behavior = CommandBehavior.Default) =>
        ExecuteAsync(behavior, async: false, CancellationToken.None).Completed();

    /// <inheritdoc cref="ExecuteReader" />
    public new Task<MySqlDataReader> ExecuteReaderAsync(CancellationToken cancellationToken = default) =>
        ExecuteAsync(CommandBehavior.Default, async: true, cancellationToken).AsTask();

    /// <inheritdoc />
    protected override DbBatchCommand CreateDbBatchCommand() => new MySqlBatchCommand();

    /// <inheritdoc />
    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) => ExecuteReader(behavior);

    /// <inheritdoc />
    protected override async Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken) =>
        await ExecuteAsync(behavior, async: true, cancellationToken).ConfigureAwait(false);

    private ValueTask<MySqlDataReader> ExecuteAsync(CommandBehavior behavior, bool async, CancellationToken cancellationToken)
    {
        RequireCommands();
        TimeSpan timeout = MySqlCommand.TimeoutOf(Timeout);
        if (_source is not null) return ExecuteOnItsOwn(_source, timeout, behavior, async, cancellationToken);

        MySqlConnection connection = Connection ?? throw new InvalidOperationException("The batch has no connection.");
        connection.RequireReady(Transaction, "batch");
        return connection.ExecuteAsync(Execution(connection), timeout, behavior, async, cancellationToken);
    }

    private ValueTask<MySqlDataReader> ExecuteOnItsOwn(
        MySqlDataSource source, TimeSpan timeout, CommandBehavior behavior, bool async, CancellationToken cancellationToken)
    {
        OwnConnection own = _own = new OwnConnection(source);
        return own.ExecuteAsync(Execution, timeout, behavior, async, cancellationToken);
    }

    private BatchExecution Execution(MySqlConnection connection) => new(
        this,
        connection.Session,
        [.. _commands.Cast<MySqlBatchCommand>()],
        connection.Transaction is not null && connection.Session.Status.HasFlag(ServerStatus.InTransaction));

    /// <exception cref="InvalidOperationException">The batch cannot be executed.</exception>
    private void RequireCommands()
    {
        if (_commands.Count == 0) throw new InvalidOperationException("The batch has no commands.");
        for (int index = 0; index < _commands.Count; index++)
        {
            if (string.IsNullOrWhiteSpace(_commands[index].CommandText)) throw new InvalidOperationException($"Command {index} of the batch has no text.");
        }
    }

    private async ValueTask<int> ExecuteNonQueryAsync(bool async, CancellationToken cancellationToken)
    {
        MySqlDataReader reader = await ExecuteAsync(CommandBehavior.Default, async, cancellationToken).ConfigureAwait(false);
        return await reader.FinishAsync(async, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<object?> ExecuteScalarAsync(bool async, CancellationToken cancellationToken)
    {
        MySqlDataReader reader = await ExecuteAsync(CommandBehavior.Default, async, cancellationToken).ConfigureAwait(false);
        return await reader.FirstValueAsync(async, cancellationToken).ConfigureAwait(false);
    }

    private static NotSupportedException NotOfADataSource(string property) =>
        new($"A batch of a data source opens its own connection; its {property} cannot be set. Use CreateBatch of a connection.");
}
