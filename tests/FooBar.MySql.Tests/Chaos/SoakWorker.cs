using System.Globalization;

namespace FooBar.MySql.Tests.Chaos;

/// <summary>
/// Does what an application does, over and over, and checks every answer: reads and writes, transactions, statements that fail, are
/// cancelled or come only once, large values, readers that are left, and a connection from the pool every few statements.
/// </summary>
/// <param name="source">Shared by all workers.</param>
/// <param name="number">This one's number, which its rows carry.</param>
/// <param name="random">Chooses what to do.</param>
/// <param name="async">Whether it waits asynchronously.</param>
internal sealed class SoakWorker(MySqlDataSource source, int number, Random random, bool async)
{
    public const int Groups = 100;
    public const int RowsByGroup = 12;
    public const int BlobBytes = 1_000_000;

    private readonly byte[] _blob = new byte[100_000];
    private MySqlConnection _connection = null!;
    private long _once;
    private int _queries;

    /// <summary>Runs at least so many statements, and says how many it were.</summary>
    public async Task<int> RunAsync(int queries)
    {
        _queries = 0;
        while (_queries < queries)
        {
            MySqlConnection connection = source.CreateConnection();
            await using Closing closing = new(async, connection);
            if (async) await connection.OpenAsync();
            else connection.Open();
            _connection = connection;
            for (int left = random.Next(1, 10); left > 0; left--) await DoSomethingAsync();
        }

        return _queries;
    }

    private Task DoSomethingAsync() => random.Next(1_000) switch
    {
        < 400 => ReadByKeyAsync("SELECT @id, text FROM soak_rows WHERE id = @id"),
        < 600 => ReadGroupAsync(isLeft: false),
        < 620 => ReadGroupAsync(isLeft: true),
        < 720 => ReadByKeyAsync($"/* only once: {number} {_once++} */ SELECT @id, text FROM soak_rows WHERE id = @id"),
        < 800 => ReadByKeyInTextAsync(),
        < 890 => WriteAsync(),
        < 960 => TransactAsync(),
        < 993 => FailAsync(),
        < 995 => BeCancelledAsync(),
        < 998 => ReadBlobAsync(),
        _ => WriteBlobAsync(),
    };

    private async Task ReadByKeyAsync(string sql)
    {
        int id = random.Next(Groups * RowsByGroup);
        await using MySqlCommand command = Command(sql, ("id", id));
        MySqlDataReader reader = await ReadAsync(command);
        await using Closing closing = new(async, reader);
        Assert.True(await NextAsync(reader));
        Assert.Equal((id, TextOf(id)), (reader.GetInt32(0), reader.GetString(1)));
        Assert.False(await NextAsync(reader));
    }

    private async Task ReadByKeyInTextAsync()
    {
        int id = random.Next(Groups * RowsByGroup);
        await using MySqlCommand command = Command(string.Create(CultureInfo.InvariantCulture, $"SELECT text FROM soak_rows WHERE id = {id} AND {_once++} >= 0"));
        Assert.Equal(TextOf(id), async ? await command.ExecuteScalarAsync() : command.ExecuteScalar());
    }

    private async Task ReadGroupAsync(bool isLeft)
    {
        int group = random.Next(Groups);
        await using MySqlCommand command = Command("SELECT id, text FROM soak_rows WHERE id BETWEEN @first AND @first + 11 ORDER BY id", ("first", group * RowsByGroup));
        MySqlDataReader reader = await ReadAsync(command);
        await using Closing closing = new(async, reader);
        int row = 0;
        while (await NextAsync(reader))
        {
            Assert.Equal(((group * RowsByGroup) + row, TextOf((group * RowsByGroup) + row)), (reader.GetInt32(0), reader.GetString(1)));
            if (++row == 3 && isLeft) return;
        }

        Assert.Equal(RowsByGroup, row);
    }

    private Task WriteAsync() => WriteAsync(number);

    private async Task TransactAsync()
    {
        MySqlTransaction transaction = async ? await _connection.BeginTransactionAsync() : _connection.BeginTransaction();
        await using Closing closing = new(async, transaction);
        await WriteAsync(-1 - number);
        _queries += 2;
        if (random.Next(4) == 0) return;

        if (async) await transaction.CommitAsync();
        else transaction.Commit();
    }

    /// <summary>By a key that is always new: one that was there before brings locks of its neighbours, and deadlocks.</summary>
    private async Task WriteAsync(int worker)
    {
        long item = _once++;
        Assert.Equal(1, await ExecuteAsync("INSERT INTO soak_written VALUES (@worker, @item, @text)", ("worker", worker), ("item", item), ("text", TextOf(worker))));
        Assert.Equal(1, await ExecuteAsync("DELETE FROM soak_written WHERE worker = @worker AND item = @item", ("worker", worker), ("item", item)));
    }

    private async Task FailAsync()
    {
        MySqlException refused = await Assert.ThrowsAsync<MySqlException>(() => ExecuteAsync("INSERT INTO soak_rows VALUES (@id, '')", ("id", random.Next(Groups * RowsByGroup))));
        Assert.Equal((1062, MySqlFailurePhase.Answered), (refused.Number, refused.Phase));
    }

    private async Task BeCancelledAsync()
    {
        await using MySqlCommand command = Command("SELECT 1 FROM soak_rows WHERE SLEEP(30) = 0");
        using Trigger trigger = new(async ? Way.Token : Way.CancelMethod, command.Cancel, TimeSpan.FromMilliseconds(random.Next(10)), spin: 0, afterRows: null);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => _ = async ? await command.ExecuteScalarAsync(trigger.Token) : command.ExecuteScalar());
        Assert.Equal(System.Data.ConnectionState.Open, _connection.State);
    }

    private async Task ReadBlobAsync()
    {
        await using MySqlCommand command = Command("SELECT data FROM soak_blobs WHERE id = @id", ("id", -1));
        Assert.Equal(BlobBytes, Assert.IsType<byte[]>(async ? await command.ExecuteScalarAsync() : command.ExecuteScalar()).Length);
    }

    private Task<int> WriteBlobAsync() => ExecuteAsync("REPLACE INTO soak_blobs VALUES (@id, @data)", ("id", number), ("data", _blob));

    private MySqlCommand Command(string sql, params (string Name, object Value)[] parameters)
    {
        _queries++;
        MySqlCommand command = new(sql, _connection);
        foreach ((string name, object value) in parameters) command.Parameters.AddWithValue(name, value);
        return command;
    }

    private async Task<int> ExecuteAsync(string sql, params (string Name, object Value)[] parameters)
    {
        await using MySqlCommand command = Command(sql, parameters);
        return async ? await command.ExecuteNonQueryAsync() : command.ExecuteNonQuery();
    }

    private async Task<MySqlDataReader> ReadAsync(MySqlCommand command) => async ? await command.ExecuteReaderAsync() : command.ExecuteReader();

    private async Task<bool> NextAsync(MySqlDataReader reader) => async ? await reader.ReadAsync() : reader.Read();

    /// <summary>As the table's rows were made.</summary>
    private static string TextOf(int id) => string.Create(CultureInfo.InvariantCulture, $"the text of row {id}, ünïcödé");
}
