using Dapper;
using FooBar.Data.Faults.Tests.Play;
using FooBar.Testing;

namespace FooBar.Data.Faults.Tests.Scenarios;

/// <summary>
/// 1: the primary is killed. A group elects another one, nothing fails, and writes pause for 9 s at most. With classic replication nobody is promoted
/// by itself: it comes back, as whoever supervises it brings it back, and until then writes are held.
/// </summary>
internal static class WriterKilled
{
    private static readonly TimeSpan WithoutWrites = TimeSpan.FromSeconds(9);

    public static IEnumerable<Scenario> All =>
    [
        Kill("writer killed, a session idle between two requests", IdleAsync),
        Kill("writer killed, in the middle of a statement", MidStatementAsync),
        Kill("writer killed, inside a transaction", InsideTransactionAsync),
        Kill("writer killed, between COMMIT and its answer", InCommitAsync) with { NeedsNamespaces = true },
        Kill("writer killed, with idle pooled connections", IdlePoolAsync),
    ];

    private static Scenario Kill(string name, Func<Scene, Task> play) => new(1, name, play) { IsKill = true, ThoroughTimes = 4 };

    private static async Task IdleAsync(Scene scene)
    {
        DatabaseSession session = scene.Application.Database.CreateSession();
        await WriteNoteAsync(session, 1);
        await KillAsync(scene);
        // It reads what it wrote, on whoever holds it, and writes on.
        Assert.Equal(1, await NoteAsync(session));
        await WriteNoteAsync(session, 2);
        Assert.Equal(2, await NoteAsync(session));
        await ComesBackAsync(scene);
    }

    private static async Task MidStatementAsync(Scene scene)
    {
        int victim = await scene.PrimaryAsync();
        // On the first try alone; it ends with its server, not with the time.
        SideWrite[] writes = [.. Enumerable.Range(0, 5).Select(_ => scene.WriteAside((connection, attempt, ct) => attempt > 1
            ? Task.CompletedTask
            : connection.ExecuteAsync(new CommandDefinition("DO SLEEP(60)", cancellationToken: ct))))];
        await scene.UntilAsync(
            async () => await scene.Cluster.QueryAsync(victim, "SELECT COUNT(*) FROM performance_schema.processlist WHERE INFO = 'DO SLEEP(60)'") == "5",
            "the statements run");
        await KillAsync(scene);
        await Task.WhenAll(writes.Select(write => write.Done));
        Assert.All(writes, write => Assert.InRange(write.Attempts, 2, int.MaxValue));
        await ComesBackAsync(scene);
    }

    private static async Task InsideTransactionAsync(Scene scene)
    {
        TaskCompletionSource killed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        SideWrite[] writes = [.. Enumerable.Range(0, 5).Select(_ => scene.WriteAside(async (connection, _, ct) =>
        {
            await killed.Task.WaitAsync(ct);
            await connection.ExecuteAsync(new CommandDefinition("SELECT 1", cancellationToken: ct));
        }))];
        await scene.UntilAsync(() => Task.FromResult(writes.All(write => write.Attempts == 1)), "the transactions are begun");
        await KillAsync(scene);
        killed.SetResult();
        await Task.WhenAll(writes.Select(write => write.Done));
        Assert.All(writes, write => Assert.InRange(write.Attempts, 2, int.MaxValue));
        await ComesBackAsync(scene);
    }

    /// <summary>
    /// Many writers at once; then no answer of the primary passes any more, and it commits what has arrived. It is killed when the applications
    /// have given it up, so that some know of a COMMIT that they sent and nothing else; where none was on its way, all of it is done again.
    /// </summary>
    private static async Task InCommitAsync(Scene scene)
    {
        int victim = await scene.PrimaryAsync();
        Task writing = Task.CompletedTask;
        for (int round = 1; Unanswered(scene) == 0; round++)
        {
            Assert.True(round <= 10, "No COMMIT was on its way in ten rounds.");
            await scene.Network.HealAsync();
            await scene.UntilAsync(topology => topology.Primary is not null);
            await writing;
            int acknowledged = scene.Aside.Count(write => write.AcknowledgedAt is not null);
            using CancellationTokenSource stop = new();
            writing = scene.WritersAsync(60, TimeSpan.FromMilliseconds(50), stop.Token);
            await scene.UntilAsync(() => Task.FromResult(scene.Aside.Count(write => write.AcknowledgedAt is not null) > acknowledged + 200), "the writers write");
            await scene.Network.DropAsync(NetworkEnd.Member(victim), NetworkEnd.Client(0));
            await scene.Network.DropAsync(NetworkEnd.Member(victim), NetworkEnd.Client(1));
            await stop.CancelAsync();
            await scene.UntilAsync(topology => topology.Primary is null);
            await scene.UntilAsync(
                () => Task.FromResult(scene.Applications.All(application => application.Metrics[$"database.node.in_flight{{node=db-{victim + 1}}}"] == 0)), "nothing is in hand there");
        }

        await KillAsync(scene);
        await scene.Network.HealAsync();
        await ComesBackAsync(scene);
        await writing;
        scene.Notes.Add($"{Unanswered(scene)} COMMITs without an answer, {Resolved(scene, "committed")} were committed, {Resolved(scene, "repeated")} repeated");
    }

    private static async Task IdlePoolAsync(Scene scene)
    {
        // Side by side, so that each has a connection; then they are idle.
        TaskCompletionSource all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        SideWrite[] writes = [.. Enumerable.Range(0, 40).Select(_ => scene.WriteAside(async (_, _, ct) => await all.Task.WaitAsync(ct)))];
        await scene.UntilAsync(() => Task.FromResult(writes.Count(write => write.Attempts > 0) >= 20), "20 connections are open");
        all.SetResult();
        await Task.WhenAll(writes.Select(write => write.Done));
        await KillAsync(scene);
        await ComesBackAsync(scene);
    }

    /// <summary>Kills the primary and returns when writes are acknowledged again.</summary>
    private static async Task KillAsync(Scene scene)
    {
        int victim = await scene.PrimaryAsync();
        if (scene.IsGroup)
            scene.Promise(WithoutWrites);
        await scene.Cluster.KillAsync(victim);
        if (!scene.IsGroup)
        {
            await scene.UntilAsync(topology => topology.Primary is null);
            await scene.Cluster.RestartAsync(victim);
            Assert.Equal(victim, await scene.PrimaryAsync());
        }
    }

    private static async Task ComesBackAsync(Scene scene)
    {
        await scene.MoreAsync();
        await scene.HealAsync();
    }

    private static int Unanswered(Scene scene) => scene.Applications.Sum(application => application.Log.TextsOf(3014).Count());

    private static double Resolved(Scene scene, string outcome) => scene.Applications.Sum(application => application.Metrics.Sum("database.write.resolved", $"outcome={outcome}"));

    private static Task<int> WriteNoteAsync(DatabaseSession session, int number) => session.WriteAsync(OperationId.New(), (connection, ct) => connection.ExecuteAsync(new CommandDefinition(
        "REPLACE INTO note (id, text) VALUES (1, @number)", new { number }, cancellationToken: ct)), Scene.Ct);

    private static Task<int> NoteAsync(DatabaseSession session) => session.ReadAsync((connection, ct) => connection.ExecuteScalarAsync<int>(new CommandDefinition(
        "SELECT text FROM note WHERE id = 1", cancellationToken: ct)), Scene.Ct);
}
