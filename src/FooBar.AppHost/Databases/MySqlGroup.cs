using FooBar.AppHost.Certificates;
using FooBar.AppHost.Processes;
using FooBar.AppHost.Progress;
using FooBar.AppHost.State;
using FooBar.AppHost.Supervision;

namespace FooBar.AppHost.Databases;

/// <summary>
/// The members together: started side by side, the one that has seen most forms the group, the others join it; kept whole by a
/// <see cref="GroupKeeper"/> from then on.
/// </summary>
/// <param name="members">The members.</param>
/// <param name="state">The stack's folder.</param>
/// <param name="secrets">The passwords.</param>
/// <param name="supervise">Makes the process of a name that starts as given.</param>
internal sealed class MySqlGroup(
    IReadOnlyList<MySqlMember> members,
    StateFolder state,
    Secrets secrets,
    Func<string, Func<CancellationToken, Task<ChildProcess>>, SupervisedChild> supervise) : IDatabaseCluster
{
    private static readonly TimeSpan JoinDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan CleanUpDeadline = TimeSpan.FromSeconds(10);

    // A member that is joining ignores SIGTERM until it has joined. It holds nothing yet that its peers lack.
    private static readonly TimeSpan GraceWhileForming = TimeSpan.FromSeconds(3);

    private IReadOnlyList<SupervisedChild> _children = [];
    private bool _formed;

    /// <inheritdoc />
    public IReadOnlyList<MySqlMember> Members => members;

    /// <inheritdoc />
    public bool IsStarted { get; private set; }

    /// <inheritdoc />
    public async Task StartAsync(CertificateAuthority authority, StepProgress progress, CancellationToken cancellationToken)
    {
        progress.At(0.1, $"starting {members.Count} servers");
        string groupName = GroupName();
        _children = [.. members.Select(member => supervise(
            member.Name,
            token => member.StartAsync(authority, folder => MySqlConfiguration.InGroup(member.GroupPort, folder, groupName, members), token)))];
        await Task.WhenAll(members.Zip(_children, async (member, child) =>
            await member.WaitForPortAsync(await child.StartAsync(cancellationToken), cancellationToken)));
        IsStarted = true;

        progress.At(0.4, "finding the member with the newest data");
        MySqlMember first = await FormAsync(members, member => progress.At(0.5, $"{member.Name} forms the group"), cancellationToken);
        progress.At(0.7, "the others join");
        foreach (MySqlMember member in members.Where(member => member != first))
        {
            // One after the other: of two that join at once, one in twenty waited out the minute that Group Replication gives a view.
            await JoinAsync(member, first, () => { }, cancellationToken);
        }

        await AllOnlineAsync(first, progress, cancellationToken);
        _formed = true;
        progress.Done($"{first.Name} is primary, {members.Count - 1} replicas");
    }

    /// <inheritdoc />
    public Task KeepWholeAsync(Action<string> tell, CancellationToken cancellationToken) => new GroupKeeper(this, members, _children).RunAsync(tell, cancellationToken);

    /// <inheritdoc />
    /// <remarks>
    /// Side by side: the instances are stopped before, so nobody writes any more and no order would save anything. One after the other took
    /// 21 s instead of 14, ten of which each member waits by itself after leaving its group.
    /// </remarks>
    public Task StopAsync(TimeSpan grace) => Task.WhenAll(_children.Select(child => child.StopAsync(_formed ? grace : GraceWhileForming)));

    /// <summary>The member with the newest data, the first of equals, forms the group; returns it. Every candidate must answer and be in no group.</summary>
    public async Task<MySqlMember> FormAsync(IReadOnlyList<MySqlMember> candidates, Action<MySqlMember> chosen, CancellationToken cancellationToken)
    {
        MySqlMember first = await GtidSets.NewestAsync(candidates, cancellationToken);
        chosen(first);
        try
        {
            await StartReplicationAsync(first, ProcessOf(first), "form", [.. LeaveStatements, "SET GLOBAL group_replication_bootstrap_group = ON", StartStatement(), NoBootstrapStatement], cancellationToken);
            return first;
        }
        catch (FoobarException)
        {
            using CancellationTokenSource deadline = new(CleanUpDeadline);
            await ((Task)first.Client.QueryAsync(NoBootstrapStatement, deadline.Token)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    /// <summary>A member that answers and is in no group joins the one of the witness.</summary>
    /// <param name="member">The member.</param>
    /// <param name="witness">A member of the group.</param>
    /// <param name="admitted">Called when it begins to join: it may be in the group from then on, whatever comes of it.</param>
    /// <param name="cancellationToken">Ends it; the member is killed if it has begun to join.</param>
    public async Task JoinAsync(MySqlMember member, MySqlMember witness, Action admitted, CancellationToken cancellationToken)
    {
        // The group would take it in, find out, and throw it out again, six seconds later and every time.
        if (await GtidSets.LackingAsync(witness, member, cancellationToken) is { Length: > 0 } lacking)
        {
            throw new FoobarException(
                $"{member.Name} cannot join its group: it holds transactions that the group lacks ({lacking}). Save what is only there; "
                + $"./foobar fault kill {member.Name} --hold, removing {member.DataFolder}, and ./foobar fault restart {member.Name} make it anew.");
        }

        admitted();
        ChildProcess process = ProcessOf(member);
        IReadOnlyList<string[]> rows = await StartReplicationAsync(member, process, "join", [.. LeaveStatements, StartStatement(), MemberReport.Query], cancellationToken);
        if (MemberReport.Read(rows).View.All(seen => seen.Port == member.Port))
        {
            process.Kill();
            throw new FoobarException($"{member.Name} found nobody in the group that it joined, and is killed.");
        }
    }

    /// <summary>
    /// Starts a member's replication. It is killed when that is given up: the server would go on with it, for a minute in which nothing else
    /// can be asked of it, and may end in a group of its own.
    /// </summary>
    private async Task<IReadOnlyList<string[]>> StartReplicationAsync(MySqlMember member, ChildProcess process, string verb, string[] statements, CancellationToken cancellationToken)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(JoinDeadline);
        try
        {
            return await member.Client.QueryAsync(statements, deadline.Token);
        }
        catch (FoobarException exception)
        {
            // What the server refused is over; what the client lost hold of is not.
            if (!MySqlClient.IsRefusal(exception))
            {
                process.Kill();
            }

            throw new FoobarException($"{member.Name} could not {verb} its group: {exception.Message} (log: {state.Log(member.Name)})", exception);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            cancellationToken.ThrowIfCancellationRequested();
            throw new FoobarException($"{member.Name} did not {verb} its group within {JoinDeadline.TotalSeconds:0} s, and is killed (log: {state.Log(member.Name)}).");
        }
    }

    /// <summary>The process that is asked: by the time it is given up, it may have died itself, and another one may have taken its place.</summary>
    private ChildProcess ProcessOf(MySqlMember member) => _children[member.Number - 1].Process!;

    /// <summary>Left on, a later start of the same server would form a second group.</summary>
    private const string NoBootstrapStatement = "SET GLOBAL group_replication_bootstrap_group = OFF";

    /// <summary>What a member does before it may start anew: one that lost its group stays in it by halves, and closed to its clients.</summary>
    private static readonly string[] LeaveStatements = ["STOP GROUP_REPLICATION", "SET GLOBAL offline_mode = OFF", NoBootstrapStatement];

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
