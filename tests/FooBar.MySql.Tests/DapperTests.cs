using Dapper;

namespace FooBar.MySql.Tests;

public sealed class DapperTests(MySqlServerFixture mysql)
{
    [Fact]
    public async Task Query_WithParameters_ReturnsRows()
    {
        await using MySqlDataSource source = mysql.CreateDataSource();
        await using MySqlConnection connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);

        int sum = await connection.QuerySingleAsync<int>("SELECT @a + @b", new { a = 40, b = 2 });

        Assert.Equal(42, sum);
    }

    [Fact]
    public async Task Transaction_Committed_ReportsItsGtid()
    {
        await using MySqlDataSource source = mysql.CreateDataSource();
        await using MySqlConnection connection = source.OpenConnection();
        connection.Execute("CREATE TABLE gtid_test (id INT PRIMARY KEY)");
        await using MySqlConnection other = source.OpenConnection();
        string before = other.ExecuteScalar<string>("SELECT @@global.gtid_executed")!;
        using (MySqlTransaction transaction = connection.BeginTransaction())
        {
            connection.Execute("INSERT INTO gtid_test VALUES (@id)", new { id = 1 }, transaction);
            transaction.Commit();
        }

        string gained = other.ExecuteScalar<string>("SELECT GTID_SUBTRACT(@@global.gtid_executed, @before)", new { before })!;
        Assert.Equal(gained, connection.LastCommitGtids);
    }
}
