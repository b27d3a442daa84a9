using Dapper;

namespace FooBar.MySql.Tests;

/// <summary>A server that is set up otherwise than the driver wants it, and one that restarts.</summary>
public sealed class OtherDefaultsTests(OtherDefaultsFixture mysql)
{
    [Fact]
    public async Task Session_NewOrReset_SpeaksUtf8AndReportsGtids()
    {
        await using MySqlDataSource source = mysql.CreateDataSource();
        await using MySqlConnection connection = source.OpenConnection();
        await connection.ExecuteAsync("CREATE TABLE IF NOT EXISTS reports (t VARCHAR(20) CHARACTER SET utf8mb4)");
        for (int lease = 0; lease < 3; lease++)
        {
            Assert.Equal("latin1", connection.ExecuteScalar<string>("SELECT @@global.character_set_client"));
            Assert.Equal("Zoë 🦆", connection.ExecuteScalar<string>("SELECT @v", new { v = "Zoë 🦆" }));
            Assert.Equal("Zoë 🦆", connection.ExecuteScalar<string>("SELECT 'Zoë 🦆'"));
            Assert.Equal(1, connection.Execute("INSERT INTO reports VALUES (@v)", new { v = "Zoë 🦆" }));
            Assert.NotNull(connection.LastCommitGtids);
            await connection.CloseAsync();
            await connection.OpenAsync(TestContext.Current.CancellationToken);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Statement_LargerThanTheServerTakes_IsRefusedAndTheConnectionLives(bool asText)
    {
        await using MySqlDataSource source = mysql.CreateDataSource();
        await using MySqlConnection connection = source.OpenConnection();
        string value = new('x', 70_000);
        await using MySqlCommand command = new(asText ? $"SELECT '{value}'" : "SELECT @value", connection);
        if (!asText) command.Parameters.AddWithValue("value", value);

        MySqlException refused = Assert.Throws<MySqlException>(() => command.ExecuteScalar());
        Assert.Matches("^The statement has 700[0-9]{2} bytes with its values; 127.0.0.1:[0-9]+ takes 65536 .max_allowed_packet.[.]$", refused.Message);
        Assert.Equal((MySqlFailurePhase.NotSent, false), (refused.Phase, refused.IsTransient));
        Assert.Equal(1, connection.ExecuteScalar<int>("SELECT @a + 0", new { a = 1 }));
    }

    [Fact]
    public async Task Schema_ThatTheServerDoesNotTellOf_IsNotTheNextOwners()
    {
        await using MySqlDataSource source = mysql.CreateDataSource("Maximum Pool Size=1;");
        string own;
        await using (MySqlConnection connection = source.OpenConnection())
        {
            own = connection.Database;
            await connection.ChangeDatabaseAsync("performance_schema", TestContext.Current.CancellationToken);
            Assert.Equal("performance_schema", connection.Database);
        }

        await using MySqlConnection next = source.OpenConnection();
        Assert.Equal(own, next.ExecuteScalar<string>("SELECT DATABASE()"));
    }

    [Fact]
    public async Task Function_NamedInDoubleQuotes_IsFollowedByAReset()
    {
        await using MySqlDataSource source = mysql.CreateDataSource("Maximum Pool Size=1;");
        await using (MySqlConnection connection = source.OpenConnection()) Assert.Equal(1, connection.ExecuteScalar<int>("SELECT \"get_lock\"('quoted', 0)"));

        await using MySqlConnection next = source.OpenConnection();
        Assert.Null(next.ExecuteScalar<long?>("SELECT IS_USED_LOCK('quoted')"));
    }

    [Fact]
    public async Task LockWait_ThatEndsTheTransaction_KeepsTheRestFromBeingCommitted()
    {
        await using MySqlDataSource source = mysql.CreateDataSource();
        await using MySqlConnection connection = source.OpenConnection();
        await using MySqlConnection holder = source.OpenConnection();
        await connection.ExecuteAsync("CREATE TABLE waits (id INT PRIMARY KEY, a INT)");
        await connection.ExecuteAsync("INSERT INTO waits VALUES (100, 0)");
        await using MySqlTransaction holding = await holder.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await holder.ExecuteAsync("UPDATE waits SET a = 1 WHERE id = 100");
        await using (MySqlTransaction transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken))
        {
            await connection.ExecuteAsync("INSERT INTO waits VALUES (1, 0)");
            MySqlException late = await Assert.ThrowsAsync<MySqlException>(() => connection.ExecuteAsync("UPDATE waits SET a = 2 WHERE id = 100"));
            Assert.Equal((1205, "HY000"), (late.Number, late.SqlState));

            InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => connection.ExecuteAsync("INSERT INTO waits VALUES (2, 0)"));
            Assert.StartsWith("The server has rolled the transaction back (error 1205)", refused.Message, StringComparison.Ordinal);
            await Assert.ThrowsAsync<InvalidOperationException>(() => transaction.CommitAsync(TestContext.Current.CancellationToken));
        }

        Assert.Equal([100], await connection.QueryAsync<int>("SELECT id FROM waits"));
    }

    [Fact]
    public async Task Session_ClosedByTheServerForIdleness_SaysSo()
    {
        await using MySqlDataSource source = mysql.CreateDataSource();
        await using MySqlConnection connection = source.OpenConnection();
        await connection.ExecuteAsync("SET SESSION wait_timeout = 1");
        await using MySqlConnection other = source.OpenConnection();
        while (await other.ExecuteScalarAsync<bool>("SELECT COUNT(*) FROM performance_schema.processlist WHERE ID = @id", new { id = connection.ServerThread }))
        {
        }

        MySqlException ended = await Assert.ThrowsAsync<MySqlException>(() => connection.ExecuteAsync("DO 1"));
        Assert.Equal((4031, "HY000", true), (ended.Number, ended.SqlState, ended.IsTransient));
        Assert.Equal(System.Data.ConnectionState.Broken, connection.State);
    }

    [Fact]
    public async Task Server_Restarted_IsNotNoticedByTheNextLease()
    {
        await using MySqlDataSource source = mysql.CreateDataSource();
        MySqlConnection[] connections = [source.OpenConnection(), source.OpenConnection(), source.OpenConnection()];
        MySqlConnection working = source.OpenConnection();
        foreach (MySqlConnection connection in connections) await connection.CloseAsync();

        await mysql.Server.KillAsync();
        MySqlException gone = Assert.Throws<MySqlException>(source.OpenConnection);
        Assert.Equal((MySqlFailurePhase.NotSent, true), (gone.Phase, gone.IsTransient));
        await Assert.ThrowsAsync<MySqlException>(() => working.ExecuteAsync("DO 1"));
        await working.DisposeAsync();
        await mysql.Server.StartAsync();

        await using MySqlConnection fresh = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, await fresh.ExecuteScalarAsync<int>("SELECT @a + @b", new { a = 1, b = 1 }));
        Assert.Equal((1, 0), source.Pool.Count);
    }

    /// <summary>In place of the greeting, where not even an administrator finds room; behind the login, where the last room is his.</summary>
    [Theory]
    [InlineData(1, "08004")]
    [InlineData(2, null)]
    public async Task Server_ThatIsFull_Is1040(int administrators, string? sqlState)
    {
        await using MySqlDataSource source = mysql.CreateDataSource();
        MySqlConnection[] connections = [.. Enumerable.Range(0, administrators).Select(_ => source.OpenConnection())];
        await connections[0].ExecuteAsync("CREATE USER IF NOT EXISTS anybody@'%' IDENTIFIED BY 'x'");
        await using MySqlDataSource anybody = mysql.CreateDataSource("User ID=anybody;Password=x;Database=");
        while (await connections[0].ExecuteScalarAsync<int>("SELECT COUNT(*) FROM performance_schema.processlist WHERE USER = 'tester'") > administrators)
        {
            // Those of an earlier test are on their way out.
        }

        await connections[0].ExecuteAsync("SET GLOBAL max_connections = 1");
        try
        {
            MySqlException full = Assert.Throws<MySqlException>(anybody.OpenConnection);
            Assert.Equal((1040, sqlState, "Too many connections"), (full.Number, full.SqlState, full.Message));
            Assert.Equal((MySqlFailurePhase.NotSent, MySqlFailureReason.ServerError, true), (full.Phase, full.Reason, full.IsTransient));
        }
        finally
        {
            await connections[0].ExecuteAsync("SET GLOBAL max_connections = 200");
            foreach (MySqlConnection connection in connections) await connection.DisposeAsync();
        }
    }
}
