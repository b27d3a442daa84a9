using System.Globalization;
using Dapper;
using FooBar.Testing;

namespace FooBar.MySql.Tests.Chaos;

/// <summary>
/// Statements cancelled at random moments, while others run on the same pool: by their token, by Cancel or by their time-out; while they are
/// sent, executed or read, and while connections are opened; blocking and not. No answer is ever taken for another's.
/// </summary>
[Collection(Chaos.Collection)]
public sealed class CancellationTests(MySqlServerFixture mysql, ITestOutputHelper output)
{
    private const int Workers = 8;
    private const int Bystanders = 2;

    private static readonly int Cancellations = Catalogue.Times(plain: 300, thorough: 2_000);

    /// <summary>The driver promises two seconds; on a machine that is busy with other things, so do its timers.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(2 + 8);

    [Fact]
    public async Task Statements_CancelledAtRandomMoments_LeaveNoWrongAnswerBehind()
    {
        await using MySqlDataSource admin = mysql.CreateDataSource();
        await using MySqlConnection observer = await admin.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await CreateSchemaAsync(observer);
        CancellationRecord record = new(Cancellations);
        await using (MySqlDataSource source = mysql.CreateDataSource("User ID=chaos;Password=secret;Maximum Pool Size=8;Connection Timeout=120;"))
        {
            await Task.WhenAll(Enumerable.Range(0, Workers + Bystanders).Select(worker => StartAsync(source, record, worker)));
            output.WriteLine($"seed {Catalogue.Seed}\n{record}");
            Assert.Equal((0, 0), (source.Pool.Count.Busy, source.Pool.WaiterCount));
            Assert.Equal(0, await CountAsync(observer, "COMMAND <> 'Sleep'"));
        }

        Assert.Equal(0, await CountAsync(observer, "TRUE"));
        Dictionary<int, int> rows = (await observer.QueryAsync<(int Number, int Rows)>("SELECT number, COUNT(*) FROM chaos_rows GROUP BY number"))
            .ToDictionary(found => found.Number, found => found.Rows);
        Assert.Empty(record.Contradictions(rows));
        Assert.True(record.Latest < Deadline, $"a call has ended {record.Latest} after it was cancelled");
        Assert.All(Enum.GetValues<Outcome>().Except([Outcome.CutOff]), outcome => Assert.NotEqual(0, record.CountOf(outcome)));
        EvidenceLine.Print("statements cancelled at random moments", Figures(record));
    }

    private static Task StartAsync(MySqlDataSource source, CancellationRecord record, int worker)
    {
        bool async = worker % 2 == 0;
        Random random = new(HashCode.Combine(Catalogue.Seed, worker));
        CancellationWorker running = new(source, record, random, async, cancels: worker < Workers);
        return async ? running.RunAsync() : OwnThread.RunAsync(running.RunAsync);
    }

    private static string Figures(CancellationRecord record)
    {
        int effective = Enum.GetValues<Outcome>().Except([Outcome.Finished]).Sum(record.CountOf);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{effective:N0} took effect: {record.CountOf(Outcome.NotSent):N0} before sending or while opening, {record.CountOf(Outcome.Stopped):N0} stopped by the server, "
            + $"{record.CountOf(Outcome.Discarded):N0} read to the end, {record.CountOf(Outcome.CutOff):N0} cut off; {record.CountOf(Outcome.Finished):N0} had finished first; "
            + $"{record.Undisturbed:N0} statements behind and beside them, no wrong answer; longest {record.Latest.TotalSeconds:0.00} s");
    }

    /// <summary>Sessions of the workers' account in some state, once there are none, or after a while.</summary>
    private static async Task<int> CountAsync(MySqlConnection observer, string condition)
    {
        long started = TimeProvider.System.GetTimestamp();
        int count;
        do
        {
            count = await observer.ExecuteScalarAsync<int>($"SELECT COUNT(*) FROM performance_schema.processlist WHERE USER = 'chaos' AND {condition}");
        }
        while (count > 0 && TimeProvider.System.GetElapsedTime(started) < Deadline);

        return count;
    }

    private static async Task CreateSchemaAsync(MySqlConnection connection)
    {
        await connection.ExecuteAsync("CREATE USER chaos IDENTIFIED BY 'secret'");
        await connection.ExecuteAsync("GRANT ALL ON test.* TO chaos");
        await connection.ExecuteAsync("CREATE TABLE chaos_rows (id BIGINT AUTO_INCREMENT PRIMARY KEY, number INT NOT NULL)");
        await connection.ExecuteAsync("CREATE TABLE chaos_many (a INT PRIMARY KEY)");
        await connection.ExecuteAsync(
            "INSERT INTO chaos_many WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT i FROM n");
        await connection.ExecuteAsync(
            """
            CREATE PROCEDURE chaos_call(n INT, s DOUBLE)
            BEGIN
              SELECT n, 0, REPEAT(CONCAT(n, ','), 400);
              INSERT INTO chaos_rows (number) VALUES (n);
              DO SLEEP(s);
              WITH RECURSIVE r AS (SELECT 0 AS i UNION ALL SELECT i + 1 FROM r WHERE i < 19) SELECT n, i, REPEAT(CONCAT(n, ','), 400) FROM r;
            END
            """);
    }
}
