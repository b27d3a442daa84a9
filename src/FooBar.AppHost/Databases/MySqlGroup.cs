using FooBar.AppHost.Certificates;
using FooBar.AppHost.Processes;
using FooBar.AppHost.Progress;
using FooBar.AppHost.State;

namespace FooBar.AppHost.Databases;

/// <summary>
/// The members together: started side by side, the one that has seen most bootstraps the group, the others join it.
/// </summary>
internal sealed class MySqlGroup(IReadOnlyList<MySqlMember> members, StateFolder state, Secrets secrets)
{
    private static readonly TimeSpan JoinDeadline = TimeSpan.FromSeconds(90);

    // A member that is joining ignores SIGTERM until it has joined. It holds nothing yet that its peers lack.
    private static readonly TimeSpan GraceWhileForming = TimeSpan.FromSeconds(3);

    private bool _formed;

    public IReadOnlyList<MySqlMember> Members => members;

    public async Task StartAsync(CertificateAuthority authority, StepProgress progress, CancellationToken cancellationToken)
    {
        progress.At(0.1, $"starting {members.Count} servers");
        string groupName = GroupName();
        await Task.WhenAll(members.Select(member => member.StartAsync(authority, groupName, members, cancellationToken)));

        progress.At(0.4, "finding the member with the newest data");
        MySqlMember first = await NewestAsync(cancellationToken);
        progress.At(0.5, $"{first.Name} forms the group");
        try
        {
            await first.Client.QueryAsync("SET GLOBAL group_replication_bootstrap_group = ON; " + StartStatement(), cancellationToken);
        }
        finally
        {
            // Left on, a later restart of this member would form a second group.
            await first.Client.QueryAsync("SET GLOBAL group_replication_bootstrap_group = OFF", cancellationToken);
        }

        progress.At(0.7, "the others join");
        await Task.WhenAll(members.Where(member => member != first).Select(member => member.Client.QueryAsync(StartStatement(), cancellationToken)));
        await AllOnlineAsync(first, progress, cancellationToken);
        _formed = true;
        progress.Done($"{first.Name} is primary, {members.Count - 1} replicas");
    }

    /// <summary>
    /// Stops the members side by side. The instances are stopped before, so nobody writes any more and no order would save anything; one
    /// after the other took 21 s instead of 14, ten of which each member waits by itself after leaving its group.
    /// </summary>
    public Task StopAsync(TimeSpan grace) =>
        Task.WhenAll(members.Select(member => member.Process).OfType<ChildProcess>().Select(process => process.StopAsync(_formed ? grace : GraceWhileForming)));

    private string StartStatement() =>
        $"START GROUP_REPLICATION USER='{MySqlAccounts.Replication}', PASSWORD='{secrets.Password(MySqlAccounts.Replication)}'";

    /// <summary>The group's UUID: made once, kept with the data.</summary>
    private string GroupName()
    {
        string path = Path.Combine(state.Path, "group-name");
        if (!File.Exists(path))
        {
            PrivateFile.Write(path, Guid.NewGuid().ToString());
        }

        return File.ReadAllText(path);
    }

    /// <summary>
    /// The member whose transactions, executed or received and not yet applied, contain everyone else's. GTID sets have gaps, so sets are
    /// compared, never counts; MySQL itself compares them.
    /// </summary>
    private async Task<MySqlMember> NewestAsync(CancellationToken cancellationToken)
    {
        const string known = """
            SELECT GTID_SUBTRACT(CONCAT_WS(',', @@global.gtid_executed, NULLIF((
                SELECT received_transaction_set FROM performance_schema.replication_connection_status
                WHERE channel_name = 'group_replication_applier'), '')), '')
            """;
        IReadOnlyList<string[]>[] sets = await Task.WhenAll(members.Select(member => member.Client.QueryAsync(known, cancellationToken)));
        int newest = 0;
        for (int candidate = 1; candidate < members.Count; candidate++)
        {
            // A set over several servers is printed with line breaks, which the client escapes as \n.
            string a = Set(sets[newest]), b = Set(sets[candidate]);
            string[] row = (await members[0].Client.QueryAsync($"SELECT GTID_SUBSET('{b}', '{a}'), GTID_SUBSET('{a}', '{b}')", cancellationToken))[0];
            if (row[0] == "1")
            {
                continue;
            }

            if (row[1] != "1")
            {
                throw new FoobarException(
                    $"{members[newest].Name} and {members[candidate].Name} each hold transactions that the other lacks, so neither may lead: save both folders under {state.Path} and restore one from a backup.");
            }

            newest = candidate;
        }

        return members[newest];
    }

    private static string Set(IReadOnlyList<string[]> rows) => rows.Count == 0 ? string.Empty : rows[0][0].Replace("\\n", string.Empty, StringComparison.Ordinal);

    private async Task AllOnlineAsync(MySqlMember witness, StepProgress progress, CancellationToken cancellationToken)
    {
        using CancellationTokenSource deadline = new(JoinDeadline);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        int online = 0;
        try
        {
            while (online < members.Count)
            {
                IReadOnlyList<string[]> rows = await witness.Client.QueryAsync(
                    "SELECT COUNT(*) FROM performance_schema.replication_group_members WHERE member_state = 'ONLINE'", either.Token);
                online = int.Parse(rows[0][0], System.Globalization.CultureInfo.InvariantCulture);
                progress.At(0.7 + (0.3 * online / members.Count), $"{online} of {members.Count} members online");
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, either.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new FoobarException($"Only {online} of {members.Count} database members came online within {JoinDeadline.TotalSeconds:0} s. Logs: {state.Logs}/db-*.log");
        }
    }
}
