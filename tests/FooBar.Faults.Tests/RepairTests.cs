using FooBar.MySql;
using FooBar.Testing.Site;

namespace FooBar.Faults.Tests;

/// <summary>A member that cannot come back harms nobody but itself.</summary>
public class RepairTests(FaultySite site)
{
    private static readonly TimeSpan WholeWithin = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>
    /// Somebody wrote to a replica by itself: what it holds now is in no history of the group's, and the group refuses it. The repair, which
    /// takes the members in their order, comes to it first.
    /// </summary>
    [Fact]
    public async Task MemberWithWritesOfItsOwn_IsRefused_AndTheNextJoinsAllTheSame()
    {
        await site.WholeAsync(WholeWithin);
        await site.FaultAsync("switchover", "db-1");
        (SiteDatabase strayed, SiteDatabase held) = (site.Running.Db[1], site.Running.Db[2]);
        long said = site.Said;
        await site.FaultAsync("kill", held.Name, "--hold");
        await MembersAsync(site.Running.Db[0], 2);
        await site.Running.WithoutRepairAsync(async () =>
        {
            await using MySqlConnection admin = await site.Running.OpenAsync(strayed, "foobar_admin", Token);
            await ExecuteAsync(admin, "STOP GROUP_REPLICATION");
            await ExecuteAsync(admin, "SET GLOBAL super_read_only = OFF");
            await ExecuteAsync(admin, "CREATE DATABASE stray");
        });
        await site.SaysAsync($"{strayed.Name} cannot join its group: it holds transactions that the group lacks (", said, WholeWithin);

        await site.FaultAsync("restart", held.Name);

        TimeSpan back = await site.UntilAsync($"{held.Name} is online", processes => processes.Single(process => process.Name == held.Name).State == "online", WholeWithin);
        Assert.NotEqual("online", (await site.StatusAsync()).Single(process => process.Name == strayed.Name).State);
        FaultySite.Say($"{strayed.Name} is refused by its group; {held.Name}, started meanwhile, is online after {back.TotalSeconds:0.0} s");

        // As the supervisor said.
        await site.FaultAsync("kill", strayed.Name, "--hold");
        Directory.Delete(Path.Combine(site.Running.StateFolder, strayed.Name, "data"), recursive: true);
        await site.FaultAsync("restart", strayed.Name);
        await site.WholeAsync(WholeWithin);
    }

    /// <summary>Waits until a member sees so many in its group.</summary>
    private async Task MembersAsync(SiteDatabase witness, long wanted)
    {
        await using MySqlConnection admin = await site.Running.OpenAsync(witness, "foobar_admin", Token);
        await using MySqlCommand count = admin.CreateCommand();
        count.CommandText = "SELECT COUNT(*) FROM performance_schema.replication_group_members";
        using PeriodicTimer poll = new(TimeSpan.FromMilliseconds(200), TimeProvider.System);
        while ((long)(await count.ExecuteScalarAsync(Token))! != wanted)
        {
            await poll.WaitForNextTickAsync(Token);
        }
    }

    private static async Task ExecuteAsync(MySqlConnection connection, string sql)
    {
        await using MySqlCommand command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(Token);
    }
}
