using System.Data.Common;
using Dapper;

namespace FooBar.MySql.Tests;

/// <summary>A statement that goes in front of the next one, in its round trip.</summary>
public sealed class SendWithNextTests(MySqlServerFixture mysql) : IAsyncLifetime
{
    private const string Refused = "SET SESSION no_such_variable = 1";

    private readonly MySqlDataSource _source = mysql.CreateDataSource("Maximum Pool Size=1");
    private readonly MySqlDataSource _others = mysql.CreateDataSource();
    private readonly string _table = "t" + Guid.NewGuid().ToString("N");
    private MySqlConnection _connection = null!;
    private MySqlConnection _other = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _connection = await _source.OpenConnectionAsync(Ct);
        _other = await _others.OpenConnectionAsync(Ct);
        await _other.ExecuteAsync($"CREATE TABLE {_table} (id INT PRIMARY KEY)");
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _other.ExecuteAsync($"DROP TABLE {_table}");
        await _other.DisposeAsync();
        await _source.DisposeAsync();
        await _others.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task StartTransaction_InFrontOfAWrite_HasItInTheTransaction(bool hasParameters)
    {
        // Three times: with parameters it is first prepared, then known.
        for (int i = 0; i < 3; i++)
        {
            _connection.SendWithNext("START TRANSACTION READ WRITE");
            await InsertAsync(i, hasParameters);
            Assert.Equal(0, await CountAsync());
            await _connection.ExecuteAsync("ROLLBACK");
        }

        _connection.SendWithNext("START TRANSACTION READ WRITE");
        await InsertAsync(9, hasParameters);
        await _connection.ExecuteAsync("COMMIT");
        Assert.Equal(1, await CountAsync());
        // It went with one, and not with the next.
        await InsertAsync(10, hasParameters);
        Assert.Equal(2, await CountAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Refused_TheNextIsExecutedAndItsCallThrowsTheRefusal(bool hasParameters)
    {
        for (int i = 0; i < 2; i++)
        {
            _connection.SendWithNext(Refused);

            MySqlException failure = await Assert.ThrowsAsync<MySqlException>(() => InsertAsync(i, hasParameters));

            Assert.Equal((1193, MySqlFailurePhase.Answered), (failure.Number, failure.Phase));
            Assert.Equal(i + 1, await CountAsync());
        }

        Assert.Equal(1, await _connection.ExecuteScalarAsync<int>("SELECT 1"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Refused_AndTheNextTooOrWithRows_ThrowsTheFirstRefusalAndTheConnectionStands(bool hasRows)
    {
        _connection.SendWithNext(Refused);

        MySqlException failure = await Assert.ThrowsAsync<MySqlException>(
            () => _connection.ExecuteAsync(hasRows ? "SELECT 1 UNION SELECT 2 UNION SELECT 3" : $"INSERT INTO {_table} VALUES (1), (1)"));

        Assert.Equal(1193, failure.Number);
        Assert.Equal(2, await _connection.ExecuteScalarAsync<int>("SELECT 2"));
    }

    [Fact]
    public async Task Refused_AndThePreparationBehindItToo_IsNotToldOfALaterStatement()
    {
        Assert.Equal(5, await _connection.ExecuteScalarAsync<int>("SELECT @id", new { id = 5 }));
        _connection.SendWithNext(Refused);

        MySqlException failure = await Assert.ThrowsAsync<MySqlException>(() => _connection.ExecuteAsync("INSERT INTO no_such_table VALUES (@id)", new { id = 1 }));

        Assert.Equal(1193, failure.Number);
        await InsertAsync(7, hasParameters: false);
        Assert.Equal(1, await CountAsync());
    }

    [Fact]
    public async Task Closed_BeforeTheNext_ItIsDropped()
    {
        _connection.SendWithNext("START TRANSACTION");
        await _connection.CloseAsync();
        await _connection.OpenAsync(Ct);

        await InsertAsync(1, hasParameters: false);

        Assert.Equal(1, await CountAsync());
    }

    [Fact]
    public async Task Reset_DueForTheNextOwner_GoesInFrontOfIt()
    {
        await _connection.ExecuteAsync("SET SESSION transaction_read_only = 1");
        await _connection.CloseAsync();
        await _connection.OpenAsync(Ct);

        _connection.SendWithNext("START TRANSACTION");
        await InsertAsync(1, hasParameters: true);
        await _connection.ExecuteAsync("COMMIT");

        Assert.Equal(1, await CountAsync());
    }

    [Fact]
    public async Task Batch_Behind_GoesOneCommandAtATime()
    {
        _connection.SendWithNext("START TRANSACTION");
        await using MySqlBatch batch = _connection.CreateBatch();
        foreach (int id in (int[])[1, 2])
            batch.BatchCommands.Add(new MySqlBatchCommand($"INSERT INTO {_table} VALUES ({id})"));

        Assert.Equal(2, await batch.ExecuteNonQueryAsync(Ct));

        Assert.Equal(0, await CountAsync());
        await _connection.ExecuteAsync("ROLLBACK");
        Assert.Equal(0, await CountAsync());
    }

    [Fact]
    public async Task Misused_SaysSo()
    {
        Assert.StartsWith(
            "A statement that is sent with the next one cannot have parameters.",
            Assert.Throws<ArgumentException>(() => _connection.SendWithNext("SET @`a` = @b")).Message,
            StringComparison.Ordinal);
        _connection.SendWithNext("START TRANSACTION");
        Assert.Equal(
            "A statement waits already to be sent with the next one.",
            Assert.Throws<InvalidOperationException>(() => _connection.SendWithNext("START TRANSACTION")).Message);
        await using DbDataReader reader = await _connection.ExecuteReaderAsync("SELECT 1");
        Assert.Throws<InvalidOperationException>(() => _connection.SendWithNext("START TRANSACTION"));
    }

    private Task<int> InsertAsync(int id, bool hasParameters) => hasParameters
        ? _connection.ExecuteAsync($"INSERT INTO {_table} VALUES (@id)", new { id })
        : _connection.ExecuteAsync($"INSERT INTO {_table} VALUES ({id})");

    private Task<int> CountAsync() => _other.ExecuteScalarAsync<int>($"SELECT COUNT(*) FROM {_table}");
}
