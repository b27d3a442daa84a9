using System.Data;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace FooBar.MySql.Tests.Fuzz;

/// <summary>The program's side of a conversation: blocking calls or asynchronous ones, written down as they go.</summary>
internal sealed class Client(MySqlDataSource source, bool async, CancellationToken cancellationToken)
{
    private readonly StringBuilder _transcript = new();
    private MySqlConnection? _connection;
    private volatile MySqlCommand? _command;

    public string Transcript => _transcript.ToString();

    /// <summary>A connection was open at least once: a failure is one of a statement, or of the next opening.</summary>
    public bool HasOpened { get; private set; }

    private MySqlConnection Connection => _connection!;

    /// <summary>Ends a blocking call from another thread; an asynchronous one has its token.</summary>
    public void Cancel() => _command?.Cancel();

    public async ValueTask OpenAsync()
    {
        _connection = source.CreateConnection();
        if (async) await Connection.OpenAsync(cancellationToken);
        else Connection.Open();
        HasOpened = true;
    }

    public async ValueTask CloseAsync()
    {
        if (_connection is null) return;

        if (async) await Connection.CloseAsync();
        else Connection.Close();
        _connection = null;
    }

    public async ValueTask QueryAsync(string sql, int? value = null)
    {
        using MySqlCommand command = Command(sql, value);
        await ReadAllAsync(async ? await command.ExecuteReaderAsync(cancellationToken) : command.ExecuteReader());
    }

    /// <summary>Sends statements together.</summary>
    public async ValueTask BatchAsync(params (string Sql, int? Value)[] commands)
    {
        using MySqlBatch batch = new(Connection);
        foreach ((string sql, int? value) in commands)
        {
            MySqlBatchCommand command = batch.BatchCommands.Add(sql);
            if (value is not null) command.Parameters.AddWithValue("v", value);
        }

        await ReadAllAsync(async ? await batch.ExecuteReaderAsync(cancellationToken) : batch.ExecuteReader());
    }

    public async ValueTask BatchInTransactionAsync(params (string Sql, int? Value)[] commands)
    {
        MySqlTransaction transaction = async ? await Connection.BeginTransactionAsync(cancellationToken) : Connection.BeginTransaction();
        await BatchAsync(commands);
        if (async) await transaction.CommitAsync(cancellationToken);
        else transaction.Commit();
    }

    public async ValueTask SkimAsync(string sql, int? value = null)
    {
        using MySqlCommand command = Command(sql, value);
        int affected = async ? await command.ExecuteNonQueryAsync(cancellationToken) : command.ExecuteNonQuery();
        _transcript.Append(CultureInfo.InvariantCulture, $"{affected} affected\n");
    }

    public async ValueTask AbandonAsync(string sql)
    {
        using MySqlCommand command = Command(sql, null);
        MySqlDataReader reader = async ? await command.ExecuteReaderAsync(cancellationToken) : command.ExecuteReader();
        if (async) await reader.DisposeAsync();
        else reader.Dispose();
        _transcript.Append("abandoned\n");
    }

    public async ValueTask StreamAsync(string sql, int? value = null)
    {
        using MySqlCommand command = Command(sql, value);
        MySqlDataReader reader = async
            ? (MySqlDataReader)await command.ExecuteReaderAsync(CommandBehavior.SequentialAccess, cancellationToken)
            : command.ExecuteReader(CommandBehavior.SequentialAccess);
        try
        {
            while (async ? await reader.ReadAsync(cancellationToken) : reader.Read())
            {
                _transcript.Append(CultureInfo.InvariantCulture, $"{reader.GetInt32(0)} ");
                using (Stream stream = reader.GetStream(1))
                {
                    byte[] hash = async ? await SHA256.HashDataAsync(stream, cancellationToken) : SHA256.HashData(stream);
                    _transcript.Append(Convert.ToHexString(hash));
                }

                using TextReader text = reader.GetTextReader(2);
                _transcript.Append(async ? await text.ReadToEndAsync(cancellationToken) : text.ReadToEnd());
                _transcript.Append(CultureInfo.InvariantCulture, $" {reader.GetInt32(3)}\n");
            }
        }
        finally
        {
            if (async) await reader.DisposeAsync();
            else reader.Dispose();
        }
    }

    /// <summary>Runs a statement and gives its reader to the caller, who takes what there is.</summary>
    public async ValueTask ReadAsync(string sql, int? value, Action<MySqlDataReader> read)
    {
        using MySqlCommand command = Command(sql, value);
        MySqlDataReader reader = async ? await command.ExecuteReaderAsync(cancellationToken) : command.ExecuteReader();
        try
        {
            read(reader);
        }
        finally
        {
            if (async) await reader.DisposeAsync();
            else reader.Dispose();
        }
    }

    public ValueTask RefusedAsync(string sql, int? value, int number) => RefusedAsync(number, () => QueryAsync(sql, value));

    /// <summary>Statements sent together, of which one is refused.</summary>
    public ValueTask RefusedAsync(int number, params (string Sql, int? Value)[] commands) => RefusedAsync(number, () => BatchAsync(commands));

    private async ValueTask RefusedAsync(int number, Func<ValueTask> call)
    {
        try
        {
            await call();
            _transcript.Append("not refused\n");
        }
        catch (MySqlException refused) when (refused.Number == number)
        {
            _transcript.Append(CultureInfo.InvariantCulture, $"{refused.Number} {refused.SqlState} {refused.Message} {refused.Phase}\n");
        }
    }

    public async ValueTask WriteAsync()
    {
        MySqlTransaction transaction = async ? await Connection.BeginTransactionAsync(cancellationToken) : Connection.BeginTransaction();
        foreach ((string sql, int? value) in new (string, int?)[] { ("INSERT tracked", null), ("UPDATE tracked SET a = @v", 4) })
        {
            using MySqlCommand command = Command(sql, value);
            int affected = async ? await command.ExecuteNonQueryAsync(cancellationToken) : command.ExecuteNonQuery();
            _transcript.Append(CultureInfo.InvariantCulture, $"{affected} affected, {command.LastInsertedId}\n");
        }

        if (async) await transaction.CommitAsync(cancellationToken);
        else transaction.Commit();
        _transcript.Append(CultureInfo.InvariantCulture, $"{Connection.LastCommitGtids}\n");
        if (async) await Connection.ChangeDatabaseAsync("other", cancellationToken);
        else Connection.ChangeDatabase("other");
        _transcript.Append(CultureInfo.InvariantCulture, $"{Connection.Database}\n");
    }

    private async ValueTask ReadAllAsync(MySqlDataReader reader)
    {
        try
        {
            do
            {
                while (async ? await reader.ReadAsync(cancellationToken) : reader.Read()) Note(reader);
                _transcript.Append(CultureInfo.InvariantCulture, $"({reader.FieldCount} columns)\n");
            }
            while (async ? await reader.NextResultAsync(cancellationToken) : reader.NextResult());

            _transcript.Append(CultureInfo.InvariantCulture, $"({reader.RecordsAffected} affected)\n");
        }
        finally
        {
            if (async) await reader.DisposeAsync();
            else reader.Dispose();
        }
    }

    private MySqlCommand Command(string sql, int? value)
    {
        MySqlCommand command = new(sql, Connection);
        if (value is not null) command.Parameters.AddWithValue("v", value);
        return _command = command;
    }

    private void Note(MySqlDataReader reader)
    {
        for (int ordinal = 0; ordinal < reader.FieldCount; ordinal++)
        {
            object value = reader.GetValue(ordinal);
            string text = value is byte[] bytes ? Convert.ToHexString(bytes) : Convert.ToString(value, CultureInfo.InvariantCulture)!;
            _transcript.Append(reader.GetDataTypeName(ordinal)).Append(' ').Append(text).Append(", ");
        }

        _transcript.Append('\n');
    }
}
