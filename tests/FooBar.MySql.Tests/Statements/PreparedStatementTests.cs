namespace FooBar.MySql.Tests.Statements;

/// <summary>Statements that are prepared and executed in one round trip.</summary>
public sealed class PreparedStatementTests(MySqlServerFixture mysql)
{
    private const string Prepares =
        "SELECT CAST(COUNT_STAR AS SIGNED) FROM performance_schema.events_statements_summary_by_thread_by_event_name s "
        + "JOIN performance_schema.threads t USING (THREAD_ID) WHERE PROCESSLIST_ID = CONNECTION_ID() AND EVENT_NAME = 'statement/com/Prepare'";

    [Fact]
    public async Task Statement_ExecutedAgain_IsPreparedOnce()
    {
        await using MySqlConnection connection = await OpenAsync();

        for (int value = 0; value < 5; value++) Assert.Equal(value, await ScalarAsync(connection, "SELECT CAST(@a AS SIGNED)", value));

        Assert.Equal(1L, await ScalarAsync(connection, Prepares, 0));
    }

    [Fact]
    public async Task Statement_ThatCannotBePrepared_IsAnsweredAndLeavesTheConnectionUsable()
    {
        await using MySqlConnection connection = await OpenAsync();

        for (int attempt = 0; attempt < 2; attempt++)
        {
            MySqlException refused = await Assert.ThrowsAsync<MySqlException>(() => ScalarAsync(connection, "SELECT @a FROM no_such_table", 1));
            Assert.Equal((1146, MySqlFailurePhase.Answered), (refused.Number, refused.Phase));
            Assert.Equal(attempt, await ScalarAsync(connection, $"SELECT @a + 0, {attempt}", attempt));
        }
    }

    [Fact]
    public async Task Statement_BesideOnesThatArePreparedInSql_IsNotTakenForOne()
    {
        await using MySqlConnection connection = await OpenAsync();

        Assert.Equal(1, await ScalarAsync(connection, "SELECT @a + 0", 1));
        await ScalarAsync(connection, "PREPARE other FROM 'SELECT 42, ?'", 0);

        Assert.Equal(2, await ScalarAsync(connection, "SELECT @a + 0, 2", 2));
        Assert.Equal(1, await ScalarAsync(connection, "SELECT @a + 0", 1));
    }

    [Fact]
    public async Task Statement_BehindAProcedureThatPreparesOne_IsNotTakenForThat()
    {
        await using MySqlConnection connection = await OpenAsync();
        await ScalarAsync(connection, "CREATE TABLE IF NOT EXISTS prepared_victims (a INT)", 0);
        await ScalarAsync(connection, "INSERT INTO prepared_victims VALUES (1)", 0);
        await ScalarAsync(connection, "CREATE PROCEDURE IF NOT EXISTS prepared_trap(n INT) PREPARE trap FROM 'DELETE FROM prepared_victims'", 0);
        await ScalarAsync(connection, "CALL prepared_trap(@a)", 1);

        Assert.Equal(5, await ScalarAsync(connection, "SELECT @a + 0, 'behind'", 5));
        Assert.Equal(1L, await ScalarAsync(connection, "SELECT COUNT(*) FROM prepared_victims", 0));
        await ScalarAsync(connection, "DROP TABLE prepared_victims", 0);
    }

    [Fact]
    public async Task Statement_AfterItsTableWasChanged_GivesTheNewColumns()
    {
        await using MySqlConnection connection = await OpenAsync();
        await ScalarAsync(connection, "CREATE TABLE prepared_altered (a INT)", 0);
        await ScalarAsync(connection, "INSERT INTO prepared_altered VALUES (7)", 0);
        Assert.Equal(7, await ScalarAsync(connection, "SELECT * FROM prepared_altered WHERE a = @a", 7));

        await ScalarAsync(connection, "ALTER TABLE prepared_altered ADD COLUMN b VARCHAR(10) DEFAULT 'new' FIRST", 0);

        Assert.Equal("new", await ScalarAsync(connection, "SELECT * FROM prepared_altered WHERE a = @a", 7));
        await ScalarAsync(connection, "DROP TABLE prepared_altered", 0);
    }

    [Fact]
    public async Task Cache_ThatIsFull_ClosesTheLeastRecentlyUsedOnTheServer()
    {
        await using MySqlConnection connection = await OpenAsync("Statement Cache Size=2;");
        foreach (int text in (int[])[1, 2, 1, 3, 1]) Assert.Equal(text, await ScalarAsync(connection, $"SELECT @a + 0, {text}", text));

        // 2 made room for 3; this statement has made room by closing 3, which is told with the next one.
        object? names = await ScalarAsync(
            connection,
            "SELECT GROUP_CONCAT(SQL_TEXT ORDER BY STATEMENT_ID) FROM performance_schema.prepared_statements_instances p "
            + "JOIN performance_schema.threads t ON THREAD_ID = OWNER_THREAD_ID WHERE PROCESSLIST_ID = CONNECTION_ID() AND @a = 0",
            0);
        Assert.StartsWith("SELECT ? + 0, 1,SELECT GROUP_CONCAT", (string)names!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Statement_OfACacheOf(int size)
    {
        await using MySqlConnection connection = await OpenAsync($"Statement Cache Size={size};");

        for (int value = 0; value < 20; value++) Assert.Equal(value, await ScalarAsync(connection, $"SELECT @a + 0, {value % 5}", value));

        Assert.Equal(20L, await ScalarAsync(connection, Prepares, 0));
        Assert.InRange((long)(await ScalarAsync(connection, "SELECT COUNT(*) FROM performance_schema.prepared_statements_instances p JOIN performance_schema.threads t ON THREAD_ID = OWNER_THREAD_ID WHERE PROCESSLIST_ID = CONNECTION_ID()", 0))!, 0, size);
    }

    /// <summary>Prepared in a round trip of its own, because the numbers are unknown, and then refused by the driver: nobody would use it again.</summary>
    [Fact]
    public async Task Statement_ThatIsNotKept_AndNotExecuted_IsClosedAllTheSame()
    {
        await using MySqlConnection connection = await OpenAsync("Statement Cache Size=0;");
        await ScalarAsync(connection, "PREPARE other FROM 'SELECT 42'", 0);
        await using MySqlCommand command = new("SELECT LENGTH(@a)", connection);
        command.Parameters.AddWithValue("a", new byte[80_000_000]);
        Assert.Equal(MySqlFailureReason.Refused, (await Assert.ThrowsAsync<MySqlException>(() => command.ExecuteScalarAsync(TestContext.Current.CancellationToken))).Reason);
        command.CommandText = "SELECT 1";
        await command.ExecuteScalarAsync(TestContext.Current.CancellationToken); // takes the closing along

        Assert.Equal("SELECT 42", await ScalarAsync(
            connection,
            "SELECT GROUP_CONCAT(SQL_TEXT) FROM performance_schema.prepared_statements_instances p "
                + "JOIN performance_schema.threads t ON THREAD_ID = OWNER_THREAD_ID WHERE PROCESSLIST_ID = CONNECTION_ID() AND @a = 0 AND SQL_TEXT NOT LIKE '%threads%'",
            0));
    }

    [Fact]
    public async Task Statement_ThatGotAnotherNumberThanExpected_IsExecutedUnderIt()
    {
        List<byte[]> received = [];
        await using FakeServer server = new(async client =>
        {
            await client.LogInAsync();
            received.Add(await client.ReceiveAsync());
            received.Add(await client.ReceiveAsync());
            await client.SendAsync([.. FakeServer.Frame(1, [0, 9, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]), .. FakeServer.Frame(2, FakeServer.Column("?", 253))]);
            await client.SendAsync(FakeServer.Frame(1, [0xFF, 0xDB, 0x04, .. "#HY000Unknown prepared statement handler"u8]));
            received.Add(await client.ReceiveAsync());
            await client.SendAsync(FakeServer.Frame(1, [0, 3, 0, 2, 0, 0, 0]));
            await client.ReceiveAsync();
        });
        await using MySqlConnection connection = new(server.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using MySqlCommand command = new("UPDATE t SET a = @a", connection);
        command.Parameters.AddWithValue("a", 1);

        Assert.Equal(3, await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));

        Assert.Equal([(0x16, 'U'), (0x17, 1), (0x17, 9)], received.Select(packet => ((int)packet[0], (int)packet[1])));
    }

    /// <summary>The execution that was sent behind the preparation is refused as unknown, or as everything is; anything else is no answer to it.</summary>
    [Theory]
    [InlineData(1820, 1243, true)]
    [InlineData(1820, 1820, true)]
    [InlineData(1820, 1317, true)]
    [InlineData(1064, 1213, false)]
    [InlineData(1064, 1064, false)]
    [InlineData(1064, 1053, false)]
    public async Task Statement_ThatCannotBePrepared_IsRefusedTwice_OrTheConnectionIsBroken(int first, int second, bool stands)
    {
        await using FakeServer server = new(async client =>
        {
            await client.LogInAsync();
            await client.ReceiveAsync();
            await client.ReceiveAsync();
            await client.SendAsync([.. FakeServer.Frame(1, FakeServer.Error(first, "first")), .. FakeServer.Frame(1, FakeServer.Error(second, "second"))]);
            await client.ReceiveAsync();
        });
        await using MySqlConnection connection = new(server.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);

        MySqlException refused = await Assert.ThrowsAsync<MySqlException>(() => ScalarAsync(connection, "SELECT @a", 1));

        Assert.Equal(second is 1213 or 1064 ? (0, MySqlFailureReason.ProtocolViolation) : (first, MySqlFailureReason.ServerError), (refused.Number, refused.Reason));
        Assert.Equal(stands ? System.Data.ConnectionState.Open : System.Data.ConnectionState.Broken, connection.State);
    }

    [Fact]
    public async Task Statement_ThatWasExecutedUnderANumberItDidNotGet_BreaksTheConnection()
    {
        await using FakeServer server = new(async client =>
        {
            await client.LogInAsync();
            await client.ReceiveAsync();
            await client.ReceiveAsync();
            await client.SendAsync([.. FakeServer.Frame(1, [0, 9, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]), .. FakeServer.Frame(2, FakeServer.Column("?", 253))]);
            await client.SendAsync(FakeServer.Frame(1, FakeServer.Ok));
            await client.ReceiveAsync();
        });
        await using MySqlConnection connection = new(server.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);

        MySqlException broken = await Assert.ThrowsAsync<MySqlException>(() => ScalarAsync(connection, "UPDATE t SET a = @a", 1));

        Assert.EndsWith("broke the protocol: a statement that was not prepared was executed.", broken.Message, StringComparison.Ordinal);
        Assert.Equal((MySqlFailurePhase.SentUnanswered, System.Data.ConnectionState.Broken), (broken.Phase, connection.State));
    }

    [Fact]
    public async Task Statement_ThatTheServerHasForgotten_IsPreparedAgain()
    {
        await using FakeServer server = new(async client =>
        {
            byte[] definitions = [.. FakeServer.Frame(1, [0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]), .. FakeServer.Frame(2, FakeServer.Column("?", 253))];
            await client.LogInAsync();
            await client.ReceiveAsync();
            await client.ReceiveAsync();
            await client.SendAsync([.. definitions, .. FakeServer.Frame(1, FakeServer.Ok)]);
            await client.ReceiveAsync();
            await client.SendAsync(FakeServer.Frame(1, [0xFF, 0xDB, 0x04, .. "#HY000Unknown prepared statement handler"u8]));
            await client.ReceiveAsync(); // prepared alone: nobody knows how far the server has counted
            await client.SendAsync(definitions);
            await client.ReceiveAsync();
            await client.SendAsync(FakeServer.Frame(1, [0, 5, 0, 2, 0, 0, 0]));
            await client.ReceiveAsync();
        });
        await using MySqlConnection connection = new(server.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using MySqlCommand command = new("UPDATE t SET a = @a", connection);
        command.Parameters.AddWithValue("a", 1);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        Assert.Equal(5, await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("SELECT mysql_query_attribute_string('traceparent')")]
    [InlineData("SELECT mysql_query_attribute_string('traceparent') AS t WHERE @a = 1")]
    public async Task Statement_UnderATrace_CarriesItToTheServer(string sql)
    {
        await using MySqlConnection connection = await OpenAsync("Connection Reset=Never;");
        await InstallAttributesAsync(connection);
        Assert.Equal(DBNull.Value, await ScalarAsync(connection, sql, 1));

        using System.Diagnostics.Activity activity = new("test") { ActivityTraceFlags = System.Diagnostics.ActivityTraceFlags.Recorded };
        activity.Start();
        Assert.Equal(activity.Id, await ScalarAsync(connection, sql, 1));
        Assert.Equal(activity.Id, await ScalarAsync(connection, sql, 1));
        activity.Stop();

        Assert.Equal(DBNull.Value, await ScalarAsync(connection, sql, 1));
    }

    [Fact]
    public async Task TraceContext_Off_CarriesNothing()
    {
        await using MySqlConnection connection = await OpenAsync("Trace Context=false;");
        await InstallAttributesAsync(connection);
        using System.Diagnostics.Activity activity = new("test") { ActivityTraceFlags = System.Diagnostics.ActivityTraceFlags.Recorded };
        activity.Start();

        Assert.Equal(DBNull.Value, await ScalarAsync(connection, "SELECT mysql_query_attribute_string('traceparent')", 1));
    }

    /// <summary>The server's function that shows them; the component stays installed.</summary>
    private static async Task InstallAttributesAsync(MySqlConnection connection)
    {
        if (await ScalarAsync(connection, "SELECT 1 FROM mysql.component WHERE component_urn = 'file://component_query_attributes'", 0) is not null) return;

        await ScalarAsync(connection, "INSTALL COMPONENT 'file://component_query_attributes'", 0);
    }

    private async Task<MySqlConnection> OpenAsync(string settings = "")
    {
        MySqlConnection connection = new(mysql.Server.ConnectionString + settings);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        return connection;
    }

    private static async Task<object?> ScalarAsync(MySqlConnection connection, string sql, int value)
    {
        await using MySqlCommand command = new(sql, connection);
        command.Parameters.AddWithValue("a", value);
        object? scalar = await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
        return scalar is long number && sql.Contains("@a", StringComparison.Ordinal) && !sql.Contains("COUNT", StringComparison.Ordinal) ? (int)number : scalar;
    }
}
