using FooBar.MySql;
using FooBar.Testing.Site;

namespace FooBar.Faults.Tests;

/// <summary>A member that cannot come back harms nobody but itself.</summary>
public class RepairTests(FaultySite site)
{
    /// <summary>ER_GROUP_REPLICATION_COMMAND_FAILURE: here, another START or STOP has not ended.</summary>
    private const int CommandUnderWay = 3663;

    private static readonly TimeSpan WholeWithin = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>
    /// Somebody wrote to a replica by itself: what it holds now is in no history of the group's, and the group refuses it. The repair, which
    /// takes the members in their order, comes to it first.
    /// </summary>
    [Fact]
    public async Task MemberWithWritesOfItsOwn_IsRefused_AndTheOthersComeBackWithoutIt()
    {
        await site.WholeAsync(WholeWithin);
        await site.FaultAsync("switchover", "db-1");
        (SiteDatabase strayed, SiteDatabase held) = (site.Running.Db[1], site.Running.Db[2]);
        string said = site.Said();
        await site.FaultAsync("kill", held.Name, "--hold");
        await MembersAsync(site.Running.Db[0], 2);
        await WriteAsideAsync(strayed);
        await site.SaysAsync($"{strayed.Name} cannot join its group: it holds transactions that the group lacks (", said, WholeWithin);

        await site.FaultAsync("restart", held.Name);

        TimeSpan back = await site.UntilAsync($"{held.Name} is online", processes => processes.Single(process => process.Name == held.Name).State == "online", WholeWithin);
        Assert.NotEqual("online", (await site.StatusAsync()).Single(process => process.Name == strayed.Name).State);
        FaultySite.Say($"{strayed.Name} is refused by its group; {held.Name}, started meanwhile, is online after {back.TotalSeconds:0.0} s");

        // What it holds is no part of what the group acknowledged, so its group comes back without it.
        await Task.WhenAll(site.FaultAsync("kill", "db-1"), site.FaultAsync("kill", held.Name));
        await site.UntilAsync("the two others are online", processes => processes.Count(process => process.State == "online") == 2 && processes.Any(process => process.Role == "primary"), WholeWithin);
        Assert.NotEqual("online", (await site.StatusAsync()).Single(process => process.Name == strayed.Name).State);

        // As the supervisor said.
        await site.FaultAsync("kill", strayed.Name, "--hold");
        Directory.Delete(DataOf(strayed), recursive: true);
        await site.FaultAsync("restart", strayed.Name);
        await site.WholeAsync(WholeWithin);
    }

    /// <summary>With everything down, nobody knows any more which of them the group was.</summary>
    [Fact]
    public async Task MembersOfWhichEachHoldsWhatTheOtherLacks_UpSaysSoAndLeavesTheChoice()
    {
        await site.WholeAsync(WholeWithin);
        await site.FaultAsync("switchover", "db-1");
        SiteDatabase strayed = site.Running.Db[1];
        await WriteAsideAsync(strayed);
        await using (MySqlConnection admin = await site.Running.OpenAsync(site.Running.Db[0], "foobar_admin", Token))
        {
            await ExecuteAsync(admin, "CREATE DATABASE meanwhile");
            await ExecuteAsync(admin, "DROP DATABASE meanwhile");
        }

        (int exitCode, string output) = await site.Running.DownAndUpAsync(Token);

        Assert.Equal(1, exitCode);
        Assert.Contains(
            $"foobar: db-1 and db-2 each hold transactions that the other lacks, so neither may lead: save {DataOf(site.Running.Db[0])} and {DataOf(strayed)}; "
            + "of the one to give up, remove the folder, and ./foobar up makes it anew.",
            output,
            StringComparison.Ordinal);

        // As it said.
        Directory.Delete(DataOf(strayed), recursive: true);
        await site.Running.RestartAsync(Token);
        await site.WholeAsync(WholeWithin);
    }

    private string DataOf(SiteDatabase member) => Path.Combine(site.Running.StateFolder, member.Name, "data");

    /// <summary>Has a member leave its group and writes to it what its group will never see.</summary>
    private Task WriteAsideAsync(SiteDatabase member) => site.Running.WithoutRepairAsync(async () =>
    {
        await using MySqlConnection admin = await site.Running.OpenAsync(member, "foobar_admin", Token);
        await LeaveAsync(admin);
        await ExecuteAsync(admin, "SET GLOBAL super_read_only = OFF");
        await ExecuteAsync(admin, "CREATE DATABASE stray");
    });

    /// <summary>A member is online a moment before the START that made it so has ended, and no STOP may begin meanwhile.</summary>
    private static async Task LeaveAsync(MySqlConnection admin)
    {
        using PeriodicTimer poll = new(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        while (true)
        {
            try
            {
                await ExecuteAsync(admin, "STOP GROUP_REPLICATION");
                return;
            }
            catch (MySqlException exception) when (exception.Number == CommandUnderWay)
            {
                await poll.WaitForNextTickAsync(Token);
            }
        }
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
