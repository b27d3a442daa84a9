using System.Net.Sockets;
using Dapper;

namespace FooBar.MySql.Tests;

public sealed class UnixSocketTests(MySqlServerFixture mysql)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Open_OverAUnixSocket_SendsThePasswordOfAnAccountThatIsNotCached(bool async)
    {
        string user = $"local{Guid.NewGuid():N}"[..20];
        Administer($"CREATE USER {user}@'localhost' IDENTIFIED BY 'x'");
        await using MySqlDataSource source = new($"Socket={mysql.Server.SocketPath};User ID={user};Password=x");
        await using MySqlConnection connection = async ? await source.OpenConnectionAsync(TestContext.Current.CancellationToken) : source.OpenConnection();

        Assert.Equal(mysql.Server.SocketPath, connection.DataSource);
        Assert.Equal($"{user}@localhost", connection.ExecuteScalar<string>("SELECT CURRENT_USER()"));
        await using MySqlDataSource admin = mysql.CreateDataSource();
        await using MySqlConnection other = admin.OpenConnection();
        Assert.Equal("Socket", await other.ExecuteScalarAsync<string>(
            "SELECT CONNECTION_TYPE FROM performance_schema.threads WHERE PROCESSLIST_ID = @id", new { id = connection.ServerThread }));
        Assert.Equal(1_000_000, (await connection.ExecuteScalarAsync<string>("SELECT REPEAT('x', 1000000)"))!.Length);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Open_WithAWrongPassword_Is1045(bool async)
    {
        await using MySqlDataSource source = new($"Socket={mysql.Server.SocketPath};User ID={Testing.MySqlServer.User};Password=wrong");

        Assert.Equal(1045, (await OpenFailsAsync(source, async)).Number);
    }

    /// <summary>The driver has no TLS there: an account that demands it is refused by the server.</summary>
    [Fact]
    public async Task Open_OfAnAccountThatRequiresTls_Is1045()
    {
        Administer("CREATE USER IF NOT EXISTS encrypted@'localhost' IDENTIFIED BY 'x' REQUIRE SSL");
        await using MySqlDataSource source = new($"Socket={mysql.Server.SocketPath};User ID=encrypted;Password=x");

        Assert.Equal(1045, Assert.Throws<MySqlException>(source.OpenConnection).Number);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Open_WhereNobodyListens_SaysWhy(bool async)
    {
        string folder = Directory.CreateTempSubdirectory("foobar-socket-").FullName;
        string stale = Path.Combine(folder, "stale.sock");
        using (Socket left = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)) left.Bind(new UnixDomainSocketEndPoint(stale));
        string file = Path.Combine(folder, "file");
        await File.WriteAllTextAsync(file, "", TestContext.Current.CancellationToken);

        foreach ((string path, string why) in ((string, string)[])[
            (folder + "/none.sock", "there is no such socket"), (stale, "there is no such socket"), (file, "Connection refused")])
        {
            await using MySqlDataSource source = new($"Socket={path};User ID=u");
            MySqlException failure = await OpenFailsAsync(source, async);
            Assert.Matches($"^No connection to {path} after [0-9.]+ s: {path}: {why}[.]$", failure.Message);
            Assert.Equal((MySqlFailurePhase.NotSent, MySqlFailureReason.ConnectionLost, true), (failure.Phase, failure.Reason, failure.IsTransient));
        }

        Directory.Delete(folder, recursive: true);
    }

    private static async Task<MySqlException> OpenFailsAsync(MySqlDataSource source, bool async) => async
        ? await Assert.ThrowsAsync<MySqlException>(() => source.OpenConnectionAsync(TestContext.Current.CancellationToken).AsTask())
        : Assert.Throws<MySqlException>(source.OpenConnection);

    private void Administer(string sql)
    {
        using MySqlConnection connection = new(mysql.Server.ConnectionString);
        connection.Execute(sql);
    }
}
