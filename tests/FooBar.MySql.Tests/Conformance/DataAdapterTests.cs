using System.Data;
using System.Data.Common;

namespace FooBar.MySql.Tests.Conformance;

/// <summary>A DataTable filled, changed and written back, by statements of the command builder.</summary>
public sealed class DataAdapterTests(MySqlServerFixture mysql) : ConformanceTest(mysql)
{
    [Fact]
    public async Task Update_ByTheBuildersStatements_WritesInsertsUpdatesAndDeletes()
    {
        await RunAsync($"CREATE TABLE {Table} (id INT PRIMARY KEY, `odd ``name` VARCHAR(20), amount DECIMAL(10,2), note TEXT)");
        await RunAsync($"INSERT INTO {Table} VALUES (1, 'a', 1.50, 'long'), (2, NULL, NULL, NULL), (3, 'c', 3.00, NULL)");
        (DbDataAdapter adapter, DbCommandBuilder builder, DataTable table) = Filled($"SELECT * FROM {Table} ORDER BY id");
        using (adapter)
        using (builder)
        using (table)
        {
            Assert.Equal(["id"], table.PrimaryKey.Select(column => column.ColumnName));
            table.Rows[0][1] = "b";
            table.Rows[1][1] = "was null";
            table.Rows[2].Delete();
            table.Rows.Add(4, "d", 4.25m, "new");

            Assert.Equal(4, adapter.Update(table));
        }

        Assert.Equal("1/b/1.50/long,2/was null/-/-,4/d/4.25/new", await AskAsync(
            $"SELECT GROUP_CONCAT(CONCAT_WS('/', id, IFNULL(`odd ``name`, '-'), IFNULL(amount, '-'), IFNULL(note, '-')) ORDER BY id) FROM {Table}"));
    }

    [Fact]
    public async Task Update_OfARowThatAnotherHasChanged_IsRefused()
    {
        await RunAsync($"CREATE TABLE {Table} (id INT PRIMARY KEY, v INT)");
        await RunAsync($"INSERT INTO {Table} VALUES (1, 1)");
        (DbDataAdapter adapter, DbCommandBuilder builder, DataTable table) = Filled($"SELECT * FROM {Table}");
        using (adapter)
        using (builder)
        using (table)
        {
            await RunAsync($"UPDATE {Table} SET v = 2");
            table.Rows[0]["v"] = 3;
            Assert.Throws<DBConcurrencyException>(() => adapter.Update(table));
        }

        Assert.Equal(2, await AskAsync($"SELECT v FROM {Table}"));
    }

    [Fact]
    public async Task Builder_NamesParametersByNumberOrAfterTheirColumns()
    {
        await RunAsync($"CREATE TABLE {Table} (id INT PRIMARY KEY, name VARCHAR(20), `odd-name` INT)");
        (DbDataAdapter adapter, DbCommandBuilder builder, DataTable table) = Filled($"SELECT * FROM {Table}");
        using (adapter)
        using (builder)
        using (table)
        {
            Assert.Equal(
                $"DELETE FROM `test`.`{Table}` WHERE ((`id` = @p1) AND ((@p2 = 1 AND `name` IS NULL) OR (`name` = @p3)) AND ((@p4 = 1 AND `odd-name` IS NULL) OR (`odd-name` = @p5)))",
                builder.GetDeleteCommand().CommandText);
            builder.RefreshSchema();
            Assert.Equal(
                $"INSERT INTO `test`.`{Table}` (`id`, `name`, `odd-name`) VALUES (@id, @name, @p1)",
                builder.GetInsertCommand(useColumnsForParameterNames: true).CommandText);
        }
    }

    [Theory]
    [InlineData("a", "The SELECT lacks 'b', a column of the primary key of test.TABLE: without it no single row can be changed.")]
    [InlineData("a, b", null)]
    public async Task Builder_WithoutTheWholeKey_Refuses(string columns, string? message)
    {
        await RunAsync($"CREATE TABLE {Table} (a INT, b INT, c INT, PRIMARY KEY (a, b))");
        await RunAsync($"INSERT INTO {Table} VALUES (1, 1, 0), (1, 2, 0)");
        (DbDataAdapter adapter, DbCommandBuilder builder, DataTable table) = Filled($"SELECT {columns}, c FROM {Table}", MissingSchemaAction.Add);
        using (adapter)
        using (builder)
        using (table)
        {
            table.Rows[0]["c"] = 5;
            if (message is null) Assert.Equal(1, adapter.Update(table));
            else Refused<InvalidOperationException>(message.Replace("TABLE", Table, StringComparison.Ordinal), () => adapter.Update(table));
        }

        Assert.Equal(message is null ? 5m : 0m, await AskAsync($"SELECT SUM(c) FROM {Table}"));
    }

    [Fact]
    public void Builder_QuotesNames()
    {
        using DbCommandBuilder builder = MySqlClientFactory.Instance.CreateCommandBuilder();

        Assert.Equal(("`", "`", ".", CatalogLocation.Start), (builder.QuotePrefix, builder.QuoteSuffix, builder.SchemaSeparator, builder.CatalogLocation));
        Assert.Equal(("`a`", "`a``b`", "``"), (builder.QuoteIdentifier("a"), builder.QuoteIdentifier("a`b"), builder.QuoteIdentifier("")));
        Assert.Equal(("a`b", "a", "`", ""), (builder.UnquoteIdentifier("`a``b`"), builder.UnquoteIdentifier("a"), builder.UnquoteIdentifier("`"), builder.UnquoteIdentifier("``")));
        Assert.Throws<ArgumentNullException>(() => builder.QuoteIdentifier(null!));
        Assert.Throws<ArgumentNullException>(() => builder.UnquoteIdentifier(null!));
        builder.QuotePrefix = builder.QuoteSuffix = "`";
        Refused<NotSupportedException>("Names are quoted with the backtick.", () => builder.QuotePrefix = "[");
        Refused<NotSupportedException>("Names are quoted with the backtick.", () => builder.QuoteSuffix = null!);
    }

    private (DbDataAdapter Adapter, DbCommandBuilder Builder, DataTable Table) Filled(
        string sql, MissingSchemaAction schema = MissingSchemaAction.AddWithKey)
    {
        // As a tool does it that knows only the factory.
        DbDataAdapter adapter = MySqlClientFactory.Instance.CreateDataAdapter();
        DbCommandBuilder builder = MySqlClientFactory.Instance.CreateCommandBuilder();
        adapter.SelectCommand = Command(sql);
        adapter.MissingSchemaAction = schema;
        builder.DataAdapter = adapter;
        DataTable table = new() { Locale = System.Globalization.CultureInfo.InvariantCulture };
        adapter.Fill(table);
        return (adapter, builder, table);
    }
}
