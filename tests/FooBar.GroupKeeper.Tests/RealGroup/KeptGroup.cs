using System.Diagnostics;
using System.Globalization;
using FooBar.MySql;
using FooBar.Testing;

namespace FooBar.GroupKeeper.Tests.RealGroup;

/// <summary>
/// Three real servers as three hosts would have them, in no group, and a keeper as a process beside each. Members are db-1 to db-3, of
/// falling weight; places count from 0. Disposing it, and the death of the test process, end them all.
/// </summary>
public sealed class KeptGroup : IAsyncDisposable
{
    public const string Uuid = "bbbbbbbb-bbbb-bbbb-bbbb-bbbbbbbbbbbb";
    private const string Password = "keeps-only-in-tests";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(150);

    private readonly string _folder = Directory.CreateTempSubdirectory("foobar-keeper-").FullName;
    private readonly int[] _groupPorts = [FreePorts.Next(), FreePorts.Next(), FreePorts.Next()];
    private readonly MySqlServer?[] _servers = new MySqlServer?[3];
    private readonly KeeperProcess?[] _keepers = new KeeperProcess?[3];

    public static IReadOnlyList<int> All { get; } = [0, 1, 2];

    public MySqlServer Server(int place) => _servers[place] ?? throw new InvalidOperationException($"db-{place + 1} was not started.");

    public KeeperProcess Keeper(int place) => _keepers[place] ?? throw new InvalidOperationException($"The keeper of db-{place + 1} does not run.");

    /// <summary>Starts the servers and makes the accounts, with the privileges that the README asks for.</summary>
    public async Task StartServersAsync()
    {
        await Task.WhenAll(All.Select(async place => _servers[place] = await MySqlServer.StartAsync(Configuration(place))));
        File.WriteAllText(Path.Combine(_folder, "ca.crt"), string.Join('\n', All.Select(place => File.ReadAllText(Server(place).Certificates.CaPath))));
        File.WriteAllText(Path.Combine(_folder, "password"), Password + "\n");
        foreach (int place in All)
        {
            // Outside of the binary log: members that never met hold the same.
            await ExecuteAsync(
                place,
                "SET GLOBAL super_read_only = OFF",
                "SET SESSION sql_log_bin = OFF",
                $"CREATE USER replication@'127.0.0.1' IDENTIFIED BY '{Password}' REQUIRE SSL",
                "GRANT REPLICATION SLAVE, CONNECTION_ADMIN, BACKUP_ADMIN, GROUP_REPLICATION_STREAM ON *.* TO replication@'127.0.0.1'",
                $"CREATE USER keeper@'127.0.0.1' IDENTIFIED BY '{Password}' REQUIRE SSL",
                "GRANT GROUP_REPLICATION_ADMIN, SYSTEM_VARIABLES_ADMIN, CONNECTION_ADMIN ON *.* TO keeper@'127.0.0.1'",
                "GRANT SELECT ON performance_schema.replication_group_members TO keeper@'127.0.0.1'",
                "GRANT SELECT ON performance_schema.replication_connection_status TO keeper@'127.0.0.1'",
                $"CREATE USER monitor@'127.0.0.1' IDENTIFIED BY '{Password}' REQUIRE SSL",
                "GRANT SELECT ON performance_schema.replication_group_members TO monitor@'127.0.0.1'",
                "GRANT SELECT ON performance_schema.replication_connection_status TO monitor@'127.0.0.1'",
                "SET GLOBAL super_read_only = ON");
        }
    }

    public async Task StartKeeperAsync(int place)
    {
        Directory.CreateDirectory(StatePath(place));
        _keepers[place] = await KeeperProcess.StartAsync($"db-{place + 1}", KeeperSettings(place));
    }

    /// <summary>Ends a keeper at once (SIGKILL), or in order (SIGTERM).</summary>
    public async Task StopKeeperAsync(int place, bool kill = false)
    {
        await Keeper(place).StopAsync(kill);
        _keepers[place] = null;
    }

    /// <summary>Gives the order with the command that an operator gives it with. Returns what it says.</summary>
    public Task<(int ExitCode, string Output)> OrderAsync(int place, string names) =>
        KeeperProcess.RunAsync(KeeperSettings(place), "--form-without", names);

    /// <summary>Starts the keepers that a test has ended and did not come to start again.</summary>
    public Task StartMissingKeepersAsync() => Task.WhenAll(All.Where(place => _keepers[place] is null).Select(StartKeeperAsync));

    /// <summary>
    /// Waits until every server says that it is ONLINE and sees everyone ONLINE, and none is still in the statement that made it so: until that
    /// ends it refuses to leave its group. Returns how long that took.
    /// </summary>
    public async Task<TimeSpan> WholeAsync(params int[] among)
    {
        int[] places = among.Length == 0 ? [.. All] : among;
        long began = Stopwatch.GetTimestamp();
        foreach (int place in places)
        {
            await UntilAsync(place, $"{places.Length}", """
                SELECT IF(
                    EXISTS (SELECT 1 FROM performance_schema.threads WHERE processlist_info LIKE 'START GROUP%'), 'a start under way',
                    SUM(member_state = 'ONLINE') * (SUM(member_id = @@server_uuid AND member_state = 'ONLINE') = 1))
                FROM performance_schema.replication_group_members
                """);
        }

        return Stopwatch.GetElapsedTime(began);
    }

    /// <summary>Waits until a query on one server answers what is wanted. A server that does not answer is asked again.</summary>
    public async Task UntilAsync(int place, string wanted, string sql)
    {
        long began = Stopwatch.GetTimestamp();
        string? answer = null;
        while (true)
        {
            try
            {
                answer = await QueryAsync(place, sql);
            }
            catch (MySqlException failure)
            {
                answer = failure.Message;
            }

            if (answer == wanted)
            {
                return;
            }

            if (Stopwatch.GetElapsedTime(began) > Deadline)
            {
                throw new InvalidOperationException($"After {Deadline.TotalSeconds} s db-{place + 1} still answers '{answer}', not '{wanted}', to: {sql}\n{Logs}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    /// <summary>Waits until a keeper has marked that its member joins, or has seen it in the group.</summary>
    public async Task MarkAsync(int place, bool isSet)
    {
        long began = Stopwatch.GetTimestamp();
        while (File.Exists(Path.Combine(StatePath(place), "joining")) != isSet)
        {
            if (Stopwatch.GetElapsedTime(began) > Deadline)
            {
                throw new InvalidOperationException($"After {Deadline.TotalSeconds} s db-{place + 1} is still {(isSet ? "not " : "")}marked as joining.\n{Logs}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
    }

    /// <summary>Waits until a query answers the same on every server.</summary>
    public async Task SameAsync(string sql)
    {
        long began = Stopwatch.GetTimestamp();
        while (true)
        {
            string?[] answers = await Task.WhenAll(All.Select(place => QueryAsync(place, sql)));
            if (answers.Distinct().Count() == 1)
            {
                return;
            }

            if (Stopwatch.GetElapsedTime(began) > Deadline)
            {
                throw new InvalidOperationException($"After {Deadline.TotalSeconds} s the servers still differ:\n{string.Join('\n', answers)}\n{Logs}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    /// <summary>The place of the primary that a majority knows; null when there is none.</summary>
    public async Task<int?> PrimaryAsync()
    {
        foreach (int place in All)
        {
            try
            {
                if (await QueryAsync(place, "SELECT member_port FROM performance_schema.replication_group_members WHERE member_role = 'PRIMARY' AND member_state = 'ONLINE'") is { Length: > 0 } port)
                {
                    return Array.FindIndex(_servers, server => server!.Port.ToString(CultureInfo.InvariantCulture) == port);
                }
            }
            catch (MySqlException)
            {
                // The next one may know.
            }
        }

        return null;
    }

    /// <summary>Runs statements on one server, in one session, with every privilege.</summary>
    public async Task ExecuteAsync(int place, params string[] statements)
    {
        await using MySqlConnection connection = await OpenAsync(place);
        foreach (string sql in statements)
        {
            await using MySqlCommand command = connection.CreateCommand();
            command.CommandText = sql;
            command.CommandTimeout = 100;
            await command.ExecuteNonQueryAsync();
        }
    }

    /// <summary>The first value that a query on one server answers, as text; null without a row.</summary>
    public async Task<string?> QueryAsync(int place, string sql)
    {
        await using MySqlConnection connection = await OpenAsync(place);
        await using MySqlCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.CommandTimeout = 5;
        return Convert.ToString(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
    }

    /// <summary>What keepers and servers have logged, to be printed by a test that fails.</summary>
    public string Logs => string.Join('\n', All.Select(place =>
        $"--- keeper of db-{place + 1}\n{string.Join('\n', _keepers[place]?.Log ?? [])}\n--- db-{place + 1}\n{_servers[place]?.ErrorLog}"));

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (KeeperProcess? keeper in _keepers)
        {
            if (keeper is not null)
            {
                await keeper.StopAsync(kill: true);
            }
        }

        foreach (MySqlServer? server in _servers)
        {
            if (server is not null)
            {
                await server.DisposeAsync();
            }
        }

        Directory.Delete(_folder, recursive: true);
    }

    private string StatePath(int place) => Path.Combine(_folder, $"state-{place + 1}");

    private async Task<MySqlConnection> OpenAsync(int place)
    {
        MySqlConnection connection = new($"{Server(place).ConnectionString}Connection Timeout=5;");
        try
        {
            await connection.OpenAsync();
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>As on a host. Each server has an authority of its own, so that the members encrypt what they tell each other and do not verify it.</summary>
    private string[] Configuration(int place) =>
    [
        string.Create(CultureInfo.InvariantCulture, $"server-id={place + 1}"),
        "report-host=127.0.0.1",
        "super-read-only=ON",
        "require-secure-transport=ON",
        "innodb-flush-log-at-trx-commit=1",
        "sync-binlog=1",
        "plugin-load-add=group_replication.so",
        $"loose-group-replication-group-name={Uuid}",
        "loose-group-replication-start-on-boot=OFF",
        string.Create(CultureInfo.InvariantCulture, $"loose-group-replication-local-address=127.0.0.1:{_groupPorts[place]}"),
        $"loose-group-replication-group-seeds={string.Join(',', _groupPorts.Select(port => $"127.0.0.1:{port}"))}",
        string.Create(CultureInfo.InvariantCulture, $"loose-group-replication-member-weight={Weight(place)}"),
        "loose-group-replication-ssl-mode=REQUIRED",
        "loose-group-replication-recovery-use-ssl=ON",
        "loose-group-replication-message-cache-size=134217728",
        "loose-group-replication-member-expel-timeout=0",
        "loose-group-replication-unreachable-majority-timeout=10",
        "loose-group-replication-autorejoin-tries=0",
    ];

    private static int Weight(int place) => 60 - (10 * place);

    private Dictionary<string, string> KeeperSettings(int place)
    {
        Dictionary<string, string> settings = new()
        {
            ["Service__Name"] = $"db-{place + 1}-keeper",
            ["Keeper__Name"] = $"db-{place + 1}",
            ["Keeper__CaPath"] = Path.Combine(_folder, "ca.crt"),
            ["Keeper__StatePath"] = StatePath(place),
        };
        foreach ((string account, string user) in (IEnumerable<(string, string)>)[("Local", "keeper"), ("Peer", "monitor"), ("Replication", "replication")])
        {
            settings[$"Keeper__{account}__User"] = user;
            settings[$"Keeper__{account}__PasswordFile"] = Path.Combine(_folder, "password");
        }

        foreach (int member in All)
        {
            settings[$"Keeper__Members__{member}__Name"] = $"db-{member + 1}";
            settings[$"Keeper__Members__{member}__Host"] = MySqlServer.Host;
            settings[$"Keeper__Members__{member}__Port"] = Server(member).Port.ToString(CultureInfo.InvariantCulture);
            settings[$"Keeper__Members__{member}__GroupPort"] = _groupPorts[member].ToString(CultureInfo.InvariantCulture);
            settings[$"Keeper__Members__{member}__Weight"] = Weight(member).ToString(CultureInfo.InvariantCulture);
        }

        return settings;
    }
}
