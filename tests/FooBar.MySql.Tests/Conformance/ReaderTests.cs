using System.Data;
using System.Data.Common;

namespace FooBar.MySql.Tests.Conformance;

/// <summary>Moving through rows and results, and what a reader says of itself meanwhile and afterwards.</summary>
public sealed class ReaderTests(MySqlServerFixture mysql) : ConformanceTest(mysql)
{
    private const string Closed = "The reader is closed.";
    private const string NoRow = "There is no row; Read has not been called, or has returned false.";
    private const string NoColumns = "There is no result with columns: the statement gives none, or all results have been read.";

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Read_UntilTheEnd_ThenKeepsSayingNo(bool async)
    {
        await using DbCommand command = Command("SELECT 1 UNION ALL SELECT 2");
        await using DbDataReader reader = await command.ReaderAsync(async);

        Assert.True(reader.HasRows);
        Assert.True(await reader.ReadAsync(async));
        Assert.Equal(1, await reader.FieldAsync<int>(0, async));
        Assert.True(await reader.ReadAsync(async));
        Assert.Equal(2, await reader.FieldAsync<int>(0, async));
        Assert.False(await reader.ReadAsync(async));
        Assert.False(await reader.ReadAsync(async));
        Assert.True(reader.HasRows);
        Assert.Equal((0, 1, 1, -1, false), (reader.Depth, reader.FieldCount, reader.VisibleFieldCount, reader.RecordsAffected, reader.IsClosed));
        Refused<InvalidOperationException>(NoRow, () => reader.GetValue(0));
        Assert.False(await reader.NextResultAsync(async));
        Assert.False(await reader.NextResultAsync(async));
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Value_BeforeTheFirstRead_IsRefused(bool async)
    {
        await using DbCommand command = Command("SELECT 1");
        await using DbDataReader reader = await command.ReaderAsync(async);

        Refused<InvalidOperationException>(NoRow, () => reader.GetValue(0));
        Refused<InvalidOperationException>(NoRow, () => reader.GetInt32(0));
        Refused<InvalidOperationException>(NoRow, () => reader[0]);
        Refused<InvalidOperationException>(NoRow, () => reader["1"]);
        Refused<InvalidOperationException>(NoRow, () => reader.GetValues(new object[1]));
        await RefusedAsync<InvalidOperationException>(NoRow, () => reader.IsNullAsync(0, async));
        await RefusedAsync<InvalidOperationException>(NoRow, () => reader.FieldAsync<int>(0, async));
        Assert.Equal(("1", typeof(long), 0), (reader.GetName(0), reader.GetFieldType(0), reader.GetOrdinal("1")));
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Result_WithoutRows_HasColumns(bool async)
    {
        await using DbCommand command = Command("SELECT 1 AS a, 2 AS b FROM DUAL WHERE FALSE");
        await using DbDataReader reader = await command.ReaderAsync(async);

        Assert.Equal((false, 2, "b"), (reader.HasRows, reader.FieldCount, reader.GetName(1)));
        Assert.False(await reader.ReadAsync(async));
        Assert.False(await reader.NextResultAsync(async));
        Assert.Equal((false, 0), (reader.HasRows, reader.FieldCount));
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Statement_WithoutResult_HasNoColumnsAndNoRows(bool async)
    {
        await RunAsync($"CREATE TABLE {Table} (a INT)");
        await using DbCommand command = Command($"INSERT INTO {Table} VALUES (1), (2)");
        await using DbDataReader reader = await command.ReaderAsync(async);

        Assert.Equal((0, 0, false, 2), (reader.FieldCount, reader.VisibleFieldCount, reader.HasRows, reader.RecordsAffected));
        Assert.False(await reader.ReadAsync(async));
        Assert.False(await reader.NextResultAsync(async));
        Assert.Null(await reader.SchemaTableAsync(async));
        Assert.Empty(await reader.GetColumnSchemaAsync(TestContext.Current.CancellationToken));
        Assert.Equal(0, reader.GetValues(new object[1]));
        foreach (Func<object?> call in Metadata(reader)) Refused<InvalidOperationException>(NoColumns, call);
        Assert.Equal("The result has no column 'a'.", Assert.Throws<IndexOutOfRangeException>(() => reader.GetOrdinal("a")).Message);
        Refused<InvalidOperationException>(NoColumns, () => reader.GetValue(0));
        Refused<InvalidOperationException>(NoColumns, () => reader.GetStream(0));
        Refused<InvalidOperationException>(NoColumns, () => reader.GetTextReader(0));
        await RefusedAsync<InvalidOperationException>(NoColumns, () => reader.IsNullAsync(0, async));
        await reader.CloseAsync(async);
        Assert.Equal(2, reader.RecordsAffected);
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Reader_Closed_AnswersOnlyWhatItMay(bool async)
    {
        await using DbCommand command = Command("SELECT 1 AS a UNION ALL SELECT 2");
        DbDataReader reader = await command.ReaderAsync(async);
        Assert.True(await reader.ReadAsync(async));
        await reader.CloseAsync(async);

        Assert.True(reader.IsClosed);
        Assert.Equal(-1, reader.RecordsAffected);
        Func<object?>[] calls =
        [
            .. Metadata(reader), () => reader.GetOrdinal("a"), () => reader.FieldCount, () => reader.VisibleFieldCount, () => reader.HasRows,
            () => reader.Depth, () => reader.GetValue(0), () => reader.GetInt32(0), () => reader[0], () => reader["a"],
            () => reader.GetString(0), () => reader.IsDBNull(0), () => reader.GetFieldValue<int>(0), () => reader.GetSchemaTable(),
            () => reader.GetColumnSchema(), () => reader.GetBytes(0, 0, null, 0, 0), () => reader.GetChars(0, 0, null, 0, 0),
            () => reader.GetStream(0), () => reader.GetTextReader(0), () => reader.GetValues(new object[1]),
        ];
        foreach (Func<object?> call in calls) Refused<InvalidOperationException>(Closed, call);
        await RefusedAsync<InvalidOperationException>(Closed, () => reader.ReadAsync(async));
        await RefusedAsync<InvalidOperationException>(Closed, () => reader.NextResultAsync(async));
        await RefusedAsync<InvalidOperationException>(Closed, () => reader.FieldAsync<int>(0, async));
        await RefusedAsync<InvalidOperationException>(Closed, () => reader.IsNullAsync(0, async));
        await RefusedAsync<InvalidOperationException>(Closed, () => reader.SchemaTableAsync(async));
        await reader.CloseAsync(async);
        await reader.DisposeAsync(async);
        Assert.Equal(1L, await AskAsync("SELECT 1"));
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task NextResult_OverACall_GoesThroughAllOfThem(bool async)
    {
        await RunAsync($"CREATE TABLE {Table} (a INT)");
        await RunAsync($"DROP PROCEDURE IF EXISTS several");
        await RunAsync($"""
            CREATE PROCEDURE several() BEGIN
                SELECT 1 AS one; SELECT 'x' AS two, 'y' AS three FROM DUAL WHERE FALSE; INSERT INTO {Table} VALUES (1), (2), (3); SELECT 3 AS four;
            END
            """);
        await using DbCommand command = Command("CALL several()");
        await using DbDataReader reader = await command.ReaderAsync(async);

        Assert.True(await reader.ReadAsync(async));
        Assert.Equal(("one", 1L), (reader.GetName(0), reader.GetValue(0)));
        Assert.True(await reader.NextResultAsync(async));
        Assert.Equal((2, false, "three"), (reader.FieldCount, reader.HasRows, reader.GetName(1)));
        Assert.True(await reader.NextResultAsync(async));
        Assert.Equal((1, true), (reader.FieldCount, reader.HasRows));
        Refused<InvalidOperationException>(NoRow, () => reader.GetValue(0));
        Assert.True(await reader.ReadAsync(async));
        Assert.Equal(3L, reader["four"]);

        // The end of the call itself: a result without columns.
        Assert.True(await reader.NextResultAsync(async));
        Assert.Equal(0, reader.FieldCount);
        Assert.False(await reader.NextResultAsync(async));
        Assert.False(await reader.ReadAsync(async));
    }

    [Theory]
    [InlineData(CommandBehavior.SingleResult, true, 2)]
    [InlineData(CommandBehavior.SingleResult, false, 2)]
    [InlineData(CommandBehavior.SingleRow, true, 1)]
    [InlineData(CommandBehavior.SingleRow, false, 1)]
    public async Task SingleResultAndSingleRow_OverACall_GiveNoMore(CommandBehavior behavior, bool async, int rows)
    {
        await RunAsync("DROP PROCEDURE IF EXISTS pair");
        await RunAsync("CREATE PROCEDURE pair() BEGIN SELECT 1 UNION ALL SELECT 2; SELECT 3; END");
        await using DbCommand command = Command("CALL pair()");
        await using DbDataReader reader = await command.ReaderAsync(async, behavior);

        for (int row = 0; row < rows; row++) Assert.True(await reader.ReadAsync(async));
        Assert.False(await reader.ReadAsync(async));
        Assert.False(await reader.ReadAsync(async));
        Assert.True(reader.HasRows);
        Refused<InvalidOperationException>(NoRow, () => reader.GetValue(0));
        Assert.False(await reader.NextResultAsync(async));
        Assert.False(await reader.ReadAsync(async));
        Assert.Equal(0, reader.FieldCount);
    }

    [Theory]
    [InlineData(CommandBehavior.SequentialAccess)]
    [InlineData(CommandBehavior.KeyInfo)]
    [InlineData(CommandBehavior.SingleResult | CommandBehavior.SingleRow | CommandBehavior.SequentialAccess | CommandBehavior.KeyInfo)]
    public async Task Behavior_OfEveryKind_IsAccepted(CommandBehavior behavior)
    {
        await using DbCommand command = Command("SELECT 7");
        await using DbDataReader reader = await command.ReaderAsync(async: true, behavior);

        Assert.True(reader.Read());
        Assert.Equal(7, reader.GetInt32(0));
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task CloseConnection_ClosesItWithTheReader(bool async)
    {
        await using DbCommand command = Command("SELECT 1");
        DbDataReader reader = await command.ReaderAsync(async, CommandBehavior.CloseConnection);
        Assert.Equal(ConnectionState.Open, Connection.State);

        await reader.DisposeAsync(async);

        Assert.Equal(ConnectionState.Closed, Connection.State);
    }

    [Fact]
    public async Task Enumerator_GivesEveryRow()
    {
        await using DbCommand command = Command("SELECT 1 AS a, 'x' AS b UNION ALL SELECT 2, 'y'");
        await using DbDataReader reader = await command.ReaderAsync(async: true);

        Assert.Equal(
            [(1L, "x"), (2L, "y")],
            reader.Cast<IDataRecord>().Select(record => ((long)record[0], (string)record["B"])));
        Assert.False(reader.IsClosed);
    }

    [Fact]
    public async Task DataTable_LoadedFromAReader_HasColumnsAndRows()
    {
        await RunAsync($"CREATE TABLE {Table} (id INT PRIMARY KEY, name VARCHAR(20) NOT NULL, note TEXT)");
        await RunAsync($"INSERT INTO {Table} VALUES (1, 'a', NULL), (2, 'b', 'c')");
        await using DbCommand command = Command($"SELECT * FROM {Table} ORDER BY id");
        await using DbDataReader reader = await command.ReaderAsync(async: true);
        using DataTable table = new();

        table.Load(reader);

        Assert.Equal(["id", "name", "note"], table.Columns.Cast<DataColumn>().Select(column => column.ColumnName));
        Assert.Equal(
            [(1, "a", DBNull.Value), (2, "b", (object)"c")],
            table.Rows.Cast<DataRow>().Select(row => ((int)row[0], (string)row[1], row[2])));
        Assert.True(reader.IsClosed);
    }

    private static Func<object?>[] Metadata(DbDataReader reader) =>
        [() => reader.GetName(0), () => reader.GetFieldType(0), () => reader.GetDataTypeName(0)];
}
