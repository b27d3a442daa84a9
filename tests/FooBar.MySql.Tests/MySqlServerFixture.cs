using FooBar.Testing;

[assembly: AssemblyFixture(typeof(FooBar.MySql.Tests.MySqlServerFixture))]
[assembly: AssemblyFixture(typeof(FooBar.MySql.Tests.OtherDefaultsFixture))]

namespace FooBar.MySql.Tests;

/// <summary>The server that the tests of this assembly share.</summary>
public sealed class MySqlServerFixture() : LazyServer()
{
}

/// <summary>
/// A server whose defaults are not what the driver relies on, and which tests may restart: latin1, no GTIDs and schemas in answers, small
/// packets, names in double quotes, transactions that end with a lock that was waited for too long.
/// </summary>
public sealed class OtherDefaultsFixture() : LazyServer(
    "character-set-server=latin1", "session-track-gtids=OFF", "session-track-schema=OFF", "max-allowed-packet=65536", "sql-mode=ANSI_QUOTES",
    "innodb-rollback-on-timeout=ON", "innodb-lock-wait-timeout=1")
{
}

/// <summary>Starts its server when the first test asks for it: the tests that need none run without MySQL.</summary>
public abstract class LazyServer : IAsyncDisposable
{
    private readonly Lazy<Task<MySqlServer>> _server;

    // On the thread pool: the test that asks first blocks one of xunit's few threads until the server is up.
    protected LazyServer(params string[] settings) => _server = new(() => Task.Run(() => MySqlServer.StartAsync(settings)));

    public MySqlServer Server => _server.Value.GetAwaiter().GetResult();

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_server.IsValueCreated && _server.Value.IsCompletedSuccessfully) await Server.DisposeAsync();
    }

    public MySqlDataSource CreateDataSource(string more = "") => new(Server.ConnectionString + more);
}
