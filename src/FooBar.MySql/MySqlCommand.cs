using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using FooBar.MySql.Statements;
using FooBar.MySql.Transport;

namespace FooBar.MySql;

/// <summary>
/// One statement. Its parameters are written <c>@name</c> and their values travel beside the text, never in it. A statement with
/// parameters is prepared on the server, once a session, and executed in the binary protocol; one without goes as text.
/// </summary>
public sealed class MySqlCommand : DbCommand, ICloneable
{
    internal const string TimeoutName = "command timeout";

    private const int LongestTimeoutSeconds = 49 * 24 * 3_600;

    private readonly MySqlParameterCollection _parameters = [];
    private string _text = string.Empty;
    private CommandType _type = CommandType.Text;
    private readonly MySqlDataSource? _source;
    private MySqlConnection? _connection;
    private OwnConnection? _own;
    private MySqlTransaction? _transaction;
    private int? _timeoutSeconds;
    private bool _isDisposed;

    /// <summary>A command without text and connection yet.</summary>
    public MySqlCommand()
    {
    }

    /// <summary>A command that opens a connection for each of its executions.</summary>
    internal MySqlCommand(MySqlDataSource? source, string? commandText)
    {
        _source = source;
        CommandText = commandText;
    }

    /// <param name="commandText">One SQL statement.</param>
    /// <param name="connection">Where it is to run.</param>
    public MySqlCommand(string commandText, MySqlConnection connection)
    {
        CommandText = commandText;
        Connection = connection;
    }

    /// <summary>
    /// One SQL statement. A bare @name is always a parameter; a user variable is written @`name`. With
    /// <see cref="CommandType.StoredProcedure"/> the name of a procedure, in backticks where it needs them.
    /// </summary>
    [AllowNull]
    public override string CommandText
    {
        get => _text;
        set => _text = value ?? string.Empty;
    }

    /// <summary>
    /// Seconds that the command may wait for the server, all its waits together, the time between the rows not counted; 0 is for ever.
    /// Default: the connection string's Default Command Timeout. When it runs out the statement is stopped, as by <see cref="Cancel"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public override int CommandTimeout
    {
        get => _timeoutSeconds ?? _source?.DefaultCommandTimeout ?? Connection?.DefaultCommandTimeout ?? 30;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _timeoutSeconds = value;
        }
    }

    /// <summary>
    /// Text, or StoredProcedure: the command calls the procedure of the name <see cref="CommandText"/> with the values of
    /// <see cref="Parameters"/> in their order; their names are not looked at. Default Text.
    /// </summary>
    /// <exception cref="NotSupportedException">Set to TableDirect.</exception>
    public override CommandType CommandType
    {
        get => _type;
        set => _type = value is CommandType.Text or CommandType.StoredProcedure
            ? value
            : throw new NotSupportedException($"CommandType.{value} is not supported; write SELECT * FROM the table.");
    }

    /// <inheritdoc />
    public override bool DesignTimeVisible { get; set; }

    /// <inheritdoc />
    public override UpdateRowSource UpdatedRowSource { get; set; } = UpdateRowSource.Both;

    /// <summary>The connection on which the command runs; null for one of a data source, which opens its own for each execution.</summary>
    /// <exception cref="NotSupportedException">Set on a data source's command.</exception>
    public new MySqlConnection? Connection
    {
        get => _connection;
        set => _connection = _source is null ? value : throw NotOfADataSource(nameof(Connection));
    }

    /// <summary>The transaction in which the command is meant to run. It runs in the connection's, whether this is set or not.</summary>
    /// <exception cref="NotSupportedException">Set on a data source's command.</exception>
    public new MySqlTransaction? Transaction
    {
        get => _transaction;
        set => _transaction = _source is null ? value : throw NotOfADataSource(nameof(Transaction));
    }

    /// <summary>The values of the parameters.</summary>
    public new MySqlParameterCollection Parameters => _parameters;

    /// <summary>The AUTO_INCREMENT value that the last execution generated, the first one if there were several; 0 if none.</summary>
    public long LastInsertedId { get; internal set; }

    /// <inheritdoc />
    protected override DbConnection? DbConnection
    {
        get => Connection;
        set => Connection = (MySqlConnection?)value;
    }

    /// <inheritdoc />
    protected override DbParameterCollection DbParameterCollection => _parameters;

    /// <inheritdoc />
    protected override DbTransaction? DbTransaction
    {
        get => Transaction;
        set => Transaction = (MySqlTransaction?)value;
    }

    /// <summary>
    /// Stops the statement that another thread waits for, with <see cref="MySqlCanceledException"/> there; the connection stays usable if the
    /// server stops it within the Cancellation Timeout. Does nothing when no call waits. Thread-safe.
    /// </summary>
    public override void Cancel()
    {
        if (_own is { } own) own.Cancel(this);
        else Connection?.CancelCallOf(this);
    }

    /// <summary>
    /// Looks whether the command could be executed, and does no more: a statement with parameters is prepared when it is first executed,
    /// and stays so.
    /// </summary>
    /// <exception cref="InvalidOperationException">The command has no text or no connection, or that is not open.</exception>
    public override void Prepare()
    {
        RequireExecutable();
        if (_source is not null) return;

        MySqlConnection connection = RequireConnection();
        _ = connection.Session;
        connection.RequireNoReader();
    }

    /// <summary>A command of the same text, settings, connection and transaction, with copies of the parameters.</summary>
    public MySqlCommand Clone()
    {
        MySqlCommand clone = new(_source, _text)
        {
            _type = _type,
            _timeoutSeconds = _timeoutSeconds,
            DesignTimeVisible = DesignTimeVisible,
            UpdatedRowSource = UpdatedRowSource,
            _connection = _connection,
            _transaction = _transaction,
        };
        foreach (MySqlParameter parameter in _parameters) clone._parameters.Add(parameter.Clone());
        return clone;
    }

    object ICloneable.Clone() => Clone();

    /// <inheritdoc />
    public override int ExecuteNonQuery() => ExecuteNonQueryAsync(async: false, CancellationToken.None).Completed();

    /// <inheritdoc />
    public override Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken) =>
        ExecuteNonQueryAsync(async: true, cancellationToken).AsTask();

    /// <inheritdoc />
    public override object? ExecuteScalar() => ExecuteScalarAsync(async: false, CancellationToken.None).Completed();

    /// <inheritdoc />
    public override Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken) =>
        ExecuteScalarAsync(async: true, cancellationToken).AsTask();

    /// <summary>Runs the statement and reads up to its first row.</summary>
    public new MySqlDataReader ExecuteReader() => ExecuteAsync(CommandBehavior.Default, async: false, CancellationToken.None).Completed();

    /// <summary>Runs the statement and reads up to its first row.</summary>
    public new MySqlDataReader ExecuteReader(CommandBehavior behavior) =>
        ExecuteAsync(behavior, async: false, CancellationToken.None).Completed();

    /// <summary>Runs the statement and reads up to its first row.</summary>
    public new Task<MySqlDataReader> ExecuteReaderAsync(CancellationToken cancellationToken = default) =>
        ExecuteAsync(CommandBehavior.Default, async: true, cancellationToken).AsTask();

    /// <summary>A disposed command cannot be executed any more. A reader that it made goes on.</summary>
    protected override void Dispose(bool disposing)
    {
        _isDisposed = true;
        base.Dispose(disposing);
    }

    /// <inheritdoc />
    protected override DbParameter CreateDbParameter() => new MySqlParameter();

    /// <inheritdoc />
    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) => ExecuteReader(behavior);

    /// <inheritdoc />
    protected override async Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken) =>
        await ExecuteAsync(behavior, async: true, cancellationToken).ConfigureAwait(false);

    /// <summary>A command timeout in seconds; 0, and what is longer than a timer of the runtime can be, is for ever.</summary>
    internal static TimeSpan TimeoutOf(int seconds) =>
        seconds is 0 or > LongestTimeoutSeconds ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(seconds);

    /// <summary>Runs the statement, or with SchemaOnly has it described, and reads up to its first row.</summary>
    internal ValueTask<MySqlDataReader> ExecuteAsync(CommandBehavior behavior, bool async, CancellationToken cancellationToken)
    {
        RequireExecutable();
        TimeSpan timeout = TimeoutOf(CommandTimeout);
        if (_source is not null) return ExecuteOnItsOwn(_source, timeout, behavior, async, cancellationToken);

        MySqlConnection connection = RequireConnection();
        connection.RequireReady(Transaction, "command");
        return connection.ExecuteAsync(Execution(connection, behavior), timeout, behavior, async, cancellationToken);
    }

    private ValueTask<MySqlDataReader> ExecuteOnItsOwn(
        MySqlDataSource source, TimeSpan timeout, CommandBehavior behavior, bool async, CancellationToken cancellationToken)
    {
        OwnConnection own = _own = new OwnConnection(source);
        return own.ExecuteAsync(connection => Execution(connection, behavior), timeout, behavior, async, cancellationToken);
    }

    private CommandExecution Execution(MySqlConnection connection, CommandBehavior behavior)
    {
        LastInsertedId = 0;
        (string statement, MySqlParameterCollection parameters) = _type == CommandType.Text ? (_text, _parameters) : ProcedureCall();
        return new CommandExecution(this, connection.Session, statement, parameters, behavior);
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

    /// <exception cref="InvalidOperationException">The command cannot be executed.</exception>
    private void RequireExecutable()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (string.IsNullOrWhiteSpace(_text)) throw new InvalidOperationException("The command has no text.");
    }

    /// <summary>The parameters go by their position, and need no name that could stand in a statement.</summary>
    private (string Statement, MySqlParameterCollection Parameters) ProcedureCall()
    {
        MySqlParameterCollection arguments = [];
        foreach (MySqlParameter parameter in _parameters) arguments.AddWithValue($"p{arguments.Count}", parameter.Value);
        string names = string.Join(", ", arguments.Cast<MySqlParameter>().Select(argument => "@" + argument.ParameterName));
        return ($"CALL {_text}({names})", arguments);
    }

    private MySqlConnection RequireConnection() => Connection ?? throw new InvalidOperationException("The command has no connection.");

    private static NotSupportedException NotOfADataSource(string property) =>
        new($"A command of a data source opens its own connection; its {property} cannot be set. Use CreateCommand of a connection.");
}
