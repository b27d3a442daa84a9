using FooBar.AppHost.Databases;
using FooBar.AppHost.State;
using FooBar.MySql;
using FooBar.Testing;

namespace FooBar.AppHost.Tests.Databases;

/// <summary>A real server, and the state folder of a stack that is its administrator.</summary>
public sealed class AdministeredServer : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    public MySqlServer Server { get; private set; } = null!;

    internal StateFolder State { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Server = await MySqlServer.StartAsync();
        State = StateWith(Server.Certificates.CaPath, _folder["state"]);
        await using MySqlConnection root = new(Server.ConnectionString);
        await root.OpenAsync();
        await using MySqlCommand create = root.CreateCommand();
        create.CommandText = $"CREATE USER {MySqlAccounts.Admin}@'127.0.0.1' IDENTIFIED BY '{new Secrets(State).Password(MySqlAccounts.Admin)}' REQUIRE SSL";
        await create.ExecuteNonQueryAsync();
        create.CommandText = $"GRANT ALL ON *.* TO {MySqlAccounts.Admin}@'127.0.0.1'";
        await create.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>The state folder of a stack that has the same password, and trusts somebody else.</summary>
    internal StateFolder Mistrusting()
    {
        StateFolder state = StateWith(Server.Certificates.WrongCaPath, _folder["mistrusting"]);
        File.Copy(new Secrets(State).PathOf(MySqlAccounts.Admin), new Secrets(state).PathOf(MySqlAccounts.Admin));
        return state;
    }

    private static StateFolder StateWith(string authority, string path)
    {
        StateFolder state = new(path);
        Directory.CreateDirectory(state.Secrets);
        Directory.CreateDirectory(Path.GetDirectoryName(state.CaCertificate)!);
        File.Copy(authority, state.CaCertificate);
        return state;
    }
}

public sealed class MySqlClientTests(AdministeredServer administered) : IClassFixture<AdministeredServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private int Port => administered.Server.Port;

    private MySqlClient Client => To(administered.State, Port);

    [Fact]
    public async Task Statements_RunOneAfterTheOther_AndTheirRowsComeAsText()
    {
        IReadOnlyList<string[]> rows = await Client.QueryAsync(
            ["SET @`a` = 7", "SELECT @`a`, 'two\nlines', GTID_SUBTRACT(CONCAT_WS(',', @@global.gtid_executed, NULLIF('', '')), ''), NULL", "DO 0", "SELECT 1 = 1"], Token);

        Assert.Equal(2, rows.Count);
        Assert.Equal(["7", "two\nlines"], rows[0][..2]);
        Assert.Contains(':', rows[0][2]);
        Assert.Equal(string.Empty, rows[0][3]);
        Assert.Equal(["1"], rows[1]);
    }

    /// <summary>What is refused is over; of what failed in any other way nobody knows.</summary>
    [Theory]
    [InlineData(3092, true)]
    [InlineData(3663, true)]
    [InlineData(1053, false)]
    public async Task Error_ByItsNumber_IsARefusalOrNot(int number, bool expected)
    {
        FoobarException exception = await Assert.ThrowsAsync<FoobarException>(() => Client.QueryAsync(
            $"SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = {number}, MESSAGE_TEXT = 'not now'", Token));

        Assert.StartsWith($"MySQL at 127.0.0.1:{Port} refused: not now", exception.Message, StringComparison.Ordinal);
        Assert.Equal(expected, MySqlClient.IsRefusal(exception));
    }

    [Fact]
    public async Task Statement_AfterARefusedOne_IsNotRun()
    {
        await Assert.ThrowsAsync<FoobarException>(() => Client.QueryAsync(
            ["SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 3092", "SET PERSIST_ONLY max_connections = 77"], Token));

        Assert.Empty(await Client.QueryAsync("SELECT variable_name FROM performance_schema.persisted_variables", Token));
    }

    [Fact]
    public async Task Server_ThatIsGone_IsNoRefusal()
    {
        MySqlClient nobody = To(administered.State, FreePorts.Next());

        FoobarException exception = await Assert.ThrowsAsync<FoobarException>(() => nobody.QueryAsync("SELECT 1", Token));

        Assert.Contains("Connection refused", exception.Message, StringComparison.Ordinal);
        Assert.False(MySqlClient.IsRefusal(exception));
    }

    [Fact]
    public async Task Server_OfAnotherAuthority_IsNotTrusted()
    {
        MySqlClient mistrusting = To(administered.Mistrusting(), Port);

        FoobarException exception = await Assert.ThrowsAsync<FoobarException>(() => mistrusting.QueryAsync("SELECT 1", Token));

        Assert.Contains("certificate", exception.Message, StringComparison.Ordinal);
        Assert.False(MySqlClient.IsRefusal(exception));
    }

    [Fact]
    public async Task Caller_WhoGivesUp_DoesNotWaitForTheServer()
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task<IReadOnlyList<string[]>> query = Client.QueryAsync("DO SLEEP(120)", stop.Token);
        await using (MySqlConnection root = new(administered.Server.ConnectionString))
        {
            await root.OpenAsync(Token);
            await using MySqlCommand count = root.CreateCommand();
            count.CommandText = "SELECT COUNT(*) FROM performance_schema.processlist WHERE info = 'DO SLEEP(120)'";
            while ((long)(await count.ExecuteScalarAsync(Token))! == 0)
            {
            }
        }

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => query);
    }

    private static MySqlClient To(StateFolder state, int port) => new(state, new Secrets(state), port);
}
