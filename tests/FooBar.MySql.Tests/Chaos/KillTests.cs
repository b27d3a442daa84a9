using System.Globalization;
using Dapper;
using FooBar.Testing;

namespace FooBar.MySql.Tests.Chaos;

/// <summary>
/// The server is killed (SIGKILL) at random moments of a stream of transactions and started again on its data. With every commit synced, its
/// binary log then tells what happened, and what the driver said of each transaction must agree with it.
/// </summary>
[Collection(Chaos.Collection)]
public sealed class KillTests(ITestOutputHelper output)
{
    private static readonly int Kills = Catalogue.Times(plain: 3, thorough: 25);

    [Fact]
    public async Task Server_KilledInAStreamOfTransactions_HasThoseThatTheDriverSaysItHas()
    {
        await using MySqlServer server = await MySqlServer.StartAsync(
            "innodb-flush-log-at-trx-commit=1", "sync-binlog=1", "binlog-rows-query-log-events=ON");
        await using MySqlDataSource source = new(server.ConnectionString);
        await using (MySqlConnection connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken))
        {
            await connection.ExecuteAsync(
                """
                CREATE TABLE kill_rows (
                  id BIGINT AUTO_INCREMENT PRIMARY KEY, number INT NOT NULL, part INT NOT NULL, filler MEDIUMTEXT NOT NULL, CHECK (part >= 0))
                """);
        }

        Random random = new(Catalogue.Seed);
        TransactionStream stream = new(source, Catalogue.Seed);
        for (int kill = 0; kill < Kills; kill++)
        {
            int spin = random.Next(1_000_000);
            await stream.RunAsync(commits: random.Next(10, 150), async () =>
            {
                Thread.SpinWait(spin);
                await server.KillAsync();
            });
            await server.StartAsync();
        }

        await using MySqlConnection survivor = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        Dictionary<int, int> table = (await survivor.QueryAsync<(int Number, int Rows)>("SELECT number, COUNT(*) FROM kill_rows GROUP BY number"))
            .ToDictionary(found => found.Number, found => found.Rows);
        List<(string Gtid, HashSet<int> Numbers)> log = await BinaryLog.ReadAsync(survivor);
        string figures = Figures(stream.Attempts, table);
        output.WriteLine($"seed {Catalogue.Seed}: {figures}");

        Assert.Empty(stream.Attempts.Select(attempt => attempt.Contradiction(table.GetValueOrDefault(attempt.Number))).OfType<string>());
        Assert.Equal(table.Keys.Order(), log.SelectMany(transaction => transaction.Numbers).Order());
        Dictionary<int, string> gtids = log.ToDictionary(transaction => Assert.Single(transaction.Numbers), transaction => transaction.Gtid);
        Attempt[] committed = [.. stream.Attempts.Where(attempt => attempt.Claim == Claim.Committed)];
        Assert.Equal(committed.Select(attempt => gtids[attempt.Number]), committed.Select(attempt => attempt.Gtid));
        string reported = string.Join(',', committed.Select(attempt => attempt.Gtid));
        Assert.True(await survivor.ExecuteScalarAsync<bool>("SELECT GTID_SUBSET(@reported, @@GLOBAL.gtid_executed)", new { reported }));
        Assert.True(committed.Length >= Kills * 10);
        EvidenceLine.Print("server killed in a stream of transactions, and started again", $"{figures}; none contradicts the binary log");
    }

    private static string Figures(IReadOnlyCollection<Attempt> attempts, Dictionary<int, int> table)
    {
        string[] claims =
        [
            .. from attempt in attempts
               let isThere = table.ContainsKey(attempt.Number)
               group attempt by (attempt.Claim, isThere) into alike
               orderby alike.Key
               select $"{Words(alike.Key.Claim)} {alike.Count().ToString("N0", CultureInfo.InvariantCulture)} ({(alike.Key.isThere ? "there" : "not there")})",
        ];
        return string.Create(CultureInfo.InvariantCulture, $"{Kills} kills, {attempts.Count:N0} transactions: {string.Join(", ", claims)}");
    }

    private static string Words(Claim claim) => claim switch
    {
        Claim.Committed => "committed",
        Claim.NotSent => "COMMIT not sent",
        Claim.SentUnanswered => "COMMIT sent, unanswered",
        Claim.AnsweredWithAnError => "refused",
        _ => "failed before COMMIT",
    };
}
