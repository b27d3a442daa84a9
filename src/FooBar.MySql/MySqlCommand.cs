using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using FooBar.MySql.Results;
using FooBar.MySql.Sessions;
using FooBar.MySql.Statements;
using FooBar.MySql.Transport;

namespace FooBar.MySql;

/// <summary>
/// One statement. Its parameters are written <c>@name</c> and their values travel beside the text, never in it. A statement with
/// parameters is prepared on the server, once a session, and executed in the binary protocol; one without goes as text.
/// </summary>
public sealed class MySqlCommand : DbCommand
{
    internal const string TimeoutName = "command timeout";

    private const int LongestTimeoutSeconds = 49 * 24 * 3_600;

    private readonly MySqlParameterCollection _parameters = [];
    private string _text = string.Empty;
    private int? _timeoutSeconds;

    /// <summary>A command without text and connection yet.</summary>
    public MySqlCommand()
    {
    }

    /// <param name="commandText">One SQL statement.</param>
    /// <param name="connection">Where it is to run.</param>
    public MySqlCommand(string commandText, MySqlConnection connection)
    {
        CommandText = commandText;
        Connection = connection;
    }

    /// <summary>One SQL statement. A bare @name is always a parameter; a user variable is written @`name`.</summary>
    [AllowNull]
    public override string CommandText
    {
        get => _text;
        set => _text = value ?? string.Empty;
    }

    /// <summary>
    /// Seconds that the command may wait for the server, all its waits together, the time between the rows not counted; 0 is for ever.
    /// Default: the connection string's Default Command Timeout. When it runs out the connection is broken.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public override int CommandTimeout
    {
        get => _timeoutSeconds ?? Connection?.DefaultCommandTimeout ?? 30;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _timeoutSeconds = value;
        }
    }

    /// <summary>Text; a procedure is called by a CALL statement.</summary>
    /// <exception cref="NotSupportedException">Set to something else.</exception>
    public override CommandType CommandType
    {
        get => CommandType.Text;
        set
        {
            if (value == CommandType.Text) return;

            throw new NotSupportedException($"CommandType.{value} is not supported; a procedure is called by CALL name(@parameter).");
        }
    }

    /// <inheritdoc />
    public override bool DesignTimeVisible { get; set; }

    /// <inheritdoc />
    public override UpdateRowSource UpdatedRowSource { get; set; }

    /// <summary>The connection on which the command runs.</summary>
    public new MySqlConnection? Connection { get; set; }

    /// <summary>The transaction in which the command is meant to run. It runs in the connection's, whether this is set or not.</summary>
    public new MySqlTransaction? Transaction { get; set; }

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
    /// Ends the call that is waiting for the server on another thread, with <see cref="OperationCanceledException"/>; the connection is
    /// then broken. Does nothing when no call waits. Thread-safe.
    /// </summary>
    public override void Cancel() => Connection?.CancelCallOf(this);

    /// <summary>Does nothing: a statement with parameters is prepared when it is first executed, and stays so.</summary>
    public override void Prepare()
    {
    }

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

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<MySqlDataReader> ExecuteAsync(CommandBehavior behavior, bool async, CancellationToken cancellationToken)
    {
        if (behavior.HasFlag(CommandBehavior.SchemaOnly) || behavior.HasFlag(CommandBehavior.KeyInfo))
        {
            throw new NotSupportedException("CommandBehavior.SchemaOnly and KeyInfo are not supported; query information_schema.");
        }

        if (_text.Length == 0) throw new InvalidOperationException("The command has no text.");
        MySqlConnection connection = Connection ?? throw new InvalidOperationException("The command has no connection.");
        Session session = connection.Session;
        connection.RequireNoReader();
        if (Transaction is { } transaction && transaction.Connection != connection)
        {
            throw new InvalidOperationException("The command's transaction has ended, or is another connection's.");
        }

        LastInsertedId = 0;
        TimeSpan timeout = TimeoutOf(CommandTimeout);
        ResultStream results;
        session.BeginCall(timeout, TimeoutName, owner: this, InterruptBy.Killing, cancellationToken);
        try
        {
            results = await StatementExecution.ExecuteAsync(session, _text, _parameters, async).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            throw await session.FailedAsync(failure, async, cancellationToken).ConfigureAwait(false);
        }

        TimeSpan spent = session.EndCall();
        if (session.IsInterrupted) await session.SettleAsync(results, async, cancellationToken).ConfigureAwait(false);
        LastInsertedId = results.LastInsertId;
        TimeSpan left = timeout == Timeout.InfiniteTimeSpan ? timeout : timeout - spent;
        return connection.Reader = new MySqlDataReader(this, connection, results, behavior, left);
    }

    private async ValueTask<int> ExecuteNonQueryAsync(bool async, CancellationToken cancellationToken)
    {
        MySqlDataReader reader = await ExecuteAsync(CommandBehavior.Default, async, cancellationToken).ConfigureAwait(false);
        try
        {
            while (await reader.NextResultAsync(async, cancellationToken).ConfigureAwait(false))
            {
            }

            return reader.RecordsAffected;
        }
        finally
        {
            await reader.CloseAsync(async).ConfigureAwait(false);
        }
    }

    private async ValueTask<object?> ExecuteScalarAsync(bool async, CancellationToken cancellationToken)
    {
        MySqlDataReader reader = await ExecuteAsync(CommandBehavior.Default, async, cancellationToken).ConfigureAwait(false);
        try
        {
            bool hasRow = await reader.ReadAsync(async, cancellationToken).ConfigureAwait(false);
            object? value = hasRow ? reader.GetValue(0) : null;
            while (await reader.NextResultAsync(async, cancellationToken).ConfigureAwait(false))
            {
            }

            return value;
        }
        finally
        {
            await reader.CloseAsync(async).ConfigureAwait(false);
        }
    }
}
