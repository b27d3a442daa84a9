namespace FooBar.MySql.Tests;

/// <summary>The server's first packet: which servers are spoken to, and what is said of the others.</summary>
public sealed class GreetingTests
{
    private const uint All = 0xFFFF_FFFF;

    [Theory]
    [InlineData("5.7.44-log")]
    [InlineData("8.0.46")]
    [InlineData("8.4.10")]
    [InlineData("9.7.4-commercial")]
    public async Task Greeting_OfAServerThatCanWhatIsNeeded_IsAnswered(string version)
    {
        await using FakeServer server = new(async client =>
        {
            await client.SendAsync(FakeServer.Greeting(version: version));
            await client.ReceiveAsync();
            await client.SendAsync(FakeServer.Frame(2, FakeServer.Ok));
            await client.ReceiveAsync();
            await client.SendAsync(FakeServer.Defaults());
        });
        await using MySqlDataSource source = new(server.ConnectionString);
        await using MySqlConnection connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);

        Assert.Equal(version, connection.ServerVersion);
    }

    [Theory]
    [InlineData("5.5.5-10.11.6-MariaDB", All, "HOST is MariaDB (5.5.5-10.11.6-MariaDB), which this driver does not support: it speaks to MySQL 8.4 and later.")]
    [InlineData("11.4.2-mariadb-log", All, "HOST is MariaDB (11.4.2-mariadb-log), which this driver does not support: it speaks to MySQL 8.4 and later.")]
    [InlineData("5.6.51", All & ~(1U << 24 | 1U << 23), "HOST calls itself 5.6.51 and lacks what this driver needs: SessionTrack, DeprecateEof. MySQL 8.4 and later have it.")]
    [InlineData("8.4.0-proxy", All & ~(1U << 24), "HOST calls itself 8.4.0-proxy and lacks what this driver needs: DeprecateEof. MySQL 8.4 and later have it.")]
    [InlineData("8.4.0-proxy", All & ~(1U << 19), "HOST calls itself 8.4.0-proxy and lacks what this driver needs: PluginAuthentication. MySQL 8.4 and later have it.")]
    public async Task Greeting_OfAnotherServer_IsRefusedByName(string version, uint capabilities, string message)
    {
        List<byte[]> answers = [];
        await using FakeServer server = new(async client =>
        {
            await client.SendAsync(FakeServer.Greeting(capabilities: capabilities, version: version));
            answers.Add(await client.ReceiveAsync());
        });
        await RefusedAsync(server, message);
        await server.DisposeAsync();
        Assert.Equal([[], []], answers);
    }

    /// <summary>MySQL 4.0 and older: the greeting ends behind what it could.</summary>
    [Fact]
    public async Task Greeting_ThatEndsEarly_IsRefusedByWhatIsMissing()
    {
        await using FakeServer server = new(client => client.SendAsync(
            FakeServer.Frame(0, [10, .. "4.0.30\0"u8, 7, 0, 0, 0, .. "12345678"u8, 0, 0x2C, 0x20, 8, 2, 0, .. new byte[13]])));

        await RefusedAsync(server, "HOST calls itself 4.0.30 and lacks what this driver needs: Protocol41, SecureConnection, MultiResults, PreparedMultiResults, PluginAuthentication, PluginAuthenticationLengthEncoded, SessionTrack, DeprecateEof. MySQL 8.4 and later have it.");
    }

    /// <summary>In place of a greeting, and so without the SQLSTATE, about which nobody has agreed yet.</summary>
    [Theory]
    [InlineData(1040, "Too many connections", true)]
    [InlineData(1129, "Host '10.0.0.1' is blocked because of many connection errors; unblock with 'mysqladmin flush-hosts'", true)]
    [InlineData(1130, "Host '10.0.0.1' is not allowed to connect to this MySQL server", false)]
    public async Task Greeting_ThatIsAnError_KeepsItsNumber(int number, string message, bool isTransient)
    {
        await using FakeServer server = new(client => client.SendAsync(
            FakeServer.Frame(0, [0xFF, (byte)number, (byte)(number >> 8), .. System.Text.Encoding.ASCII.GetBytes(message)])));
        foreach (bool async in new[] { true, false })
        {
            await using MySqlDataSource source = new(server.ConnectionString);
            MySqlException refused = await OpenFailsAsync(source, async);
            Assert.Equal((number, null, message), (refused.Number, refused.SqlState, refused.Message));
            Assert.Equal((MySqlFailurePhase.NotSent, MySqlFailureReason.ServerError, isTransient), (refused.Phase, refused.Reason, refused.IsTransient));
        }
    }

    private static async Task RefusedAsync(FakeServer server, string message)
    {
        foreach (bool async in new[] { true, false })
        {
            await using MySqlDataSource source = new(server.ConnectionString + "Password=p");
            MySqlException refused = await OpenFailsAsync(source, async);
            Assert.Equal(message.Replace("HOST", $"127.0.0.1:{server.Port}", StringComparison.Ordinal), refused.Message);
            Assert.Equal((MySqlFailurePhase.NotSent, MySqlFailureReason.Refused, 0), (refused.Phase, refused.Reason, refused.Number));
        }
    }

    private static async Task<MySqlException> OpenFailsAsync(MySqlDataSource source, bool async) => async
        ? await Assert.ThrowsAsync<MySqlException>(() => source.OpenConnectionAsync(TestContext.Current.CancellationToken).AsTask())
        : Assert.Throws<MySqlException>(source.OpenConnection);
}
