namespace FooBar.MySql.Tests;

/// <summary>What a broken server is told to be, case by case; <see cref="Fuzz.HostileServerTests"/> makes up its own.</summary>
public sealed partial class BrokenServerTests
{
    public static TheoryData<string, byte[], string> Greetings => new()
    {
        { "nothing", [], "The connection to HOST was lost after T s: the server closed the connection" },
        { "half a header", [1, 0], "The connection to HOST was lost after T s: the server closed the connection" },
        { "half a packet", FakeServer.Greeting()[..20], "The connection to HOST was lost after T s: the server closed the connection" },
        { "no payload", [0, 0, 0, 0], "HOST broke the protocol: a packet of 0 bytes ends where 1 more should follow (at byte 0)." },
        { "16 MB announced", [0xFF, 0xFF, 0xFF, 0, 10], "HOST broke the protocol: a packet is larger than 65536 bytes." },
        { "HTTP", [.. "HTTP/1.1 400 Bad Request\r\n\r\n"u8], "HOST broke the protocol: packet number 80 came where 0 was due." },
        { "an old protocol", FakeServer.Frame(0, [9, 0]), "HOST broke the protocol: the server greets with protocol version 9, not 10: is it MySQL?." },
        { "no end of the version", FakeServer.Frame(0, [10, 65, 65]), "HOST broke the protocol: a string has no end." },
        { "only a version", FakeServer.Frame(0, [10, 65, 0]), "HOST broke the protocol: a packet of 3 bytes ends where 4 more should follow (at byte 3)." },
        { "no capabilities", FakeServer.Greeting(capabilities: 1 << 9), "HOST calls itself 9.9.9-fake and lacks what this driver needs: SecureConnection, MultiResults, PreparedMultiResults, PluginAuthentication, PluginAuthenticationLengthEncoded, SessionTrack, DeprecateEof. MySQL 8.4 and later have it." },
    };

    public static TheoryData<string, byte[], string> LogIns => new()
    {
        { "an empty packet", FakeServer.Frame(2, []), "HOST broke the protocol: an empty packet in the authentication." },
        { "out of sequence", FakeServer.Frame(9, FakeServer.Ok), "HOST broke the protocol: packet number 9 came where 2 was due." },
        { "an unknown step", FakeServer.Frame(2, [0x42]), "HOST broke the protocol: 0x42 is no step of the authentication." },
        { "half an error", FakeServer.Frame(2, [0xFF, 1]), "HOST broke the protocol: a packet of 2 bytes ends where 2 more should follow (at byte 1)." },
        { "an error without a number", FakeServer.Frame(2, [0xFF, 0, 0, .. "#HY000no"u8]), "HOST broke the protocol: an error without a number." },
        { "half an OK", FakeServer.Frame(2, [0, 0xFC, 1]), "HOST broke the protocol: a packet of 3 bytes ends where 2 more should follow (at byte 2)." },
        { "session changes beyond the packet", FakeServer.Frame(2, [0, 0, 0, 2, 0x40, 0, 0, 0, 200, 1]), "HOST broke the protocol: a packet of 10 bytes ends where 200 more should follow (at byte 9)." },
        { "a short nonce", FakeServer.Frame(2, [0xFE, .. "caching_sha2_password"u8, 0, 1, 2, 3]), "HOST broke the protocol: the server's nonce has 3 bytes, not 20." },
        { "the server's public key", FakeServer.Frame(2, [1, .. "-----BEGIN"u8]), "HOST broke the protocol: 0x01 is no step of the authentication." },
    };

    /// <summary>Answers to SELECT: one packet after the other, numbered.</summary>
    public static TheoryData<string, byte[][], string> Results => new()
    {
        { "nothing", [], "The connection to HOST was lost after T s: the server closed the connection" },
        { "an empty packet", [[]], "HOST broke the protocol: an empty packet where a result was due." },
        { "a request for a file", [[0xFB, .. "/etc/passwd"u8]], "HOST broke the protocol: the server asked for a file of this machine (LOAD DATA LOCAL), which this driver never sends." },
        { "65535 columns", [[0xFC, 0xFF, 0xFF]], "HOST broke the protocol: a result has 65535 columns." },
        { "2^64 columns", [[0xFE, 255, 255, 255, 255, 255, 255, 255, 255]], "HOST broke the protocol: a result has 18446744073709551615 columns." },
        { "fewer columns than said", [[2], FakeServer.Column("a", 3), [0xFE, 0, 0, 2, 0, 0, 0]], "HOST broke the protocol: a packet of 7 bytes ends where 8 more should follow (at byte 1)." },
        { "a column cut short", [[1], FakeServer.Column("a", 3)[..8]], "HOST broke the protocol: a packet of 8 bytes ends where " },
        { "a column of no type", [[1], FakeServer.Column("a", 99)], "HOST broke the protocol: a column has the unknown type 99." },
        { "a row too short", [[2], FakeServer.Column("a", 253), FakeServer.Column("b", 253), [1, 65]], "HOST broke the protocol: a packet of 2 bytes ends where 1 more should follow (at byte 2)." },
        { "a row too long", [[1], FakeServer.Column("a", 253), [1, 65, 66]], "HOST broke the protocol: a row has 1 bytes more than its columns." },
        { "a value beyond its row", [[1], FakeServer.Column("a", 253), [250, 65]], "HOST broke the protocol: a packet of 2 bytes ends where 250 more should follow (at byte 1)." },
        { "rows without an end", [[1], FakeServer.Column("a", 253), [1, 65], [1, 65]], "The connection to HOST was lost after T s: the server closed the connection" },
        { "an end cut short", [[1], FakeServer.Column("a", 253), [1, 65], [0xFE, 0, 0]], "HOST broke the protocol: a packet of 3 bytes ends where 2 more should follow (at byte 3)." },
        { "an integer that is none", [[1], FakeServer.Column("a", 3), [2, 65, 66]], "HOST broke the protocol in the column 'a': 'AB' is not an integer." },
        { "a date that is none", [[1], FakeServer.Column("a", 12), [2, 65, 66]], "HOST broke the protocol in the column 'a': 'AB' is not a date." },
        { "a time that is none", [[1], FakeServer.Column("a", 11), [2, 65, 66]], "HOST broke the protocol in the column 'a': 'AB' is not a TIME." },
        { "a decimal that is none", [[1], FakeServer.Column("a", 246), [2, 65, 66]], "HOST broke the protocol in the column 'a': 'AB' is not a DECIMAL." },
        { "a bit of nine bytes", [[1], FakeServer.Column("a", 16), [9, 1, 1, 1, 1, 1, 1, 1, 1, 1]], "HOST broke the protocol in the column 'a': a BIT has 9 bytes." },
    };

    /// <summary>Answers to a prepared SELECT of one parameter: to PREPARE, and to EXECUTE.</summary>
    public static TheoryData<string, byte[][], byte[][], string> Prepared => new()
    {
        { "no statement", [[]], [], "HOST broke the protocol: a packet of 0 bytes ends where 1 more should follow (at byte 0)." },
        { "rows", [[1]], [], "HOST broke the protocol: a statement to prepare was answered with neither OK nor an error." },
        { "more parameters", [[0, 1, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0]], [], "HOST broke the protocol: the server found 2 parameters in a statement where the driver found 1." },
        { "a definition too few", [[0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0], FakeServer.Column("?", 253)], [], "The connection to HOST was lost after T s: the server closed the connection" },
        { "no null bitmap", PreparedOk, [[1], FakeServer.Column("a", 3), [0]], "HOST broke the protocol: a packet of 1 bytes ends where 1 more should follow (at byte 1)." },
        { "a row that begins with 1", PreparedOk, [[1], FakeServer.Column("a", 3), [1, 0]], "HOST broke the protocol: a row begins with something else than 0." },
        { "half an integer", PreparedOk, [[1], FakeServer.Column("a", 3), [0, 0, 1, 2]], "HOST broke the protocol: a packet of 4 bytes ends where 4 more should follow (at byte 2)." },
        { "a date of five bytes", PreparedOk, [[1], FakeServer.Column("a", 12), [0, 0, 5, 1, 2, 3, 4, 5]], "HOST broke the protocol: a DateTime in 'a' has 5 bytes." },
        { "a time of years", PreparedOk, [[1], FakeServer.Column("a", 11), [0, 0, 8, 0, 255, 255, 255, 255, 0, 0, 0]], "HOST broke the protocol in the column 'a': a TIME has 4294967295 days." },
        { "a bit of nine bytes", PreparedOk, [[1], FakeServer.Column("a", 16), [0, 0, 9, 1, 1, 1, 1, 1, 1, 1, 1, 1]], "HOST broke the protocol: a Bit in 'a' has 9 bytes." },
    };

    private static byte[][] PreparedOk => [[0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0], FakeServer.Column("?", 253), FakeServer.Column("a", 3)];

    [Theory]
    [MemberData(nameof(Greetings))]
    public async Task Greeting_Broken_IsAnException(string name, byte[] bytes, string message)
    {
        await using FakeServer server = new(client => client.SendAsync(bytes));
        await FailsAsync(server, name, message, MySqlFailurePhase.NotSent);
    }

    [Theory]
    [MemberData(nameof(LogIns))]
    public async Task LogIn_Broken_IsAnException(string name, byte[] bytes, string message)
    {
        await using FakeServer server = new(async client =>
        {
            await client.SendAsync(FakeServer.Greeting());
            await client.ReceiveAsync();
            await client.SendAsync(bytes);
        });
        await FailsAsync(server, name, message, MySqlFailurePhase.NotSent);
    }

    [Theory]
    [MemberData(nameof(Results))]
    public async Task Result_Broken_IsAnException(string name, byte[][] packets, string message)
    {
        await using FakeServer server = new(async client =>
        {
            await client.LogInAsync();
            await client.ReceiveAsync();
            await client.SendAsync(Numbered(packets));
        });
        await FailsAsync(server, name, message, MySqlFailurePhase.SentUnanswered);
    }

    [Theory]
    [MemberData(nameof(Prepared))]
    public async Task PreparedStatement_Broken_IsAnException(string name, byte[][] prepare, byte[][] execute, string message)
    {
        await using FakeServer server = new(async client =>
        {
            await client.LogInAsync();
            await client.ReceiveAsync();
            await client.SendAsync(Numbered(prepare));
            if (execute.Length == 0) return;

            await client.ReceiveAsync();
            await client.SendAsync(Numbered(execute));
        });
        // The execution goes out together with the statement to prepare: whatever the answer to the one, nobody knows about the other.
        await FailsAsync(server, name, message, MySqlFailurePhase.SentUnanswered, parameter: true);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Server_ThatSaysNothing_RunsIntoTheConnectionTimeout(bool async)
    {
        await using FakeServer server = new(client => client.ReceiveAsync());
        await using MySqlDataSource source = new(server.ConnectionString + "Connection Timeout=1");

        MySqlException late = await OpenFailsAsync(source, async);
        Assert.Matches(
            $"^127.0.0.1:{server.Port} did not answer in time: the connection timeout has run out after [12][.][0-9] s .1.0 s were left for this call.[.]$", late.Message);
        Assert.Equal((MySqlFailurePhase.NotSent, true), (late.Phase, late.IsTransient));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Server_ThatStopsInTheTlsHandshake_RunsIntoTheConnectionTimeout(bool async)
    {
        await using FakeServer server = new(async client =>
        {
            await client.SendAsync(FakeServer.Greeting());
            while ((await client.ReceiveAsync()).Length > 0)
            {
            }
        });
        string ca = Path.GetTempFileName();
        string folder = Directory.CreateTempSubdirectory("foobar-tls-").FullName;
        File.Copy(FooBar.Testing.MySqlCertificates.Create(folder).CaPath, ca, overwrite: true);
        await using MySqlDataSource source = new($"Server=127.0.0.1;Port={server.Port};User ID=u;Ssl Ca={ca};Connection Timeout=1");

        MySqlException late = await OpenFailsAsync(source, async);
        Assert.Contains("did not answer in time: the connection timeout has run out", late.Message, StringComparison.Ordinal);
        File.Delete(ca);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Server_ThatIsFull_TellsItsNumber()
    {
        await using FakeServer server = new(client => client.SendAsync(FakeServer.Frame(0, [0xFF, 0x10, 0x04, .. "Too many connections"u8])));
        await using MySqlDataSource source = new(server.ConnectionString);

        MySqlException refused = await OpenFailsAsync(source, async: true);
        Assert.Equal((1040, "Too many connections", MySqlFailurePhase.NotSent, true), (refused.Number, refused.Message, refused.Phase, refused.IsTransient));
    }

    [Fact]
    public async Task Server_ThatIsNotThere_IsAnException()
    {
        int port;
        await using (FakeServer server = new(_ => Task.CompletedTask)) port = server.Port;
        await using MySqlDataSource source = new($"Server=127.0.0.1;Port={port};User ID=u;Ssl Mode=None");

        foreach (bool async in new[] { true, false })
        {
            MySqlException refused = await OpenFailsAsync(source, async);
            Assert.StartsWith($"No connection to 127.0.0.1:{port} after T s: 127.0.0.1: Connection refused.", WithoutTime(refused.Message), StringComparison.Ordinal);
            Assert.Equal((MySqlFailurePhase.NotSent, true), (refused.Phase, refused.IsTransient));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Answer_GivenTwice_IsNotTakenForTheNextOne(bool async)
    {
        await using FakeServer server = new(async client =>
        {
            await client.LogInAsync();
            await client.ReceiveAsync();
            await client.SendAsync([.. FakeServer.Frame(1, FakeServer.Ok), .. FakeServer.Frame(1, FakeServer.Ok)]);
            await client.ReceiveAsync();
        });
        await using MySqlDataSource source = new(server.ConnectionString);
        await using (MySqlConnection connection = source.OpenConnection())
        {
            await using MySqlCommand command = new("DO 1", connection);
            command.ExecuteNonQuery();

            MySqlException refused = async
                ? await Assert.ThrowsAsync<MySqlException>(() => command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken))
                : Assert.Throws<MySqlException>(() => command.ExecuteNonQuery());
            Assert.Equal($"127.0.0.1:{server.Port} broke the protocol: the server sent bytes that answer nothing.", refused.Message);
            Assert.Equal((MySqlFailurePhase.NotSent, MySqlFailureReason.ProtocolViolation), (refused.Phase, refused.Reason));
        }

        Assert.Equal((0, 0), source.Pool.Count);
    }

    /// <summary>Its rows are the answer to a statement that was sent, whenever their connection is found to be lost.</summary>
    [Fact]
    public async Task Value_ThatIsNone_BreaksTheConnection()
    {
        await using FakeServer server = new(async client =>
        {
            await client.LogInAsync();
            await client.ReceiveAsync();
            await client.SendAsync(Numbered([[1], FakeServer.Column("a", 3), [2, 65, 66], [0xFE, 0, 0, 0x0A, 0, 0, 0], FakeServer.Ok]));
            await client.ReceiveAsync();
        });
        await using MySqlDataSource source = new(server.ConnectionString);
        await using (MySqlConnection connection = source.OpenConnection())
        {
            await using MySqlCommand command = new("CALL p()", connection);
            await using MySqlDataReader reader = command.ExecuteReader();
            Assert.True(reader.Read());
            Assert.Throws<MySqlException>(() => reader.GetInt32(0));
            Assert.Equal(System.Data.ConnectionState.Broken, connection.State);

            MySqlException lost = Assert.Throws<MySqlException>(() => reader.NextResult());
            Assert.Equal($"The connection to 127.0.0.1:{server.Port} was lost earlier; close it and open another.", lost.Message);
            Assert.Equal((MySqlFailurePhase.SentUnanswered, MySqlFailureReason.ConnectionLost), (lost.Phase, lost.Reason));
        }

        Assert.Equal((0, 0), source.Pool.Count);
    }

    private static async Task ReadAllAsync(MySqlDataSource source, bool async, bool prepared)
    {
        await using MySqlConnection connection = async ? await source.OpenConnectionAsync(TestContext.Current.CancellationToken) : source.OpenConnection();
        await using MySqlCommand command = new(prepared ? "SELECT @v" : "SELECT 1", connection) { CommandTimeout = 10 };
        if (prepared) command.Parameters.AddWithValue("v", "x");
        await using MySqlDataReader reader = async ? await command.ExecuteReaderAsync(TestContext.Current.CancellationToken) : command.ExecuteReader();
        do
        {
            while (async ? await reader.ReadAsync(TestContext.Current.CancellationToken) : reader.Read())
            {
                for (int ordinal = 0; ordinal < reader.FieldCount; ordinal++) reader.GetValue(ordinal);
            }
        }
        while (async ? await reader.NextResultAsync(TestContext.Current.CancellationToken) : reader.NextResult());
    }

    private static byte[] Numbered(byte[][] packets) => [.. packets.SelectMany((packet, index) => FakeServer.Frame(index + 1, packet))];

    private static async Task<MySqlException> OpenFailsAsync(MySqlDataSource source, bool async) => async
        ? await Assert.ThrowsAsync<MySqlException>(() => source.OpenConnectionAsync(TestContext.Current.CancellationToken).AsTask())
        : Assert.Throws<MySqlException>(source.OpenConnection);

    private static string WithoutTime(string message) => Elapsed().Replace(message, "after T s");

    [System.Text.RegularExpressions.GeneratedRegex("after [0-9]+[.][0-9] s")]
    private static partial System.Text.RegularExpressions.Regex Elapsed();

    private static async Task FailsAsync(FakeServer server, string name, string message, MySqlFailurePhase phase, bool parameter = false)
    {
        foreach (bool async in new[] { true, false })
        {
            await using MySqlDataSource source = new(server.ConnectionString);
            MySqlException failure = await Assert.ThrowsAsync<MySqlException>(() => ReadAllAsync(source, async, parameter));
            Assert.True(
                WithoutTime(failure.Message).StartsWith(message.Replace("HOST", $"127.0.0.1:{server.Port}", StringComparison.Ordinal), StringComparison.Ordinal),
                $"{name}: {failure.Message}");
            Assert.Equal((phase, 0), (failure.Phase, failure.Number));
            Assert.Equal((0, 0), source.Pool.Count);
        }
    }
}
