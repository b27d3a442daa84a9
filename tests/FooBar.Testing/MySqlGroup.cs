using System.Globalization;
using FooBar.MySql;

namespace FooBar.Testing;

/// <summary>Three servers (or another odd number) in one Group Replication group, single-primary, each on free ports.</summary>
public sealed class MySqlGroup : MySqlCluster
{
    /// <summary>The UUID under which the group's transactions are numbered.</summary>
    public const string Uuid = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa";

    private const string Join = $"START GROUP_REPLICATION USER = 'replication', PASSWORD = '{Password}'";

    private MySqlGroup(IEnumerable<MySqlServer> members) : base(members)
    {
    }

    /// <inheritdoc />
    public override bool IsGroup => true;

    /// <summary>Starts the servers, joins them to a group, and makes the accounts.</summary>
    /// <param name="places">Where they run; null for three on 127.0.0.1.</param>
    public static async Task<MySqlGroup> StartAsync(IReadOnlyList<MySqlPlace>? places = null)
    {
        (MySqlPlace Place, string Address)[] all =
            [.. Places(places).Select(place => (place, string.Create(CultureInfo.InvariantCulture, $"{place.PeerHost}:{FreePorts.Next()}")))];
        string seeds = string.Join(',', all.Select(one => one.Address));
        MySqlGroup group = new(all.Select((one, i) => new MySqlServer(Settings(i + 1, one.Place, one.Address, seeds), one.Place)));
        await group.BeginAsync();
        return group;
    }

    /// <inheritdoc />
    public override async Task<int> PrimaryAsync()
    {
        foreach (int i in Running)
        {
            string? primary = await QueryAsync(
                i, "SELECT CONCAT(MEMBER_HOST, ':', MEMBER_PORT) FROM performance_schema.replication_group_members WHERE MEMBER_ROLE = 'PRIMARY' AND MEMBER_STATE = 'ONLINE'");
            if (primary is not null) return Indexes.First(member => Address(member) == primary);
        }

        throw new InvalidOperationException($"No member knows a primary.\n{Logs}");
    }

    private protected override async Task FormAsync()
    {
        await BootstrapAsync(0);
        // Written to the group, not to each member: the members' histories must be the same.
        await MakeAccountsAsync(0);
        await OnlineAsync();
    }

    /// <summary>
    /// Whoever is out of the group joins it, not only who was killed: on a machine that stands still for a few seconds the group also expels a
    /// member that just came back.
    /// </summary>
    private protected override async Task UniteAsync()
    {
        await OnlineAsync();
        int primary = await PrimaryAsync();
        await Task.WhenAll(Indexes.Select(async i =>
        {
            // Set by hand; super_read_only takes read_only with it on its way up only.
            if (i != primary)
                await ExecuteAsync(i, "SET GLOBAL super_read_only = ON");
            else if (await QueryAsync(i, "SELECT @@read_only") == "1")
                await ExecuteAsync(i, "SET GLOBAL read_only = OFF");
        }));
    }

    /// <summary>
    /// Has everyone join who is out of the group, until every member says that all are online. A member that comes back before the others have
    /// noticed that it left is refused, or waits for half a minute; and the group's communication layer may remember its former life for
    /// a while longer than the group does ("old incarnation found"): then it asks again, as whoever runs a group has to.
    /// </summary>
    private async Task OnlineAsync()
    {
        long started = TimeProvider.System.GetTimestamp();
        Seen[][] views;
        while (!Whole(views = await Task.WhenAll(Indexes.Select(ViewAsync))))
        {
            if (TimeProvider.System.GetElapsedTime(started) > Deadline)
            {
                IEnumerable<string> said = views.Select((view, i) => $"member {i} ({Address(i)}) sees {string.Join(", ", view.Select(seen => $"{seen.Address} {seen.State}"))}");
                throw new InvalidOperationException($"After {Deadline.TotalSeconds} s the group is not whole: {string.Join("; ", said)}.\n{Logs}");
            }

            // One after the other: of two that join at once, one in twenty waits for a whole minute.
            int outside = Array.FindIndex(views, view => view.Length == 0);
            Seen[] inGroup = [.. views.SelectMany(view => view)];
            if (inGroup.Length == 0)
                await BeginAnewAsync();
            else if (outside >= 0 && inGroup.All(seen => seen.Address != Address(outside)))
                await JoinAsync(outside, Array.FindIndex(views, view => view.Length > 0));
            else
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }

        bool Whole(Seen[][] all) => all.All(view => view.Length == Members.Count && view.All(seen => seen.State == "ONLINE"));
    }

    /// <summary>Whom a member sees in its group, itself among them; empty when it is in none.</summary>
    private async Task<Seen[]> ViewAsync(int member)
    {
        string? view = await QueryAsync(
            member,
            """
            SELECT GROUP_CONCAT(seen.MEMBER_HOST, ':', seen.MEMBER_PORT, ' ', seen.MEMBER_STATE) FROM performance_schema.replication_group_members seen
            WHERE EXISTS (SELECT 1 FROM performance_schema.replication_group_members me WHERE me.MEMBER_ID = @@server_uuid AND me.MEMBER_STATE IN ('ONLINE', 'RECOVERING'))
            """);
        return string.IsNullOrEmpty(view)
            ? []
            : [.. view.Split(',').Select(seen => seen.Split(' ')).Select(seen => new Seen(seen[0], seen[1]))];
    }

    /// <summary>There is no group: all were killed, or it was left without a majority. The one that holds what the others do begins it.</summary>
    private async Task BeginAnewAsync()
    {
        await Task.WhenAll(Indexes.Select(LeaveAsync));
        string?[] held = await Task.WhenAll(Indexes.Select(i => QueryAsync(i, "SELECT @@gtid_executed")));
        await BootstrapAsync(await FullestAsync([.. Indexes.Select(i => (i, held[i]!))]));
    }

    private async Task BootstrapAsync(int member)
    {
        await ExecuteAsync(member, "SET GLOBAL group_replication_bootstrap_group = ON");
        await ExecuteAsync(member, Join);
        await ExecuteAsync(member, "SET GLOBAL group_replication_bootstrap_group = OFF");
    }

    /// <summary>
    /// One that was expelled, or was refused before, is not out of it yet, and closed itself to its clients. One in error is killed: where it is just
    /// leaving a group that it lost, STOP GROUP_REPLICATION waits for that for another fifteen seconds.
    /// </summary>
    private async Task LeaveAsync(int member)
    {
        if (await QueryAsync(member, "SELECT MEMBER_STATE FROM performance_schema.replication_group_members WHERE MEMBER_ID = @@server_uuid") == "ERROR")
        {
            await KillAsync(member);
            await RestartAsync(member);
        }
        else
        {
            await ExecuteAsync(member, "STOP GROUP_REPLICATION");
            await ExecuteAsync(member, "SET GLOBAL offline_mode = OFF");
        }
    }

    private async Task JoinAsync(int member, int inside)
    {
        try
        {
            await LeaveAsync(member);
            if (await IsErrantAsync(member, inside)) await ReplaceAsync(member);
            await ExecuteAsync(member, Join);
        }
        catch (MySqlException)
        {
            // What it became is asked next.
        }
    }

    /// <summary>Whether one outside holds what the group does not know of; what a member of it has yet to apply, it knows.</summary>
    private async Task<bool> IsErrantAsync(int outside, int inside)
    {
        string? held = await QueryAsync(outside, "SELECT @@gtid_executed");
        return await QueryAsync(
            inside,
            $"""
            SELECT GTID_SUBSET('{held}', CONCAT(@@gtid_executed, ',',
                (SELECT RECEIVED_TRANSACTION_SET FROM performance_schema.replication_connection_status WHERE CHANNEL_NAME = 'group_replication_applier')))
            """) == "0";
    }

    /// <summary>
    /// Each server has an authority of its own, so the members encrypt what they tell each other and do not verify it. The expel
    /// time-out is the shortest, as it is in production: a dead primary is replaced after the 5 s of the detection itself.
    /// </summary>
    private static string[] Settings(int id, MySqlPlace place, string address, string seeds) =>
    [
        string.Create(CultureInfo.InvariantCulture, $"server-id={id}"),
        $"report-host={place.PeerHost}",
        "plugin-load-add=group_replication.so",
        $"loose-group-replication-group-name={Uuid}",
        "loose-group-replication-start-on-boot=OFF",
        $"loose-group-replication-local-address={address}",
        // By default those that the interface's mask shows, which a network of single addresses has none of.
        "loose-group-replication-ip-allowlist=10.0.0.0/8,127.0.0.0/8",
        $"loose-group-replication-group-seeds={seeds}",
        "loose-group-replication-ssl-mode=REQUIRED",
        "loose-group-replication-recovery-use-ssl=ON",
        "loose-group-replication-message-cache-size=134217728",
        "loose-group-replication-member-expel-timeout=0",
        "loose-group-replication-unreachable-majority-timeout=10",
    ];

    private sealed record Seen(string Address, string State);
}
