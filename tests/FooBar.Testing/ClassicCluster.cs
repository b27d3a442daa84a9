using System.Globalization;

namespace FooBar.Testing;

/// <summary>
/// Servers in classic asynchronous replication: GTIDs with auto position, TLS, row format. Every configuration says read-only, so that nobody
/// comes back writable by accident; the primary's own variables, persisted, say otherwise, and it follows nobody.
/// </summary>
public sealed class ClassicCluster : MySqlCluster
{
    private string _beginning = "";

    private ClassicCluster(IEnumerable<MySqlServer> members) : base(members)
    {
    }

    /// <inheritdoc />
    public override bool IsGroup => false;

    /// <summary>Starts the servers, makes the first one the primary of the others, and makes the accounts.</summary>
    /// <param name="places">Where they run; null for three on 127.0.0.1.</param>
    public static async Task<ClassicCluster> StartAsync(IReadOnlyList<MySqlPlace>? places = null)
    {
        ClassicCluster cluster = new(Places(places).Select((place, i) => new MySqlServer(Settings(i + 1, place), place)));
        await cluster.BeginAsync();
        return cluster;
    }

    /// <inheritdoc />
    /// <remarks>The one that is writable.</remarks>
    public override async Task<int> PrimaryAsync()
    {
        int[] running = [.. Running];
        State[] states = await Task.WhenAll(running.Select(AskAsync));
        int[] writable = [.. running.Where((_, i) => states[i].IsWritable)];
        return writable.Length == 1
            ? writable[0]
            : throw new InvalidOperationException($"Writable are {writable.Length} members: {string.Join(", ", writable)}.\n{Logs}");
    }

    /// <summary>Has a member follow another one from where it stands, whatever it did before; it takes no writes then.</summary>
    public async Task FollowAsync(int member, int source)
    {
        await ExecuteAsync(member, "SET GLOBAL super_read_only = ON");
        await ExecuteAsync(member, "RESET PERSIST IF EXISTS super_read_only");
        await ExecuteAsync(member, "RESET PERSIST IF EXISTS read_only");
        await StopFollowingAsync(member);
        await ExecuteAsync(member, string.Create(
            CultureInfo.InvariantCulture,
            $"""
            CHANGE REPLICATION SOURCE TO SOURCE_HOST = '{Members[source].Place.PeerHost}', SOURCE_PORT = {Members[source].Port}, SOURCE_USER = 'replication',
            SOURCE_PASSWORD = '{Password}', SOURCE_AUTO_POSITION = 1, SOURCE_SSL = 1, SOURCE_CONNECT_RETRY = 1, SOURCE_RETRY_COUNT = 0, SOURCE_HEARTBEAT_PERIOD = 1
            """));
        await ExecuteAsync(member, "START REPLICA");
    }

    /// <summary>Has a member follow nobody and take writes, also after a restart.</summary>
    public async Task PromoteAsync(int member)
    {
        await StopFollowingAsync(member);
        // The order matters: read_only cannot be off while super_read_only is on.
        await ExecuteAsync(member, "SET PERSIST super_read_only = OFF");
        await ExecuteAsync(member, "SET PERSIST read_only = OFF");
    }

    private protected override async Task FormAsync()
    {
        await PromoteAsync(0);
        await MakeAccountsAsync(0);
        _beginning = (await AskAsync(0)).Executed;
        await UniteAsync();
    }

    private protected override async Task UniteAsync()
    {
        State[] states = await Task.WhenAll(Indexes.Select(AskAsync));
        int primary = await PrimaryOfAsync(states);
        if (!states[primary].IsWritable || states[primary].Source is not null) await PromoteAsync(primary);
        // Once more than the members before: what a replica held a moment ago, the primary holds now, or nobody but it.
        State promoted = await AskAsync(primary);
        // Before anyone is made anew: any of them may be the one that compares the sets.
        bool[] errant = new bool[states.Length];
        foreach (int i in Indexes) errant[i] = !await HoldsAsync(promoted.Executed, states[i].Executed);
        await Task.WhenAll(Indexes.Where(i => i != primary).Select(i => CatchUpAsync(i, states[i], errant[i], primary, promoted.Executed)));
    }

    /// <summary>The one that takes writes; where that is none or several, the first that holds what the others do, or the first.</summary>
    private async Task<int> PrimaryOfAsync(State[] states)
    {
        int[] whole = [.. Indexes.Where(i => states[i].HoldsBeginning)];
        int[] writable = [.. whole.Where(i => states[i].IsWritable)];
        int[] candidates = writable.Length > 0 ? writable : whole;
        if (candidates.Length == 0) throw new InvalidOperationException($"No member holds the cluster's history from its beginning.\n{Logs}");

        return await FullestAsync([.. candidates.Select(i => (i, states[i].Executed))]);
    }

    /// <summary>Has a member follow the primary until it holds what that holds; one that cannot is made anew.</summary>
    private async Task CatchUpAsync(int member, State state, bool isErrant, int primary, string wanted)
    {
        if (isErrant) await ReplaceAsync(member);
        if (isErrant || state.IsWritable || !state.Follows(Address(primary))) await FollowAsync(member, primary);
        long started = TimeProvider.System.GetTimestamp();
        while (state.Executed != wanted && await QueryAsync(member, $"SELECT WAIT_FOR_EXECUTED_GTID_SET('{wanted}', 0.2)") != "0")
        {
            state = await AskAsync(member);
            if (TimeProvider.System.GetElapsedTime(started) > Deadline)
                throw new InvalidOperationException($"After {Deadline.TotalSeconds} s member {member} has not caught up with member {primary}: {state}.\n{Logs}");
            if (state.IsApplying || state.Executed == wanted) continue;

            // What it holds is not what the primary's transactions were made on.
            await ReplaceAsync(member);
            await FollowAsync(member, primary);
        }
    }

    private async Task StopFollowingAsync(int member)
    {
        await ExecuteAsync(member, "STOP REPLICA");
        await ExecuteAsync(member, "RESET REPLICA ALL");
    }

    private async Task<State> AskAsync(int member)
    {
        string?[] row = (await RowsAsync(
            member,
            $"""
            SELECT @@read_only OR @@super_read_only, @@gtid_executed, GTID_SUBSET('{_beginning}', @@gtid_executed),
                (SELECT CONCAT(HOST, ':', PORT) FROM performance_schema.replication_connection_configuration WHERE CHANNEL_NAME = ''),
                (SELECT SERVICE_STATE FROM performance_schema.replication_connection_status WHERE CHANNEL_NAME = ''),
                (SELECT SERVICE_STATE FROM performance_schema.replication_applier_status WHERE CHANNEL_NAME = ''),
                (SELECT DESIRED_DELAY FROM performance_schema.replication_applier_configuration WHERE CHANNEL_NAME = '')
            """))[0];
        return new State(row[0] == "0", row[1]!, row[2] == "1", row[3], row[4] == "ON", row[5] == "ON", row[6] is null or "0");
    }

    /// <summary>
    /// Each server has an authority of its own, so that replicas encrypt what they are told and do not verify it. A source that is silent is
    /// given up after five of its heartbeats.
    /// </summary>
    private static string[] Settings(int id, MySqlPlace place) =>
    [
        string.Create(CultureInfo.InvariantCulture, $"server-id={id}"),
        $"report-host={place.PeerHost}",
        "super-read-only=ON",
        // A member that is made anew takes what it once wrote itself.
        "replicate-same-server-id=ON",
        "replica-net-timeout=5",
    ];

    /// <summary>What a member says of itself.</summary>
    /// <param name="IsWritable">Neither read_only nor super_read_only.</param>
    /// <param name="Executed">Its GTID set.</param>
    /// <param name="HoldsBeginning">Whether that has the accounts in it.</param>
    /// <param name="Source">The address of whom it follows; null without.</param>
    /// <param name="IsReceiving">Whether it is connected to its source.</param>
    /// <param name="IsApplying">Whether its applier runs.</param>
    /// <param name="IsPrompt">Whether it applies without a delay.</param>
    private sealed record State(bool IsWritable, string Executed, bool HoldsBeginning, string? Source, bool IsReceiving, bool IsApplying, bool IsPrompt)
    {
        public bool Follows(string address) => Source == address && IsReceiving && IsApplying && IsPrompt;
    }
}
