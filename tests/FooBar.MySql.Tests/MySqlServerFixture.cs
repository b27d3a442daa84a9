using FooBar.Testing;

[assembly: AssemblyFixture(typeof(FooBar.MySql.Tests.MySqlServerFixture))]

namespace FooBar.MySql.Tests;

/// <summary>The one server that the tests of this assembly share.</summary>
public sealed class MySqlServerFixture : IAsyncLifetime
{
    private MySqlServer? _server;

    public MySqlServer Server => _server!;

    public async ValueTask InitializeAsync() => _server = await MySqlServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }

    public MySqlDataSource CreateDataSource(string more = "") => new(Server.ConnectionString + more);
}
