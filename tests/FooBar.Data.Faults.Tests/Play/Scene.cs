using System.Data.Common;
using Dapper;
using FooBar.Data.Tests.History;
using FooBar.Data.Tests.RealGroup;
using FooBar.Testing;

namespace FooBar.Data.Faults.Tests.Play;

/// <summary>What a scenario acts on: the cluster, two applications, and the load on them. Of one scenario.</summary>
internal sealed class Scene(MySqlCluster cluster, ClusterNetwork? network, IReadOnlyList<RealDatabase> applications, Workload workload)
{
    private readonly List<SideWrite> _aside = [];

    /// <summary>Until everybody must see what a fault does, and until all serve again.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static CancellationToken Ct => TestContext.Current.CancellationToken;

    public MySqlCluster Cluster => cluster;

    public ClusterNetwork Network => network ?? throw new InvalidOperationException("The scenario does not say that it needs namespaces.");

    public IReadOnlyList<RealDatabase> Applications => applications;

    /// <summary>The one that is never cut off.</summary>
    public RealDatabase Application => applications[0];

    public Workload Workload => workload;

    public bool IsGroup => cluster.IsGroup;

    public static long Now => TimeProvider.System.GetTimestamp();

    /// <summary>The longest time without writes that is promised; null for none.</summary>
    public TimeSpan? MostWithoutWrites { get; private set; }

    /// <summary>Whether no caller may see an exception.</summary>
    public bool NobodySees { get; private set; }

    /// <summary>What the scenario found out itself, for its row.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>Writes that it made beside the load.</summary>
    public IReadOnlyList<SideWrite> Aside => _aside;

    /// <summary>More to look at when the load has ended.</summary>
    public List<Action<RecordedHistory>> Afterwards { get; } = [];

    /// <summary>Nobody sees an exception.</summary>
    public void PromiseNobodySees() => NobodySees = true;

    /// <summary>Nobody sees an exception, and writes pause for so long at most.</summary>
    public void Promise(TimeSpan withoutWrites) => (NobodySees, MostWithoutWrites) = (true, withoutWrites);

    /// <summary>Waits for so many more acknowledged appends.</summary>
    public Task MoreAsync(int appends = 150) => workload.MoreAsync(appends, Ct);

    public Task<int> PrimaryAsync() => cluster.PrimaryAsync();

    /// <summary>Waits until every application sees this.</summary>
    public async Task UntilAsync(Func<Topology, bool> seen)
    {
        foreach (RealDatabase application in applications)
            await application.UntilAsync(seen);
    }

    /// <summary>Polls until something is so.</summary>
    public async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        long since = Now;
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(since) > Patience)
                Assert.Fail($"Not within {Patience.TotalSeconds:0} s: {what}\n{string.Join('\n', applications.Select(application => application.Database.Topology))}");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Ct);
        }
    }

    /// <summary>
    /// With the fault mended: from now on until every application knows a primary and all the replicas and appends are acknowledged, it may
    /// take so long.
    /// </summary>
    public async Task ServedWithinAsync(TimeSpan within)
    {
        long since = Now;
        await UntilAsync(
            () => Task.FromResult(applications.All(application => IsWhole(application.Database.Topology))), "every application knows a primary and all the replicas");
        await MoreAsync(20);
        TimeSpan took = TimeProvider.System.GetElapsedTime(since);
        Notes.Add($"all serve {took.TotalSeconds:0.0} s after the mending");
        Assert.True(took <= within, $"All served {took.TotalSeconds:0.0} s after the mending, and {within.TotalSeconds:0} s are allowed.");
        await MoreAsync(100);
    }

    /// <summary>Has the cluster made whole under the load, and waits until all serve again.</summary>
    public async Task HealAsync(TimeSpan? within = null)
    {
        if (network is not null)
            await network.HealAsync();
        await cluster.HealAsync();
        await ServedWithinAsync(within ?? TimeSpan.FromSeconds(15));
    }

    /// <summary>
    /// A write beside the load, on the application that is never cut off, into the same table: it has to be there once when it is acknowledged, and
    /// once at most when it is not.
    /// </summary>
    /// <param name="work">What it does behind its insert; gets the try's number, from 1, too.</param>
    /// <param name="instance">Which application does it.</param>
    public SideWrite WriteAside(Func<DbConnection, int, CancellationToken, Task>? work = null, int instance = 0)
    {
        SideWrite write = new();
        write.Begin(applications[instance].Database, work);
        lock (_aside)
            _aside.Add(write);
        return write;
    }

    /// <summary>So many writers, each of which writes and rests by turns, until the token ends.</summary>
    public async Task WritersAsync(int writers, TimeSpan rest, CancellationToken until) => await Task.WhenAll(Enumerable.Range(0, writers).Select(async i =>
    {
        await Task.Delay(rest * (i / (double)writers), TimeProvider.System, until).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (!until.IsCancellationRequested)
        {
            SideWrite write = WriteAside(instance: i % applications.Count);
            await Task.WhenAny(write.Done);
            await Task.Delay(rest, TimeProvider.System, until).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }));

    /// <summary>Waits for every write beside the load, and proves that what was acknowledged is there once and nothing is there twice.</summary>
    public async Task CheckAsideAsync()
    {
        foreach (SideWrite write in _aside)
            await Task.WhenAny(write.Done);
        Dictionary<long, int> rows = await Application.Database.CreateSession().ReadAsync(
            async (connection, ct) => (await connection.QueryAsync<long>(new CommandDefinition(
                "SELECT value FROM log_entry WHERE log = @list", new { list = SideWrite.List }, cancellationToken: ct))).GroupBy(value => value).ToDictionary(same => same.Key, same => same.Count()),
            Freshness.Latest, Ct);
        foreach (SideWrite write in _aside)
        {
            int times = rows.GetValueOrDefault(write.Value);
            Assert.True(
                write.Done.IsCompletedSuccessfully ? times == 1 : write.Done.Exception?.InnerException is OutcomeUnknownException ? times <= 1 : times == 0,
                $"A write beside the load is there {times} times after {write.Attempts} tries; its caller was told: {write.Done.Exception?.InnerException?.Message ?? "done"}");
        }
    }

    private bool IsWhole(Topology topology) =>
        topology.Primary is not null && topology.Nodes.Count(node => node.Role == NodeRole.Replica) == cluster.Members.Count - 1;
}
