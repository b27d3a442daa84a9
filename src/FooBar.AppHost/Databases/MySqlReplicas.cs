using System.Globalization;
using FooBar.AppHost.Certificates;
using FooBar.AppHost.Processes;
using FooBar.AppHost.Progress;
using FooBar.AppHost.State;
using FooBar.AppHost.Supervision;

namespace FooBar.AppHost.Databases;

/// <summary>
/// A primary and its replicas, by GTID over verified TLS. Who is which, the servers remember: the primary has its permission to write
/// persisted, a replica its channel, so that each comes back as what it was. A primary that is lost stays the primary, whatever becomes of
/// it: what it had acknowledged may be nowhere else, so nobody takes its place by itself.
/// </summary>
/// <param name="members">The members.</param>
/// <param name="state">The stack's folder.</param>
/// <param name="secrets">The passwords.</param>
/// <param name="supervise">Makes the process of a name that starts as given.</param>
internal sealed class MySqlReplicas(
    IReadOnlyList<MySqlMember> members,
    StateFolder state,
    Secrets secrets,
    Func<string, Func<CancellationToken, Task<ChildProcess>>, SupervisedChild> supervise) : IDatabaseCluster
{
    /// <summary>The authority that signed every member's certificate: the same path on each of them, from its data folder.</summary>
    public const string CaPath = "../ca.crt";

    private static readonly TimeSpan OnlineDeadline = TimeSpan.FromSeconds(60);

    private IReadOnlyList<SupervisedChild> _children = [];

    /// <inheritdoc />
    public IReadOnlyList<MySqlMember> Members => members;

    /// <inheritdoc />
    public bool IsStarted { get; private set; }

    /// <inheritdoc />
    public async Task StartAsync(CertificateAuthority authority, StepProgress progress, CancellationToken cancellationToken)
    {
        progress.At(0.1, $"starting {members.Count} servers");
        _children = [.. members.Select(member => supervise(member.Name, token => member.StartAsync(authority, _ => MySqlConfiguration.Classic, token)))];
        await Task.WhenAll(members.Zip(_children, async (member, child) =>
            await member.WaitForPortAsync(await child.StartAsync(cancellationToken), cancellationToken)));
        IsStarted = true;

        progress.At(0.4, "finding the primary");
        ReplicaReport[] reports = await Task.WhenAll(members.Select(member => AskAsync(member, cancellationToken)));
        if (!reports.Any(report => report.IsPrimary))
        {
            // The first start; or a switchover was cut off between two primaries. All of them answer, so nothing is lost by taking the newest.
            MySqlMember newest = await GtidSets.NewestAsync(members, cancellationToken);
            await newest.Client.QueryAsync(["STOP REPLICA", "RESET REPLICA ALL", "SET PERSIST super_read_only = OFF", "SET PERSIST read_only = OFF"], cancellationToken);
            reports[newest.Number - 1] = await AskAsync(newest, cancellationToken);
        }

        ReplicaRepair repair = RepairOf(reports);
        MySqlMember primary = members[repair.Primary ?? throw new FoobarException($"The databases cannot be one primary and its replicas: {repair.Problem}.")];
        progress.At(0.7, $"the others follow {primary.Name}");
        await Task.WhenAll(repair.Strays.Select(stray => FollowAsync(members[stray], primary, cancellationToken)));
        await AllOnlineAsync(progress, cancellationToken);
        progress.Done($"{primary.Name} is primary, {members.Count - 1} replicas");
    }

    /// <inheritdoc />
    public Task KeepWholeAsync(Action<string> tell, CancellationToken cancellationToken) => new ReplicaKeeper(this, members, _children).RunAsync(tell, cancellationToken);

    /// <inheritdoc />
    public Task StopAsync(TimeSpan grace) => Task.WhenAll(_children.Select(child => child.StopAsync(grace)));

    /// <summary>What the members need, for what they say; null for one that does not answer.</summary>
    public ReplicaRepair RepairOf(IReadOnlyList<ReplicaReport?> reports) => ReplicaRepair.Of([.. members.Select(member => (member.Name, member.Port))], reports);

    /// <summary>Has a member that takes no writes follow the primary from where it stands, also after a restart of either.</summary>
    /// <exception cref="FoobarException">It holds what the primary lacks, or one of them does not answer.</exception>
    public async Task FollowAsync(MySqlMember member, MySqlMember primary, CancellationToken cancellationToken)
    {
        if (await GtidSets.LackingAsync(primary, member, cancellationToken) is { Length: > 0 } lacking)
        {
            throw new FoobarException(
                $"{member.Name} cannot follow {primary.Name}: it holds transactions that the primary lacks ({lacking}). Save what is only there; "
                + $"when {member.DataFolder} is removed while {member.Name} is down, it is made anew.");
        }

        // The password travels over TLS, and the server keeps it. A source that is gone is asked for again each second, for ever: by default
        // a replica waits a minute and gives up after ten.
        await member.Client.QueryAsync(
            [
                "STOP REPLICA",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"""
                    CHANGE REPLICATION SOURCE TO SOURCE_HOST = '{MySqlMember.Host}', SOURCE_PORT = {primary.Port}, SOURCE_AUTO_POSITION = 1,
                    SOURCE_USER = '{MySqlAccounts.Replication}', SOURCE_PASSWORD = '{secrets.Password(MySqlAccounts.Replication)}',
                    SOURCE_SSL = 1, SOURCE_SSL_CA = '{CaPath}', SOURCE_SSL_VERIFY_SERVER_CERT = 1, SOURCE_CONNECT_RETRY = 1, SOURCE_RETRY_COUNT = 0
                    """),
                "START REPLICA",
            ],
            cancellationToken);
    }

    public static async Task<ReplicaReport> AskAsync(MySqlMember member, CancellationToken cancellationToken) =>
        ReplicaReport.Read(await member.Client.QueryAsync(ReplicaReport.Query, cancellationToken));

    private async Task AllOnlineAsync(StepProgress progress, CancellationToken cancellationToken)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            ReplicaReport[] reports = await Task.WhenAll(members.Select(member => AskAsync(member, cancellationToken)));
            string[] left = [.. members.Zip(reports, (member, report) => (member.Name, report.ForPeople().State)).Where(member => member.State != "online").Select(member => $"{member.Name} is {member.State}")];
            progress.At(0.7 + (0.3 * (members.Count - left.Length) / members.Count), $"{members.Count - left.Length} of {members.Count} members online");
            if (left.Length == 0)
            {
                return;
            }

            if (TimeProvider.System.GetElapsedTime(started) > OnlineDeadline)
            {
                throw new FoobarException($"Not all database members came online within {OnlineDeadline.TotalSeconds:0} s: {string.Join(", ", left)}. Logs: {state.Logs}/db-*.log");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, cancellationToken);
        }
    }
}
