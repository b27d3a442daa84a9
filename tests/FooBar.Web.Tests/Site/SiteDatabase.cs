using System.Globalization;
using Dapper;
using FooBar.MySql;
using FooBar.Testing;

namespace FooBar.Web.Tests.Site;

/// <summary>
/// A real MySQL server that is a group of one, with the site's three accounts and as many databases as tests ask for. What needs a
/// replica uses a real group instead.
/// </summary>
public sealed class SiteDatabase : IAsyncDisposable
{
    private readonly MySqlServer _server;
    private readonly string _folder = Directory.CreateTempSubdirectory("foobar-site-").FullName;
    private readonly MySqlDataSource _administrator;
    private int _databases;

    private SiteDatabase(MySqlServer server)
    {
        _server = server;
        _administrator = new MySqlDataSource(server.ConnectionString);
    }

    public string CaPath => _server.Certificates.CaPath;

    public static async Task<SiteDatabase> StartAsync()
    {
        MySqlServer server = await MySqlServer.StartAsync(
            "plugin-load-add=group_replication.so",
            "loose-group-replication-group-name=aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa",
            "loose-group-replication-start-on-boot=OFF",
            string.Create(CultureInfo.InvariantCulture, $"loose-group-replication-local-address=127.0.0.1:{FreePorts.Next()}"),
            "loose-group-replication-message-cache-size=134217728",
            // What was committed before KillAsync is there after ReviveAsync.
            "innodb-flush-log-at-trx-commit=2");
        SiteDatabase database = new(server);
        foreach (string account in (string[])["app", "monitor", "schema"])
        {
            await File.WriteAllTextAsync(Path.Combine(database._folder, account + ".password"), $"{account} password\n");
            await database.ExecuteAsync($"CREATE USER `{account}`@'%' IDENTIFIED BY '{account} password' REQUIRE SSL");
        }

        await database.ExecuteAsync("GRANT SELECT ON performance_schema.* TO monitor@'%'");
        await database.FormGroupAsync();
        return database;
    }

    /// <summary>A new, empty database that the accounts may use as they may in production.</summary>
    public async Task<SiteTarget> CreateAsync()
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"site_{Interlocked.Increment(ref _databases)}");
        await ExecuteAsync($"CREATE DATABASE {name}");
        await ExecuteAsync($"GRANT SELECT, INSERT, UPDATE, DELETE ON {name}.* TO app@'%'");
        await ExecuteAsync($"GRANT ALL ON {name}.* TO `schema`@'%'");
        return new SiteTarget(
            [_server.Port], name, CaPath, _server.Certificates.CertificatePath, _server.Certificates.KeyPath, _folder);
    }

    /// <summary>A connection with every privilege.</summary>
    public async Task<MySqlConnection> OpenAsync() => await _administrator.OpenConnectionAsync();

    public async Task ExecuteAsync(string sql)
    {
        await using MySqlConnection connection = await OpenAsync();
        await connection.ExecuteAsync(sql);
    }

    public async Task<T?> ScalarAsync<T>(string sql)
    {
        await using MySqlConnection connection = await OpenAsync();
        return await connection.ExecuteScalarAsync<T>(sql);
    }

    /// <summary>The server is gone at once, as if the host had lost power.</summary>
    public async Task KillAsync()
    {
        await _server.KillAsync();
        _administrator.Retire();
    }

    /// <summary>The server is back, and its own primary again.</summary>
    public async Task ReviveAsync()
    {
        await _server.StartAsync();
        await FormGroupAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _administrator.DisposeAsync();
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task FormGroupAsync()
    {
        await ExecuteAsync("SET GLOBAL group_replication_bootstrap_group = ON");
        await ExecuteAsync("START GROUP_REPLICATION");
    }
}
