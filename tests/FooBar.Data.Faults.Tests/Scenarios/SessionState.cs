using System.Data.Common;
using Dapper;
using FooBar.Data.Faults.Tests.Play;
using FooBar.Testing;

namespace FooBar.Data.Faults.Tests.Scenarios;

/// <summary>8: what a session of the server holds ends with it. Work that has lost it is done again as a whole, and nobody inherits anything.</summary>
internal static class SessionState
{
    private const string Lock = "a lock of the catalogue";

    public static IEnumerable<Scenario> All =>
    [
        new(8, "row locked FOR UPDATE, its session ended", ForUpdateAsync),
        new(8, "GET_LOCK and a temporary table, their session ended", LockAndTableAsync),
        new(8, "large result, its replica killed in the middle", PartialResultAsync),
    ];

    /// <summary>Ten that add one each to what they have read under a lock, each of which loses its session once in between.</summary>
    private static async Task ForUpdateAsync(Scene scene)
    {
        scene.PromiseNobodySees();
        int primary = await scene.PrimaryAsync();
        await scene.Cluster.ExecuteAsync(primary, $"REPLACE INTO {MySqlCluster.Schema}.note (id, text) VALUES (8, '0')");
        SideWrite[] writes = [.. Enumerable.Range(0, 10).Select(_ => scene.WriteAside(async (connection, attempt, ct) =>
        {
            int read = await connection.ExecuteScalarAsync<int>(new CommandDefinition("SELECT text FROM note WHERE id = 8 FOR UPDATE", cancellationToken: ct));
            if (attempt == 1)
                await EndAsync(scene, primary, connection, ct);
            await connection.ExecuteAsync(new CommandDefinition("UPDATE note SET text = @next WHERE id = 8", new { next = read + 1 }, cancellationToken: ct));
        }))];
        await Task.WhenAll(writes.Select(write => write.Done));
        Assert.All(writes, write => Assert.InRange(write.Attempts, 2, 10));
        Assert.Equal("10", await scene.Cluster.QueryAsync(primary, $"SELECT text FROM {MySqlCluster.Schema}.note WHERE id = 8"));
        await scene.ServedWithinAsync(TimeSpan.FromSeconds(15));
    }

    private static async Task LockAndTableAsync(Scene scene)
    {
        scene.PromiseNobodySees();
        int primary = await scene.PrimaryAsync();
        SideWrite write = scene.WriteAside(async (connection, attempt, ct) =>
        {
            // Again: the first try's lock and table have gone with it.
            Assert.Equal(1, await connection.ExecuteScalarAsync<int>(new CommandDefinition("SELECT GET_LOCK(@Lock, 10)", new { Lock }, cancellationToken: ct)));
            await connection.ExecuteAsync(new CommandDefinition("CREATE TEMPORARY TABLE mine (id INT)", cancellationToken: ct));
            if (attempt == 1)
                await EndAsync(scene, primary, connection, ct);
            await connection.ExecuteAsync(new CommandDefinition("INSERT INTO mine VALUES (1)", cancellationToken: ct));
        });
        await write.Done;
        Assert.Equal(2, write.Attempts);

        // Those that come behind it, on every pooled session, see neither.
        SideWrite[] next = [.. Enumerable.Range(0, 60).Select(_ => scene.WriteAside(async (connection, _, ct) =>
        {
            Assert.Null(await connection.ExecuteScalarAsync<long?>(new CommandDefinition("SELECT IS_USED_LOCK(@Lock)", new { Lock }, cancellationToken: ct)));
            DbException missing = await Assert.ThrowsAnyAsync<DbException>(() => connection.ExecuteAsync(new CommandDefinition("INSERT INTO mine VALUES (2)", cancellationToken: ct)));
            Assert.Contains("mine' doesn't exist", missing.Message, StringComparison.Ordinal);
        }))];
        await Task.WhenAll(next.Select(one => one.Done));
        await scene.ServedWithinAsync(TimeSpan.FromSeconds(15));
    }

    /// <summary>A reader is in the middle of a hundred thousand rows. The read is repeated as a whole elsewhere: no row twice, none missing.</summary>
    private static async Task PartialResultAsync(Scene scene)
    {
        scene.PromiseNobodySees();
        const int rows = 99_000;
        int primary = await scene.PrimaryAsync();
        TaskCompletionSource<string> begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource killed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int runs = 0;
        Task<List<int>> reading = scene.Application.Database.CreateSession().ReadAsync(
            async (connection, ct) =>
            {
                runs++;
                List<int> read = [];
                await using DbCommand command = connection.CreateCommand();
                command.CommandText = $"WITH RECURSIVE d (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM d WHERE i < 315), n AS (SELECT a.i * 316 + b.i AS i FROM d a JOIN d b) SELECT i, REPEAT('x', 200), @@server_id FROM n WHERE i < {rows}";
                await using DbDataReader reader = await command.ExecuteReaderAsync(ct);
                while (await reader.ReadAsync(ct))
                {
                    read.Add(reader.GetInt32(0));
                    if (read.Count == 1000 && begun.TrySetResult($"{reader.GetValue(2)}"))
                        await killed.Task.WaitAsync(ct);
                }

                return read;
            },
            Freshness.Any, Scene.Ct);
        int victim = int.Parse(await begun.Task.WaitAsync(Scene.Patience, TimeProvider.System, Scene.Ct), System.Globalization.CultureInfo.InvariantCulture) - 1;
        Assert.NotEqual(primary, victim);
        await scene.Cluster.KillAsync(victim);
        killed.SetResult();
        List<int> all = await reading;
        Assert.Equal(2, runs);
        Assert.Equal(Enumerable.Range(0, rows), all.Order());
        await scene.HealAsync();
    }

    private static async Task EndAsync(Scene scene, int member, DbConnection connection, CancellationToken ct)
    {
        long id = await connection.ExecuteScalarAsync<long>(new CommandDefinition("SELECT CONNECTION_ID()", cancellationToken: ct));
        await scene.Cluster.EndSessionAsync(member, $"{id}");
    }
}
