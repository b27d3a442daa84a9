using System.Globalization;
using FooBar.GroupKeeper.Orders;
using FooBar.GroupKeeper.Settings;
using FooBar.MySql;

namespace FooBar.GroupKeeper.Steps;

/// <summary>
/// What is done to the own member, each step on a session of its own that is closed at its end. One at a time.
/// A step that exceeds its time is given up and its session dropped; the server goes on with the statement that it was at.
/// </summary>
internal sealed class GroupSteps(KeeperSettings settings, MemberAddresses addresses, JoiningMark mark)
{
    /// <summary>Longer than the minute that MySQL gives a start to see its view, and than the half that it gives a stop: its answer is better than none.</summary>
    private static readonly TimeSpan ReplicationDeadline = TimeSpan.FromSeconds(90);

    private static readonly TimeSpan SettingDeadline = TimeSpan.FromSeconds(10);

    /// <summary>Leaves the group or what is left of it, and is open to its clients again; super_read_only stays on.</summary>
    public async Task LeaveAsync(CancellationToken cancellationToken)
    {
        await using MySqlConnection session = await OpenOwnAsync(cancellationToken);
        await LeaveAsync(session, cancellationToken);
    }

    /// <summary>Takes back what a start that was given up has left behind.</summary>
    public async Task DisarmAsync(CancellationToken cancellationToken)
    {
        await using MySqlConnection session = await OpenOwnAsync(cancellationToken);
        await SetAsync(session, Bootstrap, on: false, cancellationToken);
    }

    /// <summary>Joins the group that the witness is in, under the locks of both.</summary>
    /// <param name="witness">The place of a member of the group.</param>
    /// <param name="isStillRight">Looks again, now that nobody else takes a step, and says whether this one is still the next.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="StepException">It was not the next any more, or failed in a way that is told in a sentence.</exception>
    public async Task JoinAsync(int witness, Func<CancellationToken, Task<bool>> isStillRight, CancellationToken cancellationToken)
    {
        await using MySqlConnection session = await OpenOwnAsync(cancellationToken);
        await using LockedPeers locked = await LockAsync(session, [witness], isStillRight, cancellationToken);
        mark.Set();
        await LeaveAsync(session, cancellationToken);
        await StartAsync(session, cancellationToken);
        if (await CountViewAsync(session, cancellationToken) == 1)
        {
            await LeaveAsync(session, cancellationToken);
            throw new StepException("it found nobody in the group that it joined, and has left it again");
        }
    }

    /// <summary>Forms the group, under the locks of everyone who counts.</summary>
    /// <param name="others">The places of all others that answer.</param>
    /// <param name="isStillRight">Looks again, now that nobody else takes a step, and says whether this one is still the next.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="StepException">It was not the next any more, or failed in a way that is told in a sentence.</exception>
    public async Task FormAsync(IReadOnlyList<int> others, Func<CancellationToken, Task<bool>> isStillRight, CancellationToken cancellationToken)
    {
        await using MySqlConnection session = await OpenOwnAsync(cancellationToken);
        await using LockedPeers locked = await LockAsync(session, others, isStillRight, cancellationToken);
        mark.Clear();
        await LeaveAsync(session, cancellationToken);
        await SetAsync(session, Bootstrap, on: true, cancellationToken);
        try
        {
            await StartAsync(session, cancellationToken);
        }
        finally
        {
            // Left on, a later start of the same server would form a second group. If it cannot be taken back here, the next look sees it.
            await ((Task)DisarmAsync(CancellationToken.None)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>What the own member holds and the other set does not, as MySQL writes it.</summary>
    public async Task<string> LackingAsync(string own, string others, CancellationToken cancellationToken)
    {
        await using MySqlConnection session = await OpenOwnAsync(cancellationToken);
        await using MySqlCommand command = session.CreateCommand();
        command.CommandText = "SELECT GTID_SUBTRACT(@own, @others)";
        command.Parameters.AddWithValue("own", own);
        command.Parameters.AddWithValue("others", others);
        string lacking = Convert.ToString(await command.ExecuteScalarAsync(cancellationToken), CultureInfo.InvariantCulture) ?? string.Empty;
        return lacking.ReplaceLineEndings(string.Empty);
    }

    private const string Bootstrap = "group_replication_bootstrap_group";

    private async Task<MySqlConnection> OpenOwnAsync(CancellationToken cancellationToken)
    {
        MySqlConnection session = new(addresses.Own);
        await session.OpenAsync(cancellationToken);
        return session;
    }

    private async Task<LockedPeers> LockAsync(
        MySqlConnection own, IReadOnlyList<int> others, Func<CancellationToken, Task<bool>> isStillRight, CancellationToken cancellationToken)
    {
        LockedPeers peers = new();
        try
        {
            if (!await StepLock.TakeAsync(own, cancellationToken))
            {
                throw new StepException($"{settings.Name} is still at an earlier step");
            }

            foreach (int other in others)
            {
                await peers.AddAsync(settings.Members[other].Name, addresses.Peer(other), cancellationToken);
            }

            return await isStillRight(cancellationToken) ? peers : throw new StepException("it is not the next step any more");
        }
        catch
        {
            await peers.DisposeAsync();
            throw;
        }
    }

    /// <summary>Harmless for a member that is in no group. One that lost its group stays in it by halves until this.</summary>
    private static async Task LeaveAsync(MySqlConnection session, CancellationToken cancellationToken)
    {
        await ExecuteAsync(session, "STOP GROUP_REPLICATION", ReplicationDeadline, cancellationToken);
        await SetAsync(session, "offline_mode", on: false, cancellationToken);
        await SetAsync(session, Bootstrap, on: false, cancellationToken);
    }

    private Task StartAsync(MySqlConnection session, CancellationToken cancellationToken) => ExecuteAsync(
        session,
        // No parameters are taken here; the settings' validation lets nothing pass that could end a literal.
        $"START GROUP_REPLICATION USER = '{settings.Replication.User}', PASSWORD = '{ReplicationPassword.Read(settings.Replication)}'",
        ReplicationDeadline,
        cancellationToken);

    private static Task SetAsync(MySqlConnection session, string variable, bool on, CancellationToken cancellationToken) =>
        ExecuteAsync(session, $"SET GLOBAL {variable} = {(on ? "ON" : "OFF")}", SettingDeadline, cancellationToken);

    private static async Task<long> CountViewAsync(MySqlConnection session, CancellationToken cancellationToken)
    {
        await using MySqlCommand command = session.CreateCommand();
        command.CommandText = "SELECT COUNT(*) FROM performance_schema.replication_group_members";
        return Convert.ToInt64(await command.ExecuteScalarAsync(cancellationToken), CultureInfo.InvariantCulture);
    }

    private static async Task ExecuteAsync(MySqlConnection session, string sql, TimeSpan deadline, CancellationToken cancellationToken)
    {
        await using MySqlCommand command = session.CreateCommand();
        command.CommandText = sql;
        command.CommandTimeout = (int)deadline.TotalSeconds;
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
