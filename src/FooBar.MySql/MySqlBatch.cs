using System.Data;
using System.Data.Common;
using FooBar.MySql.Observability;
using FooBar.MySql.Protocol;
using FooBar.MySql.Results;
using FooBar.MySql.Sessions;
using FooBar.MySql.Statements;
using FooBar.MySql.Transport;

namespace FooBar.MySql;

/// <summary>
/// Several commands that go to the server together. Queries alone, and inside a transaction inserts, updates and deletes too, are sent
/// without waiting for each other's answers. If one of those fails inside a transaction, the batch is undone as a whole: the transaction
/// is as it was before it. Any other batch goes one command at a time and ends at the first that fails. It makes no transaction of its own.
/// </summary>
public sealed class MySqlBatch : DbBatch
{
    private readonly MySqlBatchCommandCollection _commands = [];
    private int? _timeoutSeconds;

    /// <summary>A batch without a connection yet.</summary>
    public MySqlBatch()
    {
    }

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
        get => _timeoutSeconds ?? Connection?.DefaultCommandTimeout ?? 30;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _timeoutSeconds = value;
        }
    }

    /// <summary>The connection on which the batch runs.</summary>
    public new MySqlConnection? Connection { get; set; }

    /// <summary>The transaction in which the batch is meant to run. It runs in the connection's, whether this is set or not.</summary>
    public new MySqlTransaction? Transaction { get; set; }

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
    public override void Cancel() => Connection?.CancelCallOf(this);

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

    private async ValueTask<MySqlDataReader> ExecuteAsync(CommandBehavior behavior, bool async, CancellationToken cancellationToken)
    {
        MySqlConnection connection = RequireConnection();
        Session session = connection.Session;
        connection.RequireNoReader();
        if (Transaction is { } transaction && transaction.Connection != connection)
        {
            throw new InvalidOperationException("The batch's transaction has ended, or is another connection's.");
        }

        connection.RequireNotRolledBack();
        MySqlBatchCommand[] commands = [.. _commands.Cast<MySqlBatchCommand>()];
        BatchExecution batch = new(session, commands, connection.Transaction is not null && session.Status.HasFlag(ServerStatus.InTransaction));
        TimeSpan timeout = MySqlCommand.TimeoutOf(Timeout);
        ResultStream results;
        OperationScope operation = default;
        session.BeginCall(timeout, MySqlCommand.TimeoutName, owner: this, InterruptBy.Killing, cancellationToken);
        try
        {
            operation = OperationScope.Begin(connection, string.Join("; ", commands.Select(static command => command.CommandText)));
            results = await batch.BeginAsync(async).ConfigureAwait(false);
            operation.End();
        }
        catch (Exception failure)
        {
            Exception told = await session.FailedAsync(failure, async, cancellationToken).ConfigureAwait(false);
            operation.Fail(told);
            throw told;
        }

        TimeSpan spent = session.EndCall();
        if (session.IsInterrupted) await session.SettleAsync(results, async, cancellationToken).ConfigureAwait(false);
        TimeSpan left = timeout == System.Threading.Timeout.InfiniteTimeSpan ? timeout : timeout > spent ? timeout - spent : TimeSpan.Zero;
        return connection.Reader = new MySqlDataReader(this, connection, results, batch, behavior, left);
    }

    /// <exception cref="InvalidOperationException">The batch cannot be executed.</exception>
    private MySqlConnection RequireConnection()
    {
        if (_commands.Count == 0) throw new InvalidOperationException("The batch has no commands.");
        for (int index = 0; index < _commands.Count; index++)
        {
            if (string.IsNullOrWhiteSpace(_commands[index].CommandText)) throw new InvalidOperationException($"Command {index} of the batch has no text.");
        }

        return Connection ?? throw new InvalidOperationException("The batch has no connection.");
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
}
