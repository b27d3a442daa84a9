using Dapper;

namespace FooBar.MySql.Tests.Pool;

/// <summary>A session goes to its next owner as good as new, and is reset only where that takes a reset.</summary>
public sealed class ConnectionResetTests(MySqlServerFixture mysql)
{
    private const string Resets =
        "SELECT CAST(COUNT_STAR AS SIGNED) FROM performance_schema.events_statements_summary_by_thread_by_event_name s JOIN performance_schema.threads t USING (THREAD_ID) "
        + "WHERE PROCESSLIST_ID = CONNECTION_ID() AND EVENT_NAME = 'statement/com/Reset Connection'";

    [Theory]
    [InlineData("SELECT 1")]
    [InlineData("SELECT @a")]
    [InlineData("SELECT COUNT(*), UUID() FROM information_schema.schemata WHERE schema_name IN (@a, 'x')")]
    [InlineData("INSERT INTO reset_posts (id, text) VALUES (NULL, @a)")]
    [InlineData("INSERT INTO reset_posts VALUES (NULL, 'x')")]
    [InlineData("UPDATE reset_posts SET text = CONCAT(text, @a)")]
    [InlineData("WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT SUM(i) FROM n")]
    [InlineData("SELECT @@global.gtid_executed, @@session.sql_mode")]
    [InlineData("SELECT LAST_INSERT_ID(), ROW_COUNT()")]
    public async Task StatementThatLeavesNothing_IsFollowedByNoReset(string sql)
    {
        await using MySqlDataSource source = await CreateAsync("");

        await RunAsync(source, sql);
        await RunAsync(source, sql);

        Assert.Equal(sql.Contains("LAST_INSERT_ID", StringComparison.Ordinal) ? 1L : 0L, await ScalarAsync(source, Resets));
    }

    [Theory]
    [InlineData("SET @`x` = 1", "SELECT @`x`")]
    [InlineData("SELECT @`x` := 1", "SELECT @`x`")]
    [InlineData("SELECT 1 INTO @`x`", "SELECT @`x`")]
    [InlineData("SET sql_mode = 'ANSI_QUOTES'", "SELECT NULLIF(@@sql_mode, @@global.sql_mode)")]
    [InlineData("SELECT GET_LOCK('reset', 0)", "SELECT IS_USED_LOCK('reset')")]
    [InlineData("SELECT HIGH_PRIORITY GET_LOCK('reset', 0)", "SELECT IS_USED_LOCK('reset')")]
    [InlineData("CALL reset_lock()", "SELECT IS_USED_LOCK('reset')")]
    [InlineData("CREATE TEMPORARY TABLE reset_temporary (a INT)", "SELECT COUNT(*) FROM information_schema.innodb_temp_table_info HAVING COUNT(*) > 0")]
    [InlineData("LOCK TABLES reset_posts READ", "SELECT MAX(OBJECT_NAME) FROM performance_schema.metadata_locks WHERE OBJECT_NAME = 'reset_posts' AND LOCK_TYPE LIKE 'SHARED_READ%'")]
    [InlineData("PREPARE reset_statement FROM 'SELECT 1'", "SELECT MAX(STATEMENT_NAME) FROM performance_schema.prepared_statements_instances WHERE STATEMENT_NAME = 'reset_statement'")]
    [InlineData("SET SESSION TRANSACTION READ ONLY", "SELECT NULLIF(@@transaction_read_only, 0)")]
    [InlineData("SELECT reset_variable()", "SELECT @`hidden`")]
    [InlineData("/*! SET @`x` = 1 */", "SELECT @`x`")]
    [InlineData("INSERT INTO reset_watched VALUES (1)", "SELECT @`triggered`")]
    public async Task StatementThatLeavesSomething_IsFollowedByAReset(string sql, string left)
    {
        await using MySqlDataSource source = await CreateAsync("");

        await RunAsync(source, "SELECT @a"); // prepared, and dropped by the reset
        await RunAsync(source, sql);

        Assert.Equal(DBNull.Value, await ScalarAsync(source, left) ?? DBNull.Value);
        // To read a user variable is taken for a use that leaves something, too.
        Assert.Equal(left.Contains("@`", StringComparison.Ordinal) ? 2L : 1L, await ScalarAsync(source, Resets));
        await RunAsync(source, "SELECT @a");
    }

    /// <summary>A reset stands in front of the text, so that it is read as the server will, and not as the last owner wanted his to be.</summary>
    [Fact]
    public async Task BackslashesInStrings_AreReadAsTheServerDoes_WhateverTheLastOwnerHadSet()
    {
        const string Text = @"SELECT CONCAT('it\'s ', @a, ' it\'s')";
        List<object?> spans = [];
        using System.Diagnostics.ActivityListener listener = new()
        {
            ShouldListenTo = static source => source.Name == MySqlTelemetry.ActivitySourceName,
            Sample = (ref System.Diagnostics.ActivityCreationOptions<System.Diagnostics.ActivityContext> _) => System.Diagnostics.ActivitySamplingResult.AllData,
            ActivityStarted = span =>
            {
                if (Equals(span.GetTagItem("server.port")?.ToString(), $"{mysql.Server.Port}") && span.GetTagItem("db.query.text") is string text && text.Contains("CONCAT", StringComparison.Ordinal)) spans.Add(text);
            },
        };
        await using MySqlDataSource source = await CreateAsync("");
        await RunAsync(source, "SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES'");
        System.Diagnostics.ActivitySource.AddActivityListener(listener);

        await using MySqlConnection connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        Assert.Equal("it's 5 it's", await connection.ExecuteScalarAsync<string>(Text, new { a = 5 }));
        await connection.ExecuteAsync("SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES'");
        Assert.Equal(@"\", await connection.ExecuteScalarAsync<string>(@"SELECT '\' -- @a CONCAT"));
        Assert.Equal("SELECT CONCAT(?, @a, ?)", spans[0]);
    }

    [Fact]
    public async Task StatementThatWasNotSent_ChangesNothingOfWhatWasSentBefore()
    {
        await using MySqlDataSource source = await CreateAsync("");
        await RunAsync(source, "SET @`x` = 1");
        await using (MySqlConnection connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken))
        {
            await using MySqlTransaction transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
            await NotSentAsync(connection);
            await ScalarAsync(connection, "INSERT INTO reset_posts (id, text) VALUES (-4711, 'x')");
            await transaction.RollbackAsync(TestContext.Current.CancellationToken);
            Assert.Null(await ScalarAsync(connection, "SELECT id FROM reset_posts WHERE id = -4711"));

            await ScalarAsync(connection, "CREATE TEMPORARY TABLE reset_kept (a INT)");
            await NotSentAsync(connection);
            Assert.Equal(0L, await ScalarAsync(connection, "SELECT COUNT(*) FROM reset_kept"));
            await ScalarAsync(connection, "SELECT GET_LOCK('reset_not_sent', 0)");
            await NotSentAsync(connection);
        }

        Assert.Equal(DBNull.Value, await ScalarAsync(source, "SELECT IS_USED_LOCK('reset_not_sent')"));
    }

    [Fact]
    public async Task FunctionOfOnesOwn_IsFollowedByAReset()
    {
        await using MySqlDataSource source = await CreateAsync("");
        await RunAsync(source, "DROP FUNCTION IF EXISTS distance");
        await RunAsync(source, "CREATE FUNCTION distance(a INT) RETURNS INT NO SQL BEGIN DO GET_LOCK('reset_path', 0); RETURN a; END");

        await RunAsync(source, "SELECT distance(1)");

        Assert.Equal(DBNull.Value, await ScalarAsync(source, "SELECT IS_USED_LOCK('reset_path')"));
    }

    [Fact]
    public async Task AutocommitThatIsOff_IsResetWhateverHasSwitchedItOff()
    {
        await using MySqlDataSource source = await CreateAsync("");
        await RunAsync(source, "CREATE PROCEDURE IF NOT EXISTS reset_autocommit() SET autocommit = 0");
        await RunAsync(source, "CALL reset_autocommit()");

        await RunAsync(source, "INSERT INTO reset_posts (id, text) VALUES (-4712, 'x')");

        Assert.Equal(-4712, await ScalarAsync(source, "SELECT id FROM reset_posts WHERE id = -4712"));
        await RunAsync(source, "DELETE FROM reset_posts WHERE id = -4712");
    }

    [Fact]
    public async Task Procedure_ThatFailsInATransactionOfItsOwn_LeavesNoLockInThePool()
    {
        await using MySqlDataSource source = mysql.CreateDataSource();
        await using MySqlConnection other = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await other.ExecuteAsync("CREATE TABLE failing_rows (id INT PRIMARY KEY)");
        await other.ExecuteAsync(
            """
            CREATE PROCEDURE failing_in_transaction() BEGIN
              START TRANSACTION;
              INSERT INTO failing_rows VALUES (1);
              SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'it fails';
            END
            """);
        await using (MySqlConnection connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken))
        {
            await Assert.ThrowsAsync<MySqlException>(() => connection.ExecuteAsync("CALL failing_in_transaction()"));
        }

        // The insert is undone; were it not, this would wait for it.
        Assert.Equal(1, await other.ExecuteAsync("INSERT INTO failing_rows VALUES (1)", commandTimeout: 5));
        Assert.Equal((1, 1), source.Pool.Count);
    }

    [Fact]
    public async Task LastInsertId_OfAnotherOwner_IsNotSeen()
    {
        await using MySqlDataSource source = await CreateAsync("");
        await RunAsync(source, "INSERT INTO reset_posts (text) VALUES ('x')");

        await using MySqlConnection connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await ScalarAsync(connection, "SELECT 1");
        Assert.Equal(0UL, await ScalarAsync(connection, "SELECT LAST_INSERT_ID()"));

        await ScalarAsync(connection, "INSERT INTO reset_posts (text) VALUES ('y')");
        Assert.NotEqual(0UL, await ScalarAsync(connection, "SELECT LAST_INSERT_ID()"));
        Assert.Equal(0L, await ScalarAsync(connection, Resets));
    }

    [Theory]
    [InlineData("Always", 1L, null)]
    [InlineData("Never", 0L, 1L)]
    public async Task ConnectionReset_IsAsSet(string policy, long resets, long? left)
    {
        await using MySqlDataSource source = await CreateAsync($"Connection Reset={policy};");

        await RunAsync(source, "SELECT @`x` := 1");

        Assert.Equal((object?)left ?? DBNull.Value, await ScalarAsync(source, "SELECT @`x`"));
        Assert.Equal(policy == "Always" ? resets + 1 : resets, await ScalarAsync(source, Resets));
    }

    [Fact]
    public async Task Statement_AfterAReset_IsPreparedAnew()
    {
        await using MySqlDataSource source = await CreateAsync("Connection Reset=Always;");

        for (int use = 0; use < 3; use++) await RunAsync(source, "SELECT @a, @b, @a");
    }

    /// <summary>A pool of one session, so that each owner gets the one of the owner before.</summary>
    private async Task<MySqlDataSource> CreateAsync(string settings)
    {
        MySqlDataSource source = mysql.CreateDataSource("Maximum Pool Size=1;" + settings);
        await using MySqlConnection connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        string[] schema =
        [
            // Ids that tests choose are negative: the counter goes on behind the highest, even one that was rolled back.
            "CREATE TABLE IF NOT EXISTS reset_posts (id INT AUTO_INCREMENT PRIMARY KEY, text TEXT)",
            "CREATE TABLE IF NOT EXISTS reset_watched (a INT)",
            "CREATE TRIGGER IF NOT EXISTS reset_trigger AFTER INSERT ON reset_watched FOR EACH ROW SET @`triggered` = 1",
            "CREATE PROCEDURE IF NOT EXISTS reset_lock() SELECT GET_LOCK('reset', 0)",
            "CREATE FUNCTION IF NOT EXISTS reset_variable() RETURNS INT NO SQL BEGIN SET @`hidden` = 1; RETURN 1; END",
        ];
        foreach (string statement in schema) await ScalarAsync(connection, statement);
        source.Retire();
        return source;
    }

    private static async Task NotSentAsync(MySqlConnection connection) => Assert.Equal(
        MySqlFailurePhase.NotSent, (await Assert.ThrowsAsync<MySqlException>(() => ScalarAsync(connection, "SELECT @missing"))).Phase);

    private static async Task RunAsync(MySqlDataSource source, string sql)
    {
        await using MySqlConnection connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await ScalarAsync(connection, sql);
    }

    private static async Task<object?> ScalarAsync(MySqlDataSource source, string sql)
    {
        await using MySqlConnection connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        return await ScalarAsync(connection, sql);
    }

    private static async Task<object?> ScalarAsync(MySqlConnection connection, string sql)
    {
        await using MySqlCommand command = new(sql, connection);
        command.Parameters.AddWithValue("a", "x");
        command.Parameters.AddWithValue("b", 2);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }
}
