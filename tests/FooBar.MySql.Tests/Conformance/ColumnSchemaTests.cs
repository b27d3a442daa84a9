using System.Collections.ObjectModel;
using System.Data;
using System.Data.Common;

namespace FooBar.MySql.Tests.Conformance;

/// <summary>What a reader tells about its columns, by GetColumnSchema and by the table made of it.</summary>
public sealed class ColumnSchemaTests(MySqlServerFixture mysql) : ConformanceTest(mysql)
{
    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Columns_OfATable_TellWhereTheyComeFrom(bool async)
    {
        await RunAsync($"CREATE TABLE {Table} (id INT UNSIGNED AUTO_INCREMENT, part INT NOT NULL, code CHAR(3) UNIQUE, PRIMARY KEY (id, part))");
        await using DbCommand command = Command($"SELECT id, t.part AS `Other ``Name`, code, 1 + part, NOW(6) FROM {Table} t");
        await using DbDataReader reader = await command.ReaderAsync(async, CommandBehavior.KeyInfo);
        ReadOnlyCollection<DbColumn> columns = async
            ? await reader.GetColumnSchemaAsync(TestContext.Current.CancellationToken)
            : reader.GetColumnSchema();

        Assert.Equal([0, 1, 2, 3, 4], columns.Select(column => column.ColumnOrdinal));
        Assert.Equal(["id", "Other `Name", "code", "1 + part", "NOW(6)"], columns.Select(column => column.ColumnName));
        Assert.Equal(["id", "part", "code", null, null], columns.Select(column => column.BaseColumnName));
        Assert.Equal([Table, Table, Table, null, null], columns.Select(column => column.BaseTableName));
        Assert.Equal(["test", "test", "test", null, null], columns.Select(column => column.BaseSchemaName));
        Assert.All(columns, column => Assert.Equal((null, null, false), (column.BaseCatalogName, column.BaseServerName, column.IsHidden)));
        Assert.Equal([false, true, false, false, false], columns.Select(column => column.IsAliased!.Value));
        Assert.Equal([false, false, false, true, true], columns.Select(column => column.IsExpression!.Value));
        Assert.Equal([false, false, false, true, true], columns.Select(column => column.IsReadOnly!.Value));
        Assert.Equal([true, true, false, false, false], columns.Select(column => column.IsKey!.Value));
        Assert.Equal([false, false, true, false, false], columns.Select(column => column.IsUnique!.Value));
        Assert.Equal([true, false, false, false, false], columns.Select(column => column.IsAutoIncrement!.Value));
        Assert.Equal([true, false, false, false, false], columns.Select(column => column.IsIdentity!.Value));
        Assert.Equal([false, false, true, false, false], columns.Select(column => column.AllowDBNull!.Value));
        Assert.Equal([true, false, false, false, false], columns.Select(column => (bool)column["IsUnsigned"]!));
        Assert.Equal((3, "id", null), (columns[0]["ProviderType"], columns[0]["BaseColumnName"], columns[0]["nonsense"]));
    }

    [Theory]
    [InlineData("SELECT id FROM TABLE", CommandBehavior.KeyInfo, true)]
    [InlineData("SELECT id, NOW() FROM TABLE", CommandBehavior.KeyInfo, true)]
    [InlineData("SELECT id FROM TABLE", CommandBehavior.Default, null)]
    [InlineData("SELECT id FROM TABLE", CommandBehavior.SchemaOnly, null)]
    [InlineData("SELECT t.id, o.code FROM TABLE t JOIN TABLE2 o", CommandBehavior.KeyInfo, null)]
    public async Task Key_IsToldWhereItTellsRowsApart(string sql, CommandBehavior behavior, bool? expected)
    {
        // A DataTable makes a constraint of it, which the rows of a join would break.
        await RunAsync($"CREATE TABLE {Table} (id INT PRIMARY KEY)");
        await RunAsync($"CREATE TEMPORARY TABLE {Table}o (code INT UNIQUE)");
        await using DbCommand command = Command(sql.Replace("TABLE2", Table + "o", StringComparison.Ordinal).Replace("TABLE", Table, StringComparison.Ordinal));
        await using DbDataReader reader = await command.ReaderAsync(async: true, behavior);
        ReadOnlyCollection<DbColumn> columns = reader.GetColumnSchema();

        Assert.Equal(expected, columns[0].IsKey);
        Assert.Equal(expected is null ? null : false, columns[^1].IsUnique);
    }

    public static TheoryData<string, Type, string, int, int?, int?, bool> Types => new()
    {
        { "TINYINT", typeof(sbyte), "TINYINT", 1, 3, 0, false },
        { "TINYINT UNSIGNED", typeof(byte), "TINYINT UNSIGNED", 1, 3, 0, false },
        { "SMALLINT", typeof(short), "SMALLINT", 2, 5, 0, false },
        { "MEDIUMINT", typeof(int), "MEDIUMINT", 4, 7, 0, false },
        { "MEDIUMINT UNSIGNED", typeof(uint), "MEDIUMINT UNSIGNED", 4, 8, 0, false },
        { "INT(4) ZEROFILL", typeof(uint), "INT UNSIGNED", 4, 10, 0, false },
        { "BIGINT", typeof(long), "BIGINT", 8, 19, 0, false },
        { "BIGINT UNSIGNED", typeof(ulong), "BIGINT UNSIGNED", 8, 20, 0, false },
        { "DECIMAL(10,2)", typeof(decimal), "DECIMAL", 12, 10, 2, false },
        { "DECIMAL(10,0)", typeof(decimal), "DECIMAL", 11, 10, 0, false },
        { "DECIMAL(65,30)", typeof(decimal), "DECIMAL", 67, 65, 30, false },
        { "DECIMAL(5,5) UNSIGNED", typeof(decimal), "DECIMAL", 6, 5, 5, false },
        { "FLOAT", typeof(float), "FLOAT", 4, null, null, false },
        { "DOUBLE", typeof(double), "DOUBLE", 8, null, null, false },
        { "BIT(7)", typeof(ulong), "BIT", 8, 7, 0, false },
        { "YEAR", typeof(int), "YEAR", 4, 4, 0, false },
        { "DATE", typeof(DateTime), "DATE", 10, null, null, false },
        { "DATETIME", typeof(DateTime), "DATETIME", 19, null, 0, false },
        { "TIMESTAMP(6) NULL", typeof(DateTime), "TIMESTAMP", 26, null, 6, false },
        { "TIME(3)", typeof(TimeSpan), "TIME", 14, null, 3, false },
        { "CHAR(5)", typeof(string), "CHAR", 5, null, null, false },
        { "VARCHAR(300)", typeof(string), "VARCHAR", 300, null, null, false },
        { "VARCHAR(5) CHARACTER SET latin1", typeof(string), "VARCHAR", 5, null, null, false },
        { "TEXT", typeof(string), "TEXT", 65_535, null, null, true },
        { "LONGTEXT", typeof(string), "TEXT", 1_073_741_823, null, null, true },
        { "ENUM('a','bcd')", typeof(string), "ENUM", 3, null, null, false },
        { "SET('a','b')", typeof(string), "SET", 3, null, null, false },
        { "JSON", typeof(string), "JSON", 1_073_741_823, null, null, true },
        { "BINARY(16)", typeof(byte[]), "BINARY", 16, null, null, false },
        { "VARBINARY(20)", typeof(byte[]), "VARBINARY", 20, null, null, false },
        { "BLOB", typeof(byte[]), "BLOB", 65_535, null, null, true },
        { "LONGBLOB", typeof(byte[]), "BLOB", int.MaxValue, null, null, true },
        { "GEOMETRY", typeof(byte[]), "GEOMETRY", int.MaxValue, null, null, true },
        { "VECTOR(3)", typeof(byte[]), "VECTOR", 12, null, null, true },
    };

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Column_OfEveryType_TellsItsSize(string type, Type clrType, string name, int size, int? precision, int? scale, bool isLong)
    {
        await RunAsync($"CREATE TABLE {Table} (c {type})");

        // As text, as a prepared statement, and described only: three ways by which a definition comes.
        foreach ((string sql, CommandBehavior behavior) in ((string, CommandBehavior)[])
            [($"SELECT c FROM {Table}", CommandBehavior.Default), ($"SELECT c FROM {Table} WHERE @a = 1", CommandBehavior.Default), ($"SELECT c FROM {Table}", CommandBehavior.SchemaOnly)])
        {
            await using DbCommand command = Command(sql);
            Add(command, "a", 1);
            await using DbDataReader reader = await command.ReaderAsync(async: true, behavior);
            DbColumn column = Assert.Single(reader.GetColumnSchema());

            Assert.Equal((clrType, name), (column.DataType, column.DataTypeName));
            Assert.Equal((clrType, name), (reader.GetFieldType(0), reader.GetDataTypeName(0)));
            Assert.Equal((size, precision, scale, isLong), (column.ColumnSize, column.NumericPrecision, column.NumericScale, column.IsLong));
        }
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task SchemaTable_HasTheSameAsTheColumns(bool async)
    {
        await RunAsync($"CREATE TABLE {Table} (id INT AUTO_INCREMENT PRIMARY KEY, price DECIMAL(10,2))");
        await using DbCommand command = Command($"SELECT id, price AS p, id + 1 AS e FROM {Table}");
        await using DbDataReader reader = await command.ReaderAsync(async);
        DataTable table = (await reader.SchemaTableAsync(async))!;

        Assert.Equal("SchemaTable", table.TableName);
        Assert.Equal(3, table.Rows.Count);
        foreach ((DbColumn column, DataRow row) in reader.GetColumnSchema().Zip(table.Rows.Cast<DataRow>()))
        {
            foreach (DataColumn part in table.Columns)
            {
                object expected = part.ColumnName == "IsRowVersion" ? false : column[part.ColumnName] ?? DBNull.Value;
                Assert.Equal(Convert.ToString(expected, null), Convert.ToString(row[part], null));
            }
        }

        // The names that ADO.NET lists for it.
        string[] needed =
        [
            SchemaTableColumn.ColumnName, SchemaTableColumn.ColumnOrdinal, SchemaTableColumn.ColumnSize, SchemaTableColumn.NumericPrecision,
            SchemaTableColumn.NumericScale, SchemaTableColumn.DataType, SchemaTableColumn.ProviderType, SchemaTableColumn.IsLong,
            SchemaTableColumn.AllowDBNull, SchemaTableOptionalColumn.IsReadOnly, SchemaTableOptionalColumn.IsRowVersion, SchemaTableColumn.IsUnique,
            SchemaTableColumn.IsKey, SchemaTableOptionalColumn.IsAutoIncrement, SchemaTableColumn.BaseSchemaName,
            SchemaTableOptionalColumn.BaseCatalogName, SchemaTableColumn.BaseTableName, SchemaTableColumn.BaseColumnName,
        ];
        Assert.All(needed, name => Assert.True(table.Columns.Contains(name), name));
    }

    [Fact]
    public async Task ColumnDefinition_CutShort_IsRefusedWhenItArrives()
    {
        await using FakeServer server = new(async client =>
        {
            await client.LogInAsync();
            await client.ReceiveAsync();
            await client.SendAsync([.. FakeServer.Frame(1, [1]), .. FakeServer.Frame(2, FakeServer.Column("a", 3).AsSpan()[..^3])]);
            await client.ReceiveAsync();
        });
        await using MySqlConnection connection = new(server.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using DbCommand command = Command("SELECT 1", connection);

        MySqlException broken = await Assert.ThrowsAsync<MySqlException>(() => command.ReaderAsync(async: true));
        Assert.Equal(
            ($"{connection.DataSource} broke the protocol: a packet of 20 bytes ends where 1 more should follow (at byte 20).", MySqlFailureReason.ProtocolViolation),
            (broken.Message, broken.Reason));
    }
}
