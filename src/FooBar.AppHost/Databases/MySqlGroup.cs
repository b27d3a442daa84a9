using FooBar.AppHost.Certificates;
using FooBar.AppHost.Processes;
using FooBar.AppHost.Progress;
using FooBar.AppHost.State;
using FooBar.AppHost.Supervision;

namespace FooBar.AppHost.Databases;

/// <summary>
/// The members together: started side by side, the one that has seen most forms the group, the others join it; kept whole by
/// <see cref="KeepWholeAsync"/> from then on.
/// </summary>
/// <param name="members">The members.</param>
/// <param name="state">The stack's folder.</param>
/// <param name="secrets">The passwords.</param>
/// <param name="supervise">Makes the process of a name that starts as given.</param>
internal sealed class MySqlGroup(
    IReadOnlyList<MySqlMember> members,
    StateFolder state,
    Secrets secrets,
    Func<string, Func<CancellationToken, Task<ChildProcess>>, SupervisedChild> supervise)
{
    private static readonly TimeSpan JoinDeadline = TimeSpan.FromSeconds(60);

    /// <summary>How long a member may take to say how it is.</summary>
    private static readonly TimeSpan AnswerDeadline = TimeSpan.FromSeconds(3);

    private const int HastyRounds = 40;
    private static readonly TimeSpan RoundInHaste = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan RoundAtLeisure = TimeSpan.FromSeconds(3);

    // A member that is joining ignores SIGTERM until it has joined. It holds nothing yet that its peers lack.
    private static readonly TimeSpan GraceWhileForming = TimeSpan.FromSeconds(3);

    private IReadOnlyList<SupervisedChild> _children = [];
    private bool _formed;

    public IReadOnlyList<MySqlMember> Members => members;

    /// <summary>Whether <see cref="StartAsync"/> has started every server.</summary>
    public bool IsStarted { get; private set; }

    public async Task StartAsync(CertificateAuthority authority, StepProgress progress, CancellationToken cancellationToken)
    {
        progress.At(0.1, $"starting {members.Count} servers");
        string groupName = GroupName();
        _children = [.. members.Select(member => supervise(member.Name, token => member.StartAsync(authority, groupName, members, token)))];
        await Task.WhenAll(members.Zip(_children, async (member, child) =>
            await member.WaitForPortAsync(await child.StartAsync(cancellationToken), cancellationToken)));
        IsStarted = true;

        progress.At(0.4, "finding the member with the newest data");
        MySqlMember first = await FormAsync(members, member => progress.At(0.5, $"{member.Name} forms the group"), cancellationToken);
        progress.At(0.7, "the others join");
        await JoinAsync([.. members.Where(member => member != first)], cancellationToken);
        await AllOnlineAsync(first, progress, cancellationToken);
        _formed = true;
        progress.Done($"{first.Name} is primary, {members.Count - 1} replicas");
    }

    /// <summary>
    /// Brings members that were lost back into the group, and forms it anew when all were. Ends with the token, never by a failure.
    /// </summary>
    /// <param name="tell">Told of every step, in a sentence.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task KeepWholeAsync(Action<string> tell, CancellationToken cancellationToken)
    {
        // Each sentence once an incident: what is tried again and again is no news.
        HashSet<string> told = [];
        void TellOnce(string sentence)
        {
            if (told.Add(sentence))
            {
                tell(sentence);
            }
        }

        bool whole = true;
        int roundsOfTheSame = 0;
        while (true)
        {
            // A question costs a process and a handshake: a member that is held down for an hour is not asked for twice a second.
            bool somebodyEnded = await EndsWithinAsync(whole || roundsOfTheSame > HastyRounds ? RoundAtLeisure : RoundInHaste, cancellationToken);
            if (somebodyEnded || whole)
            {
                told.Clear();
            }

            whole &= !somebodyEnded;
            int before = told.Count;
            try
            {
                whole = await RepairAsync(whole, TellOnce, cancellationToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                // Whatever it was: the next round may fare better, and nobody else repairs the group.
                whole = false;
                TellOnce($"the database group could not be repaired yet: {exception.Message}");
            }

            roundsOfTheSame = told.Count == before ? roundsOfTheSame + 1 : 0;
        }
    }

    /// <summary>
    /// Stops the members side by side. The instances are stopped before, so nobody writes any more and no order would save anything; one
    /// after the other took 21 s instead of 14, ten of which each member waits by itself after leaving its group.
    /// </summary>
    public Task StopAsync(TimeSpan grace) => Task.WhenAll(_children.Select(child => child.StopAsync(_formed ? grace : GraceWhileForming)));

    /// <summary>A pause that the end of a member's process cuts short. Returns whether it did.</summary>
    private async Task<bool> EndsWithinAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task passed = Task.Delay(pause, TimeProvider.System, over.Token);
        Task first = await Task.WhenAny([passed, .. _children.Where(child => child.IsAlive).Select(child => child.Process!.WaitForExitAsync(over.Token))]);
        await over.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
        return first != passed;
    }

    /// <summary>One round: asks the members and takes the next step. Returns whether nothing is left to do.</summary>
    private async Task<bool> RepairAsync(bool wasWhole, Action<string> tell, CancellationToken cancellationToken)
    {
        MemberReport?[] reports = new MemberReport?[members.Count];
        if (wasWhole && await AskAsync(0, cancellationToken) is { IsInQuorum: true } one && one.View.Count == members.Count && one.View.All(member => member.State == "ONLINE"))
        {
            // As long as nobody has left, one witness is enough.
            return true;
        }

        await Task.WhenAll(Enumerable.Range(0, members.Count).Select(async index => reports[index] = await AskAsync(index, cancellationToken)));
        GroupRepair next = GroupRepair.Next([.. members.Select(member => member.Name)], [.. members.Select(member => member.Port)], reports);
        switch (next.Kind)
        {
            case RepairKind.None:
                if (!wasWhole)
                {
                    tell("the database group is whole again");
                }

                return true;
            case RepairKind.Join:
                string names = string.Join(" and ", next.Joining.Select(index => members[index].Name));
                tell($"joining the database group: {names}");
                await JoinAsync([.. next.Joining.Select(index => members[index])], cancellationToken);
                return false;
            case RepairKind.Form:
                tell("no member is in the database group: the one with the newest data forms it");

                // One that has lost its group takes half a minute to let go of it: among equals, rather one that begins afresh.
                MySqlMember first = await FormAsync([.. members.OrderBy(member => reports[member.Number - 1]!.State != "OFFLINE")], _ => { }, cancellationToken);
                tell($"{first.Name} formed the database group");
                return false;
            default:
                tell($"the database group waits for {next.Why}");
                return false;
        }
    }

    private async Task<MemberReport?> AskAsync(int index, CancellationToken cancellationToken)
    {
        if (!_children[index].IsAlive)
        {
            return null;
        }

        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(AnswerDeadline);
        try
        {
            return MemberReport.Read(await members[index].Client.QueryAsync(MemberReport.Query, deadline.Token));
        }
        catch (Exception exception) when (exception is FoobarException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>The member with the newest data, the first of equals, forms the group; returns it. Every member must answer and be in no group.</summary>
    private async Task<MySqlMember> FormAsync(IReadOnlyList<MySqlMember> candidates, Action<MySqlMember> chosen, CancellationToken cancellationToken)
    {
        MySqlMember first = await NewestAsync(candidates, cancellationToken);
        chosen(first);
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(JoinDeadline);
        try
        {
            await first.Client.QueryAsync($"{LeaveStatement}; SET GLOBAL group_replication_bootstrap_group = ON; {StartStatement()}", deadline.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new FoobarException($"{first.Name} did not form the group within {JoinDeadline.TotalSeconds:0} s (log: {state.Log(first.Name)}).");
        }
        finally
        {
            // Left on, a later restart of this member would form a second group.
            await first.Client.QueryAsync("SET GLOBAL group_replication_bootstrap_group = OFF", CancellationToken.None);
        }

        return first;
    }

    /// <summary>
    /// One after the other: of two that join at once, one in twenty waited out the minute that Group Replication gives a view. One that
    /// cannot join does not keep the next from it; the first failure is thrown when all had their turn.
    /// </summary>
    private async Task JoinAsync(IReadOnlyList<MySqlMember> joining, CancellationToken cancellationToken)
    {
        FoobarException? failed = null;
        foreach (MySqlMember member in joining)
        {
            try
            {
                await JoinAsync(member, cancellationToken);
            }
            catch (FoobarException exception)
            {
                failed ??= exception;
            }
        }

        if (failed is not null)
        {
            throw failed;
        }
    }

    private async Task JoinAsync(MySqlMember member, CancellationToken cancellationToken)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(JoinDeadline);
        try
        {
            await member.Client.QueryAsync($"{LeaveStatement}; {StartStatement()}", deadline.Token);
        }
        catch (FoobarException exception)
        {
            throw new FoobarException($"{member.Name} could not join its group: {exception.Message} (log: {state.Log(member.Name)})", exception);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new FoobarException($"{member.Name} did not join the group within {JoinDeadline.TotalSeconds:0} s (log: {state.Log(member.Name)}).");
        }
    }

    /// <summary>What a member does before it may start anew: one that lost its group stays in it by halves, and closed to its clients.</summary>
    private const string LeaveStatement = "STOP GROUP_REPLICATION; SET GLOBAL offline_mode = OFF";

    private string StartStatement() =>
        $"START GROUP_REPLICATION USER='{MySqlAccounts.Replication}', PASSWORD='{secrets.Password(MySqlAccounts.Replication)}'";

    /// <summary>The group's UUID: made once, kept with the data.</summary>
    private string GroupName()
    {
        string path = Path.Combine(state.Path, "group-name");
        if (!File.Exists(path) || !Guid.TryParse(File.ReadAllText(path), out _))
        {
            PrivateFile.Write(path, Guid.NewGuid().ToString());
        }

        return File.ReadAllText(path);
    }

    /// <summary>
    /// The member whose transactions, executed or received and not yet applied, contain everyone else's. GTID sets have gaps, so sets are
    /// compared, never counts; MySQL itself compares them.
    /// </summary>
    private async Task<MySqlMember> NewestAsync(IReadOnlyList<MySqlMember> candidates, CancellationToken cancellationToken)
    {
        const string known = """
            SELECT GTID_SUBTRACT(CONCAT_WS(',', @@global.gtid_executed, NULLIF((
                SELECT received_transaction_set FROM performance_schema.replication_connection_status
                WHERE channel_name = 'group_replication_applier'), '')), '')
            """;
        IReadOnlyList<string[]>[] sets = await Task.WhenAll(candidates.Select(member => member.Client.QueryAsync(known, cancellationToken)));
        int newest = 0;
        for (int candidate = 1; candidate < candidates.Count; candidate++)
        {
            // A set over several servers is printed with line breaks, which the client escapes as \n.
            string a = Set(sets[newest]), b = Set(sets[candidate]);
            string[] row = (await candidates[0].Client.QueryAsync($"SELECT GTID_SUBSET('{b}', '{a}'), GTID_SUBSET('{a}', '{b}')", cancellationToken))[0];
            if (row[0] == "1")
            {
                continue;
            }

            if (row[1] != "1")
            {
                throw new FoobarException(
                    $"{candidates[newest].Name} and {candidates[candidate].Name} each hold transactions that the other lacks, so neither may lead: save both folders under {state.Path} and restore one from a backup.");
            }

            newest = candidate;
        }

        return candidates[newest];
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
