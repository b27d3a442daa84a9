using System.Data;
using System.Data.Common;

namespace FooBar.MySql.Tests.Conformance;

/// <summary>The collections of GetSchema: those of every provider, and MySQL's tables.</summary>
public sealed class SchemaCollectionTests(MySqlServerFixture mysql) : ConformanceTest(mysql)
{
    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task MetaDataCollections_ListWhatThereIs(bool async)
    {
        DataTable collections = async ? await Connection.GetSchemaAsync(TestContext.Current.CancellationToken) : Connection.GetSchema();
        DataTable restrictions = await Connection.SchemaAsync(async, "restrictions");

        Assert.Equal("MetaDataCollections", collections.TableName);
        Assert.Equal(
            ["MetaDataCollections", "DataSourceInformation", "DataTypes", "Restrictions", "ReservedWords", "Databases", "Tables", "Views", "Columns", "Indexes", "IndexColumns", "ForeignKeys", "Procedures"],
            Strings(collections, "CollectionName"));
        foreach (DataRow row in collections.Rows)
        {
            string name = (string)row["CollectionName"];
            int[] numbers = [.. restrictions.Select($"CollectionName = '{name}'").Select(restriction => (int)restriction["RestrictionNumber"])];
            Assert.Equal(Enumerable.Range(1, (int)row["NumberOfRestrictions"]), numbers);

            // Each can be read whole, and narrowed down to nothing by each of its restrictions.
            DataTable whole = await Connection.SchemaAsync(async, name);
            Assert.Equal(name, whole.TableName);
            Assert.True(whole.Columns.Count > 0);
            foreach (int number in numbers)
            {
                string?[] values = [.. Enumerable.Repeat<string?>(null, number - 1), "no such name"];
                DataTable none = await Connection.SchemaAsync(async, name, values);
                Assert.Empty(none.Rows);
                Assert.Equal(whole.Columns.Count, none.Columns.Count);
            }
        }
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Collection_ThatThereIsNot_IsNamed(bool async)
    {
        ArgumentException unknown = await Assert.ThrowsAsync<ArgumentException>(() => Connection.SchemaAsync(async, "Nonsense"));
        Assert.StartsWith("There is no collection 'Nonsense'. There are: MetaDataCollections, DataSourceInformation, ", unknown.Message, StringComparison.Ordinal);
        await RefusedAsync<ArgumentException>(
            "The collection Databases has 1 restrictions, and 2 were given. (Parameter 'values')", () => Connection.SchemaAsync(async, "Databases", null, "x"));
        await Assert.ThrowsAsync<ArgumentNullException>(() => Connection.SchemaAsync(async, null!));
        await using DbCommand command = Command("SELECT 1");
        await using DbDataReader reader = await command.ReaderAsync(async);
        await RefusedAsync<InvalidOperationException>("A reader is open on this connection; close it first.", () => Connection.SchemaAsync(async, "Tables"));
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Tables_AndWhatBelongsToThem_AreFound(bool async)
    {
        string child = Table + "c";
        await RunAsync($"CREATE TABLE {Table} (id INT AUTO_INCREMENT, part INT, name VARCHAR(20) DEFAULT 'x' COMMENT 'says who', PRIMARY KEY (part, id), KEY by_id (id))");
        await RunAsync($"CREATE TABLE {child} (id INT PRIMARY KEY, parent INT, CONSTRAINT {child}_fk FOREIGN KEY (parent, id) REFERENCES {Table} (part, id))");
        await RunAsync($"CREATE VIEW {Table}v AS SELECT id FROM {Table}");
        await RunAsync($"CREATE PROCEDURE {Table}p() SELECT 1");
        try
        {
            Assert.Equal([Table], Strings(await Connection.SchemaAsync(async, "Tables", "test", Table), "TABLE_NAME"));
            Assert.Equal(["InnoDB"], Strings(await Connection.SchemaAsync(async, "TABLES", null, Table, "BASE TABLE"), "ENGINE"));
            Assert.Empty((await Connection.SchemaAsync(async, "Tables", "test", Table, "VIEW")).Rows);
            Assert.Equal([Table + "v"], Strings(await Connection.SchemaAsync(async, "Views", "test", Table + "v"), "TABLE_NAME"));
            DataTable columns = await Connection.SchemaAsync(async, "Columns", "test", Table);
            Assert.Equal(["id", "part", "name"], Strings(columns, "COLUMN_NAME"));
            Assert.Equal(["int", "int", "varchar(20)"], Strings(columns, "COLUMN_TYPE"));
            Assert.Equal(["says who"], Strings(await Connection.SchemaAsync(async, "Columns", "test", Table, "name"), "COLUMN_COMMENT"));
            Assert.Equal(["by_id", "PRIMARY"], Strings(await Connection.SchemaAsync(async, "Indexes", "test", Table), "INDEX_NAME"));
            Assert.Equal(["part", "id"], Strings(await Connection.SchemaAsync(async, "IndexColumns", "test", Table, "PRIMARY"), "COLUMN_NAME"));
            Assert.Equal(["part", "id"], Strings(await Connection.SchemaAsync(async, "ForeignKeys", "test", child), "REFERENCED_COLUMN_NAME"));
            Assert.Equal([Table + "p"], Strings(await Connection.SchemaAsync(async, "Procedures", "test", Table + "p", "PROCEDURE"), "ROUTINE_NAME"));
            Assert.Contains("test", Strings(await Connection.SchemaAsync(async, "Databases"), "SCHEMA_NAME"));
        }
        finally
        {
            await RunAsync($"DROP PROCEDURE {Table}p");
            await RunAsync($"DROP VIEW {Table}v");
            await RunAsync($"DROP TABLE {child}");
        }
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task DataSourceInformation_DescribesTheServerInOneRow(bool async)
    {
        DataRow row = Assert.Single((await Connection.SchemaAsync(async, "DataSourceInformation")).Rows.Cast<DataRow>());

        Assert.Equal(("MySQL", Connection.ServerVersion), (row["DataSourceProductName"], row["DataSourceProductVersion"]));
        Assert.Matches(@"^\d\d\.\d\d\.\d{4}$", (string)row["DataSourceProductVersionNormalized"]);
        Assert.Equal(("{0}", 64, ";"), (row["ParameterMarkerFormat"], row["ParameterNameMaxLength"], row["StatementSeparatorPattern"]));
        Assert.Matches((string)row["QuotedIdentifierPattern"], "`a``b`");
        Assert.Matches((string)row["ParameterNamePattern"], "@name");
        Assert.DoesNotMatch((string)row["ParameterNamePattern"], "@a-b");
    }

    [Fact]
    public async Task DataTypes_AreTheNamesThatColumnsHave()
    {
        DataTable types = await Connection.SchemaAsync(async: true, "DataTypes");
        Assert.Equal(types.Rows.Count, Strings(types, "TypeName").Distinct().Count());
        foreach (DataRow type in types.Rows)
        {
            string name = (string)type["TypeName"];
            string declaration = name switch
            {
                "ENUM" or "SET" => name + "('a')",
                "DECIMAL" => "DECIMAL(5,2)",
                _ => string.Format(System.Globalization.CultureInfo.InvariantCulture, (string)type["CreateFormat"], 3),
            };
            await RunAsync($"CREATE TEMPORARY TABLE declared (c {declaration})");
            await using (DbCommand command = Command("SELECT c FROM declared"))
            await using (DbDataReader reader = await command.ReaderAsync(async: true))
            {
                DbColumn column = reader.GetColumnSchema()[0];
                Assert.Equal(name.Replace("MEDIUMTEXT", "TEXT", StringComparison.Ordinal).Replace("LONGTEXT", "TEXT", StringComparison.Ordinal)
                    .Replace("MEDIUMBLOB", "BLOB", StringComparison.Ordinal).Replace("LONGBLOB", "BLOB", StringComparison.Ordinal), column.DataTypeName);
                Assert.Equal((type["DataType"], type["ProviderDbType"], type["IsLong"], type["IsUnsigned"]),
                    (column.DataType!.FullName, column["ProviderType"], column.IsLong, column["IsUnsigned"]));
            }

            await RunAsync("DROP TEMPORARY TABLE declared");
        }
    }

    [Fact]
    public async Task ReservedWords_AreTheServersOwn()
    {
        string[] words = Strings(await Connection.SchemaAsync(async: true, "ReservedWords"), "ReservedWord");

        Assert.Contains("SELECT", words);
        Assert.Contains("LATERAL", words);
        Assert.DoesNotContain("ACTION", words);
    }

    private static string[] Strings(DataTable table, string column) => [.. table.Rows.Cast<DataRow>().Select(row => (string)row[column])];
}
