using System.Globalization;
using FooBar.MySql;

namespace FooBar.Testing;

/// <summary>
/// Several real servers that replicate, whichever way: one primary and its replicas, with the accounts that an application has. Members can be
/// killed, frozen and spoiled, and are made whole again. Disposing it, a failed start, and the death of the test process end every server.
/// </summary>
public abstract class MySqlCluster : IAsyncDisposable
{
    /// <summary>The application's schema.</summary>
    public const string Schema = "foobar";

    /// <summary>The password of the account <c>replication</c>.</summary>
    public const string ReplicationPassword = Password;

    private protected const string Password = "lab-only";

    /// <summary>Of a statement, and of a cluster to become whole: a member that joins a group at a bad moment waits for a minute.</summary>
    private protected static readonly TimeSpan Deadline = TimeSpan.FromSeconds(150);

    private readonly MySqlServer[] _members;
    private readonly MySqlDataSource[] _administrators;
    private readonly Dictionary<string, string>[] _settings;
    private readonly bool[] _frozen;
    private readonly bool[] _discarded;
    private Exception? _broken;

    private protected MySqlCluster(IEnumerable<MySqlServer> members)
    {
        _members = [.. members];
        _administrators = new MySqlDataSource[_members.Length];
        _settings = new Dictionary<string, string>[_members.Length];
        _frozen = new bool[_members.Length];
        _discarded = new bool[_members.Length];
    }

    /// <summary>Whether it is a Group Replication group; else it is classic asynchronous replication.</summary>
    public abstract bool IsGroup { get; }

    /// <summary>The servers; index 0 began as the primary.</summary>
    public IReadOnlyList<MySqlServer> Members => _members;

    /// <summary>What the servers have logged, to be printed by a test that fails.</summary>
    public string Logs => string.Join('\n', _members.Select((member, i) => $"--- member {i}\n{member.ErrorLog}"));

    /// <summary>
    /// A connection string of FooBar.MySql for the account that reads and writes the schema's tables. As the site's it gives a cancelled
    /// statement no time to stop: who has lost a node goes to another one at once.
    /// </summary>
    /// <param name="member">The server.</param>
    /// <param name="client">Which application, where each has addresses of its own: see <see cref="ClusterNetwork"/>.</param>
    public string ApplicationConnectionString(int member, int client = 0) => ConnectionString(member, client, "app", Schema) + ";Cancellation Timeout=0";

    /// <summary>…for the account that reads performance_schema and nothing else.</summary>
    public string MonitorConnectionString(int member, int client = 0) => ConnectionString(member, client, "monitor", "performance_schema") + ";Cancellation Timeout=0";

    /// <summary>…for the account that may change the schema.</summary>
    public string SchemaConnectionString(int member) => ConnectionString(member, null, "schema", Schema);

    /// <summary>…for the account that may switch over: elect, set read-only, point replicas to another source. It reads no table of the schema.</summary>
    public string AdministrationConnectionString(int member) => ConnectionString(member, null, "administration", "performance_schema");

    /// <summary>The index of the primary, as the members that run say.</summary>
    public abstract Task<int> PrimaryAsync();

    /// <summary>Runs a statement on one member with every privilege.</summary>
    public async Task ExecuteAsync(int member, string sql)
    {
        await using MySqlConnection connection = (MySqlConnection)await _administrators[member].OpenConnectionAsync();
        await using MySqlCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.CommandTimeout = (int)Deadline.TotalSeconds;
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The first value that a query on one member answers, as text; null without a row.</summary>
    public async Task<string?> QueryAsync(int member, string sql) => await RowsAsync(member, sql) is [var first, ..] ? first[0] : null;

    /// <summary>Ends one member at once (SIGKILL).</summary>
    public async Task KillAsync(int member)
    {
        await _members[member].KillAsync();
        _frozen[member] = false;
        _administrators[member].Retire();
    }

    /// <summary>Starts a member that was killed; returns when it answers, whatever its role is then.</summary>
    /// <param name="member">Its index.</param>
    /// <param name="settings">Lines that its configuration has more until it is healed, such as <c>ssl-cert=…</c>.</param>
    public async Task RestartAsync(int member, params string[] settings)
    {
        _administrators[member].Retire();
        await _members[member].RestartAsync(settings);
    }

    /// <summary>Freezes a member (SIGSTOP): its connections are accepted, and nobody answers on them.</summary>
    public async Task FreezeAsync(int member)
    {
        _frozen[member] = true;
        await Signals.FreezeAsync(_members[member].ProcessId);
    }

    /// <summary>Lets a frozen member go on.</summary>
    public async Task ThawAsync(int member)
    {
        await Signals.ThawAsync(_members[member].ProcessId);
        _frozen[member] = false;
    }

    /// <summary>
    /// Has the next heal make the member anew from its first day on. For a test that damages what it holds in a way that its GTIDs do not
    /// show: a reset of them, or rows changed without the binary log.
    /// </summary>
    public void Discard(int member) => _discarded[member] = true;

    /// <summary>
    /// Makes all whole, whatever a test did: everyone runs, one is the primary, the others follow it and hold what it holds, nobody holds
    /// anything else, and every setting is what it was. What has no history in common with the primary is made anew. A cluster that
    /// could not be healed stays so, and whoever asks next is told at once.
    /// </summary>
    public async Task HealAsync()
    {
        if (_broken is not null) throw new InvalidOperationException("The cluster could not be healed before.", _broken);
        try
        {
            await Task.WhenAll(Indexes.Select(ReviveAsync));
            await UniteAsync();
        }
        catch (Exception failure)
        {
            _broken = failure;
            throw;
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (MySqlDataSource? administrator in _administrators)
        {
            if (administrator is not null) await administrator.DisposeAsync();
        }

        foreach (MySqlServer member in _members) await member.DisposeAsync();
    }

    private protected IEnumerable<int> Indexes => Enumerable.Range(0, _members.Length);

    private protected static IReadOnlyList<MySqlPlace> Places(IReadOnlyList<MySqlPlace>? given) => given ?? [MySqlPlace.Loopback, MySqlPlace.Loopback, MySqlPlace.Loopback];

    /// <summary>At which the other members reach a member.</summary>
    private protected string Address(int member) => string.Create(CultureInfo.InvariantCulture, $"{_members[member].Place.PeerHost}:{_members[member].Port}");

    private protected IEnumerable<int> Running => Indexes.Where(i => _members[i].IsRunning);

    /// <summary>Joins servers that were just made, and makes the accounts.</summary>
    private protected abstract Task FormAsync();

    /// <summary>Has running servers with their settings replicate again.</summary>
    private protected abstract Task UniteAsync();

    /// <summary>Makes and starts the servers, and has them replicate; disposes all when that fails.</summary>
    private protected async Task BeginAsync()
    {
        try
        {
            string pristine = await PristineData.FolderAsync();
            await Task.WhenAll(_members.Select(async member =>
            {
                await member.InitializeFromAsync(pristine);
                await member.StartAsync();
            }));
            foreach (int i in Indexes) _administrators[i] = new MySqlDataSource(_members[i].ConnectionString);
            await FormAsync();
            await Task.WhenAll(Indexes.Select(async i => _settings[i] =
                (await RowsAsync(i, "SELECT VARIABLE_NAME, VARIABLE_VALUE FROM performance_schema.global_variables")).ToDictionary(row => row[0]!, row => row[1]!)));
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    /// <summary>The statements that make the accounts and the schema; for the primary alone, whose history is everyone's.</summary>
    private protected async Task MakeAccountsAsync(int primary)
    {
        foreach (string sql in new[]
        {
            $"CREATE USER replication@'%' IDENTIFIED BY '{Password}'",
            $"GRANT REPLICATION SLAVE{(IsGroup ? ", CONNECTION_ADMIN, BACKUP_ADMIN, GROUP_REPLICATION_STREAM" : "")} ON *.* TO replication@'%'",
            $"CREATE DATABASE {Schema}",
            $"CREATE USER app@'%' IDENTIFIED BY '{Password}' REQUIRE SSL",
            $"GRANT SELECT, INSERT, UPDATE, DELETE ON {Schema}.* TO app@'%'",
            $"CREATE USER `schema`@'%' IDENTIFIED BY '{Password}' REQUIRE SSL",
            $"GRANT ALL ON {Schema}.* TO `schema`@'%'",
            $"CREATE USER monitor@'%' IDENTIFIED BY '{Password}' REQUIRE SSL",
            "GRANT SELECT ON performance_schema.* TO monitor@'%'",
            $"CREATE USER administration@'%' IDENTIFIED BY '{Password}' REQUIRE SSL",
            "GRANT GROUP_REPLICATION_ADMIN, REPLICATION_SLAVE_ADMIN, SYSTEM_VARIABLES_ADMIN, CONNECTION_ADMIN, RELOAD ON *.* TO administration@'%'",
            "GRANT SELECT ON performance_schema.* TO administration@'%'",
        })
        {
            await ExecuteAsync(primary, sql);
        }
    }

    /// <summary>Every row that a query on one member answers, as text.</summary>
    private protected async Task<IReadOnlyList<string?[]>> RowsAsync(int member, string sql)
    {
        await using MySqlConnection connection = (MySqlConnection)await _administrators[member].OpenConnectionAsync();
        await using MySqlCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.CommandTimeout = (int)Deadline.TotalSeconds;
        await using MySqlDataReader reader = (MySqlDataReader)await command.ExecuteReaderAsync();
        List<string?[]> rows = [];
        while (await reader.ReadAsync())
        {
            rows.Add([.. Enumerable.Range(0, reader.FieldCount)
                .Select(i => reader.IsDBNull(i) ? null : Convert.ToString(reader.GetValue(i), CultureInfo.InvariantCulture))]);
        }

        return rows;
    }

    /// <summary>Whether a GTID set holds all of another one.</summary>
    private protected async Task<bool> HoldsAsync(string all, string part) =>
        all == part || await QueryAsync(Running.First(), $"SELECT GTID_SUBSET('{part}', '{all}')") == "1";

    /// <summary>The first member that holds what the others do; the first one where none does.</summary>
    private protected async Task<int> FullestAsync(IReadOnlyList<(int Member, string Executed)> candidates)
    {
        foreach ((int member, string executed) in candidates)
        {
            bool holdsAll = true;
            foreach ((_, string other) in candidates) holdsAll &= await HoldsAsync(executed, other);
            if (holdsAll) return member;
        }

        return candidates[0].Member;
    }

    /// <summary>Makes a member anew: it holds nothing and follows nobody.</summary>
    private protected async Task ReplaceAsync(int member)
    {
        await KillAsync(member);
        await _members[member].InitializeFromAsync(await PristineData.FolderAsync());
        await RestartAsync(member);
        _discarded[member] = false;
    }

    /// <summary>Has a member run with its settings.</summary>
    private async Task ReviveAsync(int member)
    {
        if (_discarded[member])
        {
            await ReplaceAsync(member);
        }
        else if (_members[member].HasMoreSettings || !_members[member].IsRunning || _members[member].Disk is { IsFull: true })
        {
            // A server that waits for room looks for it once a minute.
            _members[member].Disk?.Free();
            await KillAsync(member);
            await RestartAsync(member);
        }
        else if (_frozen[member])
        {
            await ThawAsync(member);
        }

        await RestoreSettingsAsync(member);
    }

    /// <summary>Sets what was set by hand to what it was, but for who is read-only: that is the roles'.</summary>
    private async Task RestoreSettingsAsync(int member)
    {
        IReadOnlyList<string?[]> changed = await RowsAsync(
            member,
            """
            SELECT info.VARIABLE_NAME, now.VARIABLE_VALUE, kept.VARIABLE_NAME IS NOT NULL
            FROM performance_schema.variables_info info
            JOIN performance_schema.global_variables now ON now.VARIABLE_NAME = info.VARIABLE_NAME
            LEFT JOIN performance_schema.persisted_variables kept ON kept.VARIABLE_NAME = info.VARIABLE_NAME
            WHERE (info.VARIABLE_SOURCE = 'DYNAMIC' OR kept.VARIABLE_NAME IS NOT NULL) AND info.VARIABLE_NAME NOT IN ('read_only', 'super_read_only')
            """);
        foreach (string?[] row in changed)
        {
            string name = row[0]!;
            string value = _settings[member][name];
            if (row[2] == "1") await ExecuteAsync(member, $"RESET PERSIST IF EXISTS {name}");
            if (row[1] != value) await ExecuteAsync(member, $"SET GLOBAL {name} = {Literal(value)}");
        }
    }

    /// <summary>A number must not be in quotes.</summary>
    private static string Literal(string value) =>
        double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _) ? value : $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>Of an application, or of the tests' own hand.</summary>
    private string ConnectionString(int member, int? client, string user, string schema) => string.Create(
        CultureInfo.InvariantCulture,
        $"Server={(client is { } number ? _members[member].Place.ClientHost(number) : _members[member].Place.Host)};Port={_members[member].Port};User ID={user};Password={Password};Database={schema};Ssl Ca={_members[member].Certificates.CaPath}");
}
