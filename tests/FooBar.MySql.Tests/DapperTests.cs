using Dapper;

namespace FooBar.MySql.Tests;

public sealed class DapperTests(MySqlServerFixture mysql) : IAsyncLifetime
{
    private static readonly string[] Letters = ["a", "b", "c", "d"];
    private static readonly string[] SomeNames = ["a", "c", "x"];

    private readonly MySqlDataSource _source = mysql.CreateDataSource();
    private MySqlConnection _connection = null!;

    public async ValueTask InitializeAsync()
    {
        _connection = await _source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await _connection.ExecuteAsync("CREATE TEMPORARY TABLE person (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, name VARCHAR(50), admin TINYINT(1) NOT NULL DEFAULT 0, born DATE)");
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _source.DisposeAsync();
    }

    [Fact]
    public async Task ExecuteAndQuery_Async_RoundTripThroughParameters()
    {
        int affected = await _connection.ExecuteAsync(
            "INSERT INTO person (name, admin, born) VALUES (@Name, @Admin, @Born)",
            new[] { new { Name = "Ada", Admin = true, Born = (DateTime?)new DateTime(1815, 12, 10) }, new { Name = "Zoë 🦆", Admin = false, Born = (DateTime?)null } });
        Person[] people = [.. await _connection.QueryAsync<Person>("SELECT id, name, admin, born FROM person WHERE id >= @from ORDER BY id", new { from = 1 })];

        Assert.Equal(2, affected);
        Assert.Equal(
            [new Person { Id = 1, Name = "Ada", Admin = true, Born = new DateTime(1815, 12, 10) }, new Person { Id = 2, Name = "Zoë 🦆" }],
            people);
    }

    [Fact]
    public void ExecuteAndQuery_Sync_RoundTripThroughParameters()
    {
        _connection.Execute("INSERT INTO person (name) VALUES (@name)", new { name = "Grace" });

        Assert.Equal(["Grace"], _connection.Query<string>("SELECT name FROM person WHERE name LIKE @pattern", new { pattern = "Gr%" }));
        Assert.Equal(1UL, _connection.ExecuteScalar<ulong>("SELECT LAST_INSERT_ID()"));
    }

    [Fact]
    public async Task Query_InList_IsExpanded()
    {
        foreach (string name in Letters) await _connection.ExecuteAsync("INSERT INTO person (name) VALUES (@name)", new { name });

        Assert.Equal(["a", "c"], await _connection.QueryAsync<string>("SELECT name FROM person WHERE name IN @names ORDER BY id", new { names = SomeNames }));
        Assert.Empty(await _connection.QueryAsync<string>("SELECT name FROM person WHERE name IN @names", new { names = Array.Empty<string>() }));
        Assert.Equal(4, await _connection.QuerySingleAsync<int>("SELECT COUNT(*) FROM person WHERE id IN @ids", new { ids = Enumerable.Range(1, 1_000) }));
    }

    [Fact]
    public async Task Query_Null_GoesBothWays()
    {
        await _connection.ExecuteAsync("INSERT INTO person (name, born) VALUES (@name, @born)", new { name = (string?)null, born = (DateTime?)null });

        Person person = await _connection.QuerySingleAsync<Person>("SELECT * FROM person WHERE name <=> @name", new { name = (string?)null });
        Assert.Null(person.Name);
        Assert.Null(person.Born);
    }

    [Theory]
    [InlineData("SELECT id, admin FROM person")]
    [InlineData("SELECT id, admin FROM person WHERE id > @zero")]
    public async Task Query_UnsignedBigintAndTinyint1_MapToWhateverHolds(string sql)
    {
        await _connection.ExecuteAsync("INSERT INTO person (name, admin) VALUES ('a', TRUE)");

        AsUnsigned unsigned = await _connection.QuerySingleAsync<AsUnsigned>(sql, new { zero = 0 });
        AsSigned signed = await _connection.QuerySingleAsync<AsSigned>(sql, new { zero = 0 });
        Assert.Equal((1UL, true), (unsigned.Id, unsigned.Admin));
        Assert.Equal((1L, (bool?)true), (signed.Id, signed.Admin));
    }

    [Fact]
    public async Task QuerySingle_TwoRows_LeavesTheConnectionUsable()
    {
        await _connection.ExecuteAsync("INSERT INTO person (name) VALUES ('a'), ('b'), ('c')");

        await Assert.ThrowsAsync<InvalidOperationException>(() => _connection.QuerySingleAsync<string>("SELECT name FROM person"));
        Assert.Equal(3, await _connection.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM person"));
    }

    [Fact]
    public async Task QueryUnbuffered_LeftEarly_LeavesTheConnectionUsable()
    {
        await foreach (int number in _connection.QueryUnbufferedAsync<int>(
            "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < @most) SELECT i FROM n", new { most = 1_000 }))
        {
            if (number == 3) break;
        }

        Assert.Equal(0, await _connection.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM person"));
    }

    [Fact]
    public async Task QueryMultiple_OfAProcedure_ReadsEachResult()
    {
        await _connection.ExecuteAsync("DROP PROCEDURE IF EXISTS two_results");
        await _connection.ExecuteAsync("CREATE PROCEDURE two_results(a INT) BEGIN SELECT a; SELECT a + 1, 'x'; END");

        using SqlMapper.GridReader grid = await _connection.QueryMultipleAsync("CALL two_results(@a)", new { a = 7 });

        Assert.Equal(7, await grid.ReadSingleAsync<int>());
        Assert.Equal((8L, "x"), await grid.ReadSingleAsync<(long, string)>());
    }

    [Fact]
    public async Task Query_ByADataSourceCommand_OpensAndClosesAConnection()
    {
        await using System.Data.Common.DbCommand command = _source.CreateCommand("SELECT 5");

        Assert.Equal(5L, await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
        Assert.Equal((1, 1), _source.Pool.Count);
    }

    [Fact]
    public void Query_DateOnlyTimeOnlyAndGuid_GoThroughParameters()
    {
        Guid id = Guid.NewGuid();
        (DateTime date, TimeSpan time, byte[] bytes) = _connection.QuerySingle<(DateTime, TimeSpan, byte[])>(
            "SELECT CAST(@date AS DATE), CAST(@time AS TIME), CAST(@id AS BINARY(16))", new { date = new DateOnly(2026, 5, 6), time = new TimeOnly(7, 8, 9), id });

        Assert.Equal((new DateTime(2026, 5, 6), new TimeSpan(7, 8, 9), id), (date, time, new Guid(bytes, bigEndian: true)));
        Assert.Equal(new DateOnly(2026, 5, 6), _connection.QuerySingle<HasDate>("SELECT DATE'2026-05-06' AS date").Date);
    }

    private sealed record HasDate
    {
        public DateOnly Date { get; init; }
    }

    private sealed record Person
    {
        public ulong Id { get; init; }

        public string? Name { get; init; }

        public bool Admin { get; init; }

        public DateTime? Born { get; init; }
    }

    private sealed record AsUnsigned
    {
        public ulong Id { get; init; }

        public bool Admin { get; init; }
    }

    private sealed record AsSigned
    {
        public long Id { get; init; }

        public bool? Admin { get; init; }
    }
}
