using System.Security.Cryptography;
using System.Text;
using Dapper;
using FooBar.MySql.Authentication;

namespace FooBar.MySql.Tests.Authentication;

/// <summary>A password that goes to the server without TLS: encrypted with the server's RSA key, or not at all.</summary>
public sealed class PublicKeyTests(MySqlServerFixture mysql) : IDisposable
{
    private const string Nonce = "12345678901234567890";

    // Made once, and not while a connection's time runs: on a busy machine a key takes seconds.
    private static readonly string Whole = Rsa(2_048);
    private static readonly string Small = Rsa(2_040);
    private static readonly string Tiny = Rsa(512);

    private readonly string _folder = Directory.CreateTempSubdirectory("foobar-keys-").FullName;

    /// <summary>What may come in place of a key, and what is said of it.</summary>
    public static TheoryData<string, string> BadKeys => new()
    {
        { "nothing", "it is no RSA public key in PEM form" },
        { "half a key", "it is no RSA public key in PEM form" },
        { "no key inside", "it is no RSA public key in PEM form" },
        { "an elliptic curve", "it is no RSA public key in PEM form" },
        { "two keys", "it is no RSA public key in PEM form" },
        { "512 bits", "it has 512 bits, and less than 2048 protect nothing" },
        { "2040 bits", "it has 2040 bits, and less than 2048 protect nothing" },
    };

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(true, "Allow Public Key Retrieval=true")]
    [InlineData(false, "Allow Public Key Retrieval=true")]
    [InlineData(true, "")]
    [InlineData(false, "")]
    public async Task Open_OfAnAccountThatTheServerHasNotCached_Works(bool async, string key)
    {
        string account = CreateAccount("pässword", key.Length == 0 ? $"Server RSA Public Key File={mysql.Server.RsaPublicKeyPath}" : key);
        await using MySqlDataSource source = mysql.CreateDataSource(account);
        await using MySqlConnection connection = async ? await source.OpenConnectionAsync(TestContext.Current.CancellationToken) : source.OpenConnection();

        Assert.Equal("", (await connection.QuerySingleAsync<(string, string)>("SHOW STATUS LIKE 'Ssl_version'")).Item2);
    }

    [Fact]
    public async Task Open_WithAWrongPassword_Is1045WhicheverWayItGoes()
    {
        foreach (string key in (string[])["Allow Public Key Retrieval=true", $"Server RSA Public Key File={mysql.Server.RsaPublicKeyPath}"])
        {
            await using MySqlDataSource source = mysql.CreateDataSource(CreateAccount("x", "Password=y;" + key));

            Assert.Equal(1045, Assert.Throws<MySqlException>(source.OpenConnection).Number);
        }
    }

    [Fact]
    public async Task Open_WithTheKeyOfAnotherServer_SaysThatTheKeyMayBeWrong()
    {
        string path = Write(Whole);
        string account = CreateAccount("x", $"Server RSA Public Key File={path}");
        await using MySqlDataSource source = mysql.CreateDataSource(account);

        MySqlException refused = Assert.Throws<MySqlException>(source.OpenConnection);
        Assert.Matches(
            $"^Access denied for user 'rsa[0-9a-f]+'@'[^']+' .using password: YES.; or the RSA key in '{path}' .'Server RSA Public Key File'. is not this server's$",
            refused.Message);
        Assert.Equal((1045, "28000", MySqlFailurePhase.NotSent, MySqlFailureReason.ServerError), (refused.Number, refused.SqlState, refused.Phase, refused.Reason));
    }

    [Fact]
    public async Task Open_WithAFileThatHoldsNoKey_SaysSo()
    {
        foreach ((string path, string why) in ((string, string)[])[
            ("/no/such/file", "The file '/no/such/file' of 'Server RSA Public Key File' cannot be used: Could not find a part of the path '/no/such/file'."),
            (_folder, $"The file '{_folder}' of 'Server RSA Public Key File' cannot be used: Access to the path '{_folder}' is denied."),
            .. BadKeys.Select(row =>
            {
                string key = Write(BadKey(row.Data.Item1), row.Data.Item1);
                return (key, $"The password of 'u' was not sent: the RSA key in '{key}' ('Server RSA Public Key File') cannot be used: {row.Data.Item2}.");
            })])
        {
            List<byte[]> answers = [];
            await using FakeServer server = new(async client =>
            {
                await client.SendAsync(FakeServer.Greeting());
                await client.ReceiveAsync();
                await client.SendAsync(FakeServer.Frame(2, [1, 4]));
                answers.Add(await client.ReceiveAsync());
            });
            await using MySqlDataSource source = new(server.ConnectionString + $"Password=p;Server RSA Public Key File={path}");

            Assert.Equal(why, Assert.Throws<MySqlException>(source.OpenConnection).Message);
            await server.DisposeAsync();
            Assert.Equal([[]], answers);
        }
    }

    [Theory]
    [MemberData(nameof(BadKeys))]
    public async Task Open_OfAServerThatSendsABadKey_GivesItNothing(string key, string why)
    {
        List<byte[]> answers = [];
        await using FakeServer server = new(async client =>
        {
            await client.SendAsync(FakeServer.Greeting());
            await client.ReceiveAsync();
            await client.SendAsync(FakeServer.Frame(2, [1, 4]));
            answers.Add(await client.ReceiveAsync());
            await client.SendAsync(FakeServer.Frame(4, [1, .. Encoding.ASCII.GetBytes(BadKey(key))]));
            answers.Add(await client.ReceiveAsync());
        });
        foreach (bool async in new[] { true, false })
        {
            await using MySqlDataSource source = new(server.ConnectionString + "Password=p;Allow Public Key Retrieval=true");
            MySqlException refused = async
                ? await Assert.ThrowsAsync<MySqlException>(() => source.OpenConnectionAsync(TestContext.Current.CancellationToken).AsTask())
                : Assert.Throws<MySqlException>(source.OpenConnection);
            Assert.Equal($"The password of 'u' was not sent: the RSA key that 127.0.0.1:{server.Port} sent cannot be used: {why}.", refused.Message);
            Assert.Equal((MySqlFailurePhase.NotSent, MySqlFailureReason.NotTrusted, false), (refused.Phase, refused.Reason, refused.IsTransient));
        }

        await server.DisposeAsync();
        Assert.Equal([[2], [], [2], []], answers);
    }

    /// <summary>Before the login's end nobody gets more of our memory than a login needs.</summary>
    [Fact]
    public async Task Open_OfAServerThatSendsAHugeKey_IsRefused()
    {
        await using FakeServer server = new(async client =>
        {
            await client.SendAsync(FakeServer.Greeting());
            await client.ReceiveAsync();
            await client.SendAsync(FakeServer.Frame(2, [1, 4]));
            await client.ReceiveAsync();
            await client.SendAsync([0x01, 0x00, 0x01, 4, 1]);
            await client.ReceiveAsync();
        });
        await using MySqlDataSource source = new(server.ConnectionString + "Password=p;Allow Public Key Retrieval=true");

        Assert.Equal($"127.0.0.1:{server.Port} broke the protocol: a packet is larger than 65536 bytes.", Assert.Throws<MySqlException>(source.OpenConnection).Message);
    }

    [Theory]
    [InlineData(2_048, 213)]
    [InlineData(3_072, 256)]
    public void Encrypt_OfAPassword_IsReadByTheKeysOwner(int bits, int length)
    {
        using RSA key = RSA.Create(bits);
        string password = new('x', length);

        byte[] clear = key.Decrypt(ServerPublicKey.Encrypt(key.ExportSubjectPublicKeyInfoPem(), password, Encoding.ASCII.GetBytes(Nonce)), RSAEncryptionPadding.OaepSHA1);
        for (int index = 0; index < clear.Length; index++) clear[index] ^= (byte)Nonce[index % Nonce.Length];
        Assert.Equal(password + "\0", Encoding.ASCII.GetString(clear));
    }

    [Fact]
    public void Encrypt_OfAPasswordBeyondTheKey_IsRefused() => Assert.Equal(
        "the password has 214 bytes, and it takes 213",
        Assert.Throws<CryptographicException>(() => ServerPublicKey.Encrypt(Whole, new string('x', 214), Encoding.ASCII.GetBytes(Nonce))).Message);

    private static string Rsa(int bits)
    {
        using RSA key = RSA.Create(bits);
        return key.ExportSubjectPublicKeyInfoPem() + "\n";
    }

    private static string Elliptic()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportSubjectPublicKeyInfoPem() + "\n";
    }

    /// <summary>A new account, which the server's cache cannot know; what to append to the server's connection string.</summary>
    private string CreateAccount(string password, string more)
    {
        string user = $"rsa{Guid.NewGuid():N}"[..20];
        using MySqlConnection connection = new(mysql.Server.ConnectionString);
        connection.Execute($"CREATE USER {user}@'%' IDENTIFIED BY '{password}'");
        return $"User ID={user};Password={password};Database=;Ssl Mode=None;{more}";
    }

    private static string BadKey(string name) => name switch
    {
        "nothing" => "",
        "half a key" => "-----BEGIN PUBLIC KEY-----\n",
        "no key inside" => "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        "an elliptic curve" => Elliptic(),
        "two keys" => Whole + Whole,
        "512 bits" => Tiny,
        _ => Small,
    };

    private string Write(string text, string name = "key")
    {
        string path = Path.Combine(_folder, name + ".pem");
        File.WriteAllText(path, text);
        return path;
    }
}
