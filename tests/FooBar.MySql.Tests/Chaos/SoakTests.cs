using System.Globalization;
using Dapper;
using FooBar.Testing;

namespace FooBar.MySql.Tests.Chaos;

/// <summary>Sixteen connections at work for a long time: what the driver takes, here and on the server, does not grow.</summary>
[Collection(Chaos.Collection)]
public sealed class SoakTests(MySqlServerFixture mysql, ITestOutputHelper output)
{
    private const string User = "soak";
    private const int Workers = 16;
    private const int Parts = 20;
    private const int CacheSize = 20;

    /// <summary>Parts after which everything is compiled and every cache is full, those of ArrayPool for the large values too.</summary>
    private const int WarmUp = 4;

    /// <summary>Parts with whose largest footprint the later ones are compared.</summary>
    private const int Compared = 10;

    private const int Megabyte = 1024 * 1024;

    private static readonly int Queries = Catalogue.Times(plain: 12_000, thorough: 2_000_000);

    [Fact]
    public async Task Connections_AtWorkForLong_TakeNoMoreThanInTheBeginning()
    {
        await using MySqlDataSource admin = mysql.CreateDataSource();
        await using MySqlConnection observer = await admin.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await CreateSchemaAsync(observer);
        await using MySqlDataSource source = mysql.CreateDataSource($"User ID={User};Password=secret;Maximum Pool Size={Workers};Statement Cache Size={CacheSize};");
        using ThreadLimit limit = new(Workers);
        SoakWorker[] workers = [.. Enumerable.Range(0, Workers).Select(number => new SoakWorker(source, number, new Random(HashCode.Combine(Catalogue.Seed, number)), IsAsync(number)))];
        List<Footprint> footprints = [];
        long started = TimeProvider.System.GetTimestamp();
        int queries = 0;
        for (int part = 1; part <= Parts; part++)
        {
            queries += (await Task.WhenAll(workers.Select((worker, index) => RunAsync(worker, index)))).Sum();
            Assert.Equal(0, source.Pool.Count.Busy);
            await ForgetLogAsync(observer);
            footprints.Add(await Footprint.TakeAsync(observer, User));

            // Not to the test's output, which is shown at its end: who watches a thorough run ends it when he hears nothing.
            if (Catalogue.IsThorough) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"soak: {queries:N0} queries; {footprints[^1]}"));
            output.WriteLine($"{queries}: {footprints[^1]}");
        }

        TimeSpan took = TimeProvider.System.GetElapsedTime(started);
        Footprint first = Footprint.Largest(footprints[WarmUp..Compared]);
        Assert.All(footprints[Compared..], later => AssertFlat(first, later));
        EvidenceLine.Print(
            "sixteen connections at work",
            string.Create(CultureInfo.InvariantCulture, $"{queries:N0} queries in {took.TotalSeconds:N0} s; in their first half at most: {first}; at the end: {footprints[^1]}"));
    }

    private static void AssertFlat(Footprint first, Footprint later)
    {
        Assert.InRange(later.HeapBytes, 0, first.HeapBytes + (8 * Megabyte));
        Assert.InRange(later.WorkingSetBytes, 0, first.WorkingSetBytes + (32 * Megabyte));
        Assert.InRange(later.Handles, 0, first.Handles + 4);
        Assert.InRange(later.Threads, 0, first.Threads + 8);
        Assert.InRange(later.Sessions, 1, Workers + 1); // the one that kills
        Assert.InRange(later.PreparedStatements, 1, Workers * (CacheSize + 1));
        Assert.InRange(later.ServerBytes, 1, first.ServerBytes + (4 * Megabyte));
    }

    private static Task<int> RunAsync(SoakWorker worker, int index) =>
        IsAsync(index) ? worker.RunAsync(Queries / Parts / Workers) : OwnThread.RunAsync(() => worker.RunAsync(Queries / Parts / Workers));

    private static bool IsAsync(int worker) => worker % 4 != 0;

    /// <summary>Two million queries would leave gigabytes.</summary>
    private static async Task ForgetLogAsync(MySqlConnection connection)
    {
        await connection.ExecuteAsync("FLUSH BINARY LOGS");
        string last = (await connection.QueryAsync<(string Name, long Size, string Encrypted)>("SHOW BINARY LOGS")).Last().Name;
        await connection.ExecuteAsync($"PURGE BINARY LOGS TO '{last}'");
    }

    private static async Task CreateSchemaAsync(MySqlConnection connection)
    {
        await connection.ExecuteAsync($"CREATE USER {User} IDENTIFIED BY 'secret'");
        await connection.ExecuteAsync($"GRANT ALL ON test.* TO {User}");
        await connection.ExecuteAsync("CREATE TABLE soak_rows (id INT PRIMARY KEY, text VARCHAR(100) NOT NULL)");
        await connection.ExecuteAsync("CREATE TABLE soak_written (worker INT, item BIGINT, text VARCHAR(100) NOT NULL, PRIMARY KEY (worker, item))");
        await connection.ExecuteAsync("CREATE TABLE soak_blobs (id INT PRIMARY KEY, data MEDIUMBLOB NOT NULL)");
        await connection.ExecuteAsync("INSERT INTO soak_blobs VALUES (-1, @data)", new { data = new byte[SoakWorker.BlobBytes] });
        await connection.ExecuteAsync(
            """
            INSERT INTO soak_rows
            WITH RECURSIVE
              g AS (SELECT 0 AS i UNION ALL SELECT i + 1 FROM g WHERE i < @groups - 1),
              r AS (SELECT 0 AS i UNION ALL SELECT i + 1 FROM r WHERE i < @rows - 1)
            SELECT g.i * @rows + r.i, CONCAT('the text of row ', g.i * @rows + r.i, ', ünïcödé') FROM g, r
            """,
            new { groups = SoakWorker.Groups, rows = SoakWorker.RowsByGroup });
    }
}
