using Dapper;
using FooBar.MySql.Authentication;

namespace FooBar.MySql.Tests;

public sealed class AuthenticationTests(MySqlServerFixture mysql)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Open_WithAWrongPassword_Is1045(bool async)
    {
        await using MySqlDataSource source = mysql.CreateDataSource("Password=wrong");

        MySqlException refused = async
            ? await Assert.ThrowsAsync<MySqlException>(() => source.OpenConnectionAsync(TestContext.Current.CancellationToken).AsTask())
            : Assert.Throws<MySqlException>(source.OpenConnection);
        Assert.Equal((1045, "28000", MySqlFailurePhase.NotSent), (refused.Number, refused.SqlState, refused.Phase));
        Assert.StartsWith("Access denied for user 'tester'@", refused.Message, StringComparison.Ordinal);
        Assert.False(refused.IsTransient);
    }

    [Fact]
    public async Task Open_OfAnUnknownSchema_Is1049()
    {
        await using MySqlDataSource source = mysql.CreateDataSource("Database=nowhere");

        Assert.Equal((1049, MySqlFailurePhase.NotSent), Assert.Throws<MySqlException>(source.OpenConnection) is { } refused ? (refused.Number, refused.Phase) : default);
    }

    [Fact]
    public async Task Open_WithoutAPassword_SucceedsWhereTheAccountHasNone()
    {
        Administer("CREATE USER trusting@'%' IDENTIFIED BY ''");
        await using MySqlDataSource source = mysql.CreateDataSource("User ID=trusting;Password=;Database=");

        await using MySqlConnection connection = source.OpenConnection();
        Assert.Equal("trusting@%", await connection.ExecuteScalarAsync<string>("SELECT CURRENT_USER()"));
    }

    [Fact]
    public async Task Open_WithAPasswordFile_ReadsItsFirstLineAtEveryConnection()
    {
        Administer("CREATE USER filed@'%' IDENTIFIED BY 'first'");
        string path = Path.Combine(mysql.Server.Folder, "filed.password");
        await File.WriteAllTextAsync(path, "first\nsecond line\n", TestContext.Current.CancellationToken);
        await using MySqlDataSource source = new(new MySqlConnectionStringBuilder(mysql.Server.ConnectionString)
        {
            UserID = "filed",
            Password = null!,
            PasswordFile = path,
            Database = "",
            ApplicationName = "the test",
        }.ConnectionString);
        await using MySqlConnection first = source.OpenConnection();
        Administer("ALTER USER filed@'%' IDENTIFIED BY 'other'");
        await File.WriteAllTextAsync(path, "other", TestContext.Current.CancellationToken);

        await using MySqlConnection second = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        Assert.NotEqual(first.ServerThread, second.ServerThread);
        Assert.Equal("the test", await second.ExecuteScalarAsync<string>(
            "SELECT ATTR_VALUE FROM performance_schema.session_account_connect_attrs WHERE PROCESSLIST_ID = @id AND ATTR_NAME = 'program_name'", new { id = second.ServerThread }));
    }

    [Fact]
    public async Task Open_WithoutThePasswordFile_SaysSo()
    {
        await using MySqlDataSource source = mysql.CreateDataSource("Password=;Password File=/no/such/file");

        Assert.Equal(
            "The file '/no/such/file' of 'Password File' cannot be used: Could not find a part of the path '/no/such/file'.",
            Assert.Throws<MySqlException>(source.OpenConnection).Message);
    }

    [Fact]
    public async Task Open_WithoutTls_WorksFromTheServersCacheOnly()
    {
        Administer("CREATE USER uncached@'%' IDENTIFIED BY 'x'");
        const string Account = "User ID=uncached;Password=x;Database=;";
        await using MySqlDataSource clear = mysql.CreateDataSource(Account + "Ssl Mode=None");

        MySqlException refused = await Assert.ThrowsAsync<MySqlException>(() => clear.OpenConnectionAsync(TestContext.Current.CancellationToken).AsTask());
        Assert.Equal(
            $"127.0.0.1:{mysql.Server.Port} wants the password of 'uncached' itself, which is never sent in clear: use 'Ssl Mode=VerifyFull', or encrypt it "
            + "with the server's key, from 'Server RSA Public Key File', or from whoever answers with 'Allow Public Key Retrieval=true'. (Without these the account can "
            + "log in only while the server has it in its cache.)",
            refused.Message);

        // A full authentication over TLS puts the account into the cache.
        await using (MySqlDataSource encrypted = mysql.CreateDataSource(Account))
        {
            await using MySqlConnection full = encrypted.OpenConnection();
        }

        await using MySqlConnection connection = await clear.OpenConnectionAsync(TestContext.Current.CancellationToken);
        Assert.Equal("", (await connection.QuerySingleAsync<(string, string)>("SHOW STATUS LIKE 'Ssl_version'")).Item2);
    }

    [Theory]
    [InlineData("mysql_clear_password")]
    [InlineData("mysql_native_password")]
    [InlineData("sha256_password")]
    public async Task Open_OfAServerThatWantsAnotherPlugin_GivesItNothing(string plugin)
    {
        List<byte[]> answers = [];
        await using FakeServer server = new(async client =>
        {
            await client.SendAsync(FakeServer.Greeting());
            await client.ReceiveAsync();
            await client.SendAsync(FakeServer.Frame(2, [0xFE, .. System.Text.Encoding.ASCII.GetBytes(plugin), 0, .. new byte[21]]));
            answers.Add(await client.ReceiveAsync());
        });
        await using MySqlDataSource source = new(server.ConnectionString + "Password=secret");

        MySqlException refused = await Assert.ThrowsAsync<MySqlException>(() => source.OpenConnectionAsync(TestContext.Current.CancellationToken).AsTask());
        Assert.Equal(
            $"127.0.0.1:{server.Port} wants the account 'u' to authenticate with {plugin}; this driver knows caching_sha2_password only: "
            + "ALTER USER ... IDENTIFIED WITH caching_sha2_password.",
            refused.Message);
        await server.DisposeAsync();
        Assert.All(answers, Assert.Empty);
    }

    [Fact]
    public void Prove_OfAKnownNonce_IsTheKnownProof()
    {
        // Computed apart, in Python.
        byte[] proof = CachingSha2Password.Prove("pässword", "01234567890123456789"u8);

        Assert.Equal("424517c8d868cb6eeaa4deda8fb6c140c7688a2f212bb7a3a2d4885c6c577a18", Convert.ToHexStringLower(proof));
    }

    private void Administer(string sql)
    {
        using MySqlConnection connection = new(mysql.Server.ConnectionString);
        connection.Execute(sql);
    }
}
