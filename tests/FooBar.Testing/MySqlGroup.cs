using System.Globalization;
using FooBar.MySql;

namespace FooBar.Testing;

/// <summary>
/// Three real servers (or another odd number) in one Group Replication group, single-primary, each on free ports of 127.0.0.1, with
/// the accounts that an application has. Members can be killed and brought back. Disposing it, a failed start, and the death of the
/// test process end every server.
/// </summary>
public sealed class MySqlGroup : IAsyncDisposable
{
    /// <summary>The application's schema.</summary>
    public const string Schema = "foobar";

    /// <summary>The UUID under which the group's transactions are numbered.</summary>
    public const string Uuid = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa";

    private const string Password = "lab-only";

    /// <summary>Of a statement, and of a group to become whole: a member that joins at a bad moment waits for a minute.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(150);

    private readonly MySqlServer[] _members;
    private readonly MySqlDataSource[] _administrators;
    private readonly bool[] _killed;
    private Exception? _broken;

    private MySqlGroup(MySqlServer[] members)
    {
        _members = members;
        _killed = new bool[members.Length];
        _administrators = [.. members.Select(member => new MySqlDataSource(member.ConnectionString))];
    }

    /// <summary>The servers; index 0 began as the primary.</summary>
    public IReadOnlyList<MySqlServer> Members => _members;

    /// <summary>Starts the servers, joins them to a group, and makes the accounts.</summary>
    public static async Task<MySqlGroup> StartAsync(int members = 3)
    {
        int[] ports = [.. Enumerable.Range(0, members).Select(_ => FreePorts.Next())];
        string seeds = string.Join(',', ports.Select(port => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}")));
        Task<MySqlServer>[] starting = [.. ports.Select((port, i) => MySqlServer.StartAsync(Settings(i + 1, port, seeds)))];
        try
        {
            MySqlGroup group = new(await Task.WhenAll(starting));
            await group.FormAsync();
            return group;
        }
        catch
        {
            foreach (Task<MySqlServer> start in starting)
            {
                await ((Task)start).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (start.IsCompletedSuccessfully) await (await start).DisposeAsync();
            }

            throw;
        }
    }

    /// <summary>
    /// A connection string of FooBar.MySql for the account that reads and writes the schema's tables. As the site's it gives a cancelled
    /// statement no time to stop: who has lost a node goes to another one at once.
    /// </summary>
    public string ApplicationConnectionString(int member) => ConnectionString(member, "app", Schema) + ";Cancellation Timeout=0";

    /// <summary>…for the account that reads performance_schema and nothing else.</summary>
    public string MonitorConnectionString(int member) => ConnectionString(member, "monitor", "performance_schema") + ";Cancellation Timeout=0";

    /// <summary>…for the account that may change the schema.</summary>
    public string SchemaConnectionString(int member) => ConnectionString(member, "schema", Schema);

    /// <summary>The index of the member that the others call primary; asks the members that run.</summary>
    public async Task<int> PrimaryAsync()
    {
        foreach (int i in Running)
        {
            string? port = await QueryAsync(
                i, "SELECT MEMBER_PORT FROM performance_schema.replication_group_members WHERE MEMBER_ROLE = 'PRIMARY' AND MEMBER_STATE = 'ONLINE'");
            if (port is not null) return Array.FindIndex(_members, member => member.Port == int.Parse(port, CultureInfo.InvariantCulture));
        }

        throw new InvalidOperationException($"No member knows a primary.\n{Logs}");
    }

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
    public async Task<string?> QueryAsync(int member, string sql)
    {
        await using MySqlConnection connection = (MySqlConnection)await _administrators[member].OpenConnectionAsync();
        await using MySqlCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToString(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
    }

    /// <summary>Ends one member at once (SIGKILL).</summary>
    public async Task KillAsync(int member)
    {
        _killed[member] = true;
        await _members[member].KillAsync();
        _administrators[member].Retire();
    }

    /// <summary>
    /// Starts every killed member again and waits until the whole group is online. Whoever is out of the group joins it, not only the killed: on
    /// a machine that stands still for a few seconds the group also expels a member that just came back. A group that could not be
    /// healed stays so, and whoever asks next is told at once.
    /// </summary>
    public async Task HealAsync()
    {
        if (_broken is not null) throw new InvalidOperationException("The group could not be healed before.", _broken);
        try
        {
            for (int i = 0; i < _members.Length; i++)
            {
                if (!_killed[i]) continue;
                await _members[i].StartAsync();
                _killed[i] = false;
            }

            await OnlineAsync();
        }
        catch (Exception failure)
        {
            _broken = failure;
            throw;
        }
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
        while (!Whole(views = await Task.WhenAll(Enumerable.Range(0, _members.Length).Select(ViewAsync))))
        {
            if (TimeProvider.System.GetElapsedTime(started) > Deadline)
            {
                IEnumerable<string> said = views.Select((view, i) => $"member {i} ({_members[i].Port}) sees {string.Join(", ", view.Select(seen => $"{seen.Port} {seen.State}"))}");
                throw new InvalidOperationException($"After {Deadline.TotalSeconds} s the group is not whole: {string.Join("; ", said)}.\n{Logs}");
            }

            // One after the other: of two that join at once, one in twenty waits for a whole minute.
            int outside = Array.FindIndex(views, view => view.Length == 0);
            Seen[] inGroup = [.. views.SelectMany(view => view)];
            if (outside >= 0 && inGroup.Length > 0 && inGroup.All(seen => seen.Port != _members[outside].Port))
                await JoinAsync(outside);
            else
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }

        bool Whole(Seen[][] all) => all.All(view => view.Length == _members.Length && view.All(seen => seen.State == "ONLINE"));
    }

    /// <summary>Whom a member sees in its group, itself among them; empty when it is in none.</summary>
    private async Task<Seen[]> ViewAsync(int member)
    {
        string? view = await QueryAsync(
            member,
            """
            SELECT GROUP_CONCAT(seen.MEMBER_PORT, ' ', seen.MEMBER_STATE) FROM performance_schema.replication_group_members seen
            WHERE EXISTS (SELECT 1 FROM performance_schema.replication_group_members me WHERE me.MEMBER_ID = @@server_uuid AND me.MEMBER_STATE IN ('ONLINE', 'RECOVERING'))
            """);
        return string.IsNullOrEmpty(view)
            ? []
            : [.. view.Split(',').Select(seen => seen.Split(' ')).Select(seen => new Seen(int.Parse(seen[0], CultureInfo.InvariantCulture), seen[1]))];
    }

    private async Task JoinAsync(int member)
    {
        try
        {
            // One that was expelled, or was refused before, must stop first, and closed itself to its clients.
            await ExecuteAsync(member, "STOP GROUP_REPLICATION");
            await ExecuteAsync(member, "SET GLOBAL offline_mode = OFF");
            await ExecuteAsync(member, Join);
        }
        catch (MySqlException)
        {
            // What it became is asked next.
        }
    }

    /// <summary>What the servers have logged, to be printed by a test that fails.</summary>
    public string Logs => string.Join('\n', _members.Select((member, i) => $"--- member {i}\n{member.ErrorLog}"));

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (MySqlDataSource administrator in _administrators) await administrator.DisposeAsync();
        foreach (MySqlServer member in _members) await member.DisposeAsync();
    }

    private const string Join = $"START GROUP_REPLICATION USER = 'replication', PASSWORD = '{Password}'";

    private IEnumerable<int> Running => Enumerable.Range(0, _members.Length).Where(i => !_killed[i]);

    /// <summary>
    /// Each server has an authority of its own, so the members encrypt what they tell each other and do not verify it. The expel
    /// time-out is the shortest, as it is in production: a dead primary is replaced after the 5 s of the detection itself.
    /// </summary>
    private static string[] Settings(int id, int port, string seeds) =>
    [
        string.Create(CultureInfo.InvariantCulture, $"server-id={id}"),
        "report-host=127.0.0.1",
        "plugin-load-add=group_replication.so",
        $"loose-group-replication-group-name={Uuid}",
        "loose-group-replication-start-on-boot=OFF",
        string.Create(CultureInfo.InvariantCulture, $"loose-group-replication-local-address=127.0.0.1:{port}"),
        $"loose-group-replication-group-seeds={seeds}",
        "loose-group-replication-ssl-mode=REQUIRED",
        "loose-group-replication-recovery-use-ssl=ON",
        "loose-group-replication-message-cache-size=134217728",
        "loose-group-replication-member-expel-timeout=0",
        "loose-group-replication-unreachable-majority-timeout=10",
    ];

    private async Task FormAsync()
    {
        await ExecuteAsync(0, "SET GLOBAL group_replication_bootstrap_group = ON");
        await ExecuteAsync(0, Join);
        await ExecuteAsync(0, "SET GLOBAL group_replication_bootstrap_group = OFF");
        // Written to the group, not to each member: the members' histories must be the same.
        foreach (string sql in new[]
        {
            $"CREATE USER replication@'%' IDENTIFIED BY '{Password}'",
            "GRANT REPLICATION SLAVE, CONNECTION_ADMIN, BACKUP_ADMIN, GROUP_REPLICATION_STREAM ON *.* TO replication@'%'",
            $"CREATE DATABASE {Schema}",
            $"CREATE USER app@'%' IDENTIFIED BY '{Password}' REQUIRE SSL",
            $"GRANT SELECT, INSERT, UPDATE, DELETE ON {Schema}.* TO app@'%'",
            $"CREATE USER `schema`@'%' IDENTIFIED BY '{Password}' REQUIRE SSL",
            $"GRANT ALL ON {Schema}.* TO `schema`@'%'",
            $"CREATE USER monitor@'%' IDENTIFIED BY '{Password}' REQUIRE SSL",
            "GRANT SELECT ON performance_schema.* TO monitor@'%'",
        })
        {
            await ExecuteAsync(0, sql);
        }

        await OnlineAsync();
    }

    private string ConnectionString(int member, string user, string schema) => string.Create(
        CultureInfo.InvariantCulture,
        $"Server={MySqlServer.Host};Port={_members[member].Port};User ID={user};Password={Password};Database={schema};Ssl Ca={_members[member].Certificates.CaPath}");

    private sealed record Seen(int Port, string State);
}
