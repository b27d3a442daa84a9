using Dapper;
using FooBar.Testing;

namespace FooBar.MySql.Tests;

public sealed class TlsTests(MySqlServerFixture mysql)
{
    [Theory]
    [InlineData("", true)]
    [InlineData("", false)]
    [InlineData("Server=localhost", true)]
    public async Task Open_WithTheRightAuthority_IsEncrypted(string more, bool async)
    {
        await using MySqlDataSource source = mysql.CreateDataSource(more);
        await using MySqlConnection connection = async
            ? await source.OpenConnectionAsync(TestContext.Current.CancellationToken)
            : source.OpenConnection();

        (string _, string version) = await connection.QuerySingleAsync<(string, string)>("SHOW STATUS LIKE 'Ssl_version'");
        Assert.Contains(version, (string[])["TLSv1.2", "TLSv1.3"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Open_WithAnotherAuthority_IsRefused(bool async)
    {
        string ca = mysql.Server.Certificates.WrongCaPath;

        await RefusedAsync($"Ssl Ca={ca}", async, $"No trusted connection to 127.0.0.1:{mysql.Server.Port}: its certificate is not trusted by '{ca}' (UntrustedRoot).");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Open_OfAHostThatTheCertificateDoesNotName_IsRefused(bool async) => await RefusedAsync(
        "Server=" + MySqlServer.UnnamedHost,
        async,
        $"No trusted connection to 127.0.0.2:{mysql.Server.Port}: its certificate is not for the host '127.0.0.2' but for localhost, 127.0.0.1, ::1.");

    [Fact]
    public async Task Open_WithoutTheFileOfTheAuthority_SaysSo()
    {
        await using MySqlDataSource source = mysql.CreateDataSource("Ssl Ca=/no/such/file");

        MySqlException refused = Assert.Throws<MySqlException>(source.OpenConnection);
        Assert.StartsWith("The file '/no/such/file' of 'Ssl Ca' cannot be used: ", refused.Message, StringComparison.Ordinal);
        Assert.Equal(MySqlFailurePhase.NotSent, refused.Phase);
    }

    [Fact]
    public async Task Open_OfAServerWithAnExpiredCertificate_IsRefused()
    {
        MySqlCertificates certificates = mysql.Server.Certificates;
        using System.Security.Cryptography.X509Certificates.X509Certificate2 expired =
            System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPemFile(certificates.ExpiredCertificatePath, certificates.ExpiredKeyPath);
        await using FakeServer server = new(async client =>
        {
            await client.SendAsync(FakeServer.Greeting());
            await client.ReceiveAsync();
            await client.StartTlsAsync(expired);
        });
        await using MySqlDataSource source = new($"Server=127.0.0.1;Port={server.Port};User ID=u;Ssl Ca={certificates.CaPath}");

        MySqlException refused = await Assert.ThrowsAsync<MySqlException>(() => source.OpenConnectionAsync(TestContext.Current.CancellationToken).AsTask());
        Assert.Equal($"No trusted connection to 127.0.0.1:{server.Port}: its certificate is not trusted by '{certificates.CaPath}' (NotTimeValid: it is for {expired.NotBefore.ToUniversalTime():u} to {expired.NotAfter.ToUniversalTime():u}).", refused.Message);
    }

    [Fact]
    public async Task Open_OfAServerThatOffersNoTls_IsRefusedBeforeThePasswordIsProved()
    {
        List<byte[]> received = [];
        await using FakeServer server = new(async client =>
        {
            await client.SendAsync(FakeServer.Greeting(withTls: false));
            received.Add(await client.ReceiveAsync());
        });
        await using MySqlDataSource source = new($"Server=127.0.0.1;Port={server.Port};User ID=u;Password=p;Ssl Ca={mysql.Server.Certificates.CaPath}");

        MySqlException refused = await Assert.ThrowsAsync<MySqlException>(() => source.OpenConnectionAsync(TestContext.Current.CancellationToken).AsTask());
        Assert.Equal(
            $"127.0.0.1:{server.Port} offers no TLS, and 'Ssl Mode' is VerifyFull. Give the server a certificate; or someone on the way has taken the offer out.",
            refused.Message);
        await server.DisposeAsync();
        Assert.All(received, Assert.Empty);
    }

    [Fact]
    public async Task Open_OfAServerThatSpeaksBeforeTls_IsRefused()
    {
        await using FakeServer server = new(client => client.SendAsync([.. FakeServer.Greeting(), .. FakeServer.Frame(1, FakeServer.Ok)]));
        await using MySqlDataSource source = new($"Server=127.0.0.1;Port={server.Port};User ID=u;Ssl Ca={mysql.Server.Certificates.CaPath}");

        MySqlException refused = await Assert.ThrowsAsync<MySqlException>(() => source.OpenConnectionAsync(TestContext.Current.CancellationToken).AsTask());
        Assert.Equal($"127.0.0.1:{server.Port} broke the protocol: the server sent more than its greeting before TLS.", refused.Message);
    }

    /// <summary>The runtime keeps a host's TLS session and takes it up again; whom we trust is asked each time.</summary>
    [Fact]
    public async Task Open_OfAHostKnownFromEarlier_ResumesItsSessionAndVerifiesAgain()
    {
        await using MySqlDataSource source = mysql.CreateDataSource("Server=localhost");
        await using MySqlConnection first = source.OpenConnection();
        await using MySqlConnection second = source.OpenConnection();
        Assert.Equal("1", (await second.QuerySingleAsync<(string, string)>("SHOW SESSION STATUS LIKE 'Ssl_sessions_reused'")).Item2);

        string ca = mysql.Server.Certificates.WrongCaPath;
        await RefusedAsync(
            $"Server=localhost;Ssl Ca={ca}", true, $"No trusted connection to localhost:{mysql.Server.Port}: its certificate is not trusted by '{ca}' (UntrustedRoot).");
    }

    [Theory]
    [InlineData("X509")]
    [InlineData("SUBJECT '/CN=client'")]
    [InlineData("ISSUER '/CN=test CA'")]
    public async Task Open_WithAClientCertificate_SatisfiesAnAccountThatRequiresIt(string requirement)
    {
        string user = $"certified{Guid.NewGuid():N}"[..20];
        Administer($"CREATE USER {user}@'%' IDENTIFIED BY 'x' REQUIRE {requirement}");
        MySqlCertificates files = mysql.Server.Certificates;
        string account = $"User ID={user};Password=x;Database=;";
        await using MySqlDataSource without = mysql.CreateDataSource(account);
        await using MySqlDataSource with = mysql.CreateDataSource($"{account}Ssl Cert={files.ClientCertificatePath};Ssl Key={files.ClientKeyPath}");

        Assert.Equal(1045, Assert.Throws<MySqlException>(without.OpenConnection).Number);
        await using MySqlConnection certified = await with.OpenConnectionAsync(TestContext.Current.CancellationToken);
        Assert.Equal($"{user}@%", await certified.ExecuteScalarAsync<string>("SELECT CURRENT_USER()"));
    }

    [Theory]
    [InlineData("SUBJECT '/CN=another'")]
    [InlineData("ISSUER '/CN=another'")]
    public async Task Open_WithAnotherClientCertificateThanTheAccountRequires_Is1045(string requirement)
    {
        string user = $"certified{Guid.NewGuid():N}"[..20];
        Administer($"CREATE USER {user}@'%' IDENTIFIED BY 'x' REQUIRE {requirement}");
        MySqlCertificates files = mysql.Server.Certificates;
        await using MySqlDataSource source = mysql.CreateDataSource(
            $"User ID={user};Password=x;Database=;Ssl Cert={files.ClientCertificatePath};Ssl Key={files.ClientKeyPath}");

        Assert.Equal(1045, Assert.Throws<MySqlException>(source.OpenConnection).Number);
    }

    private void Administer(string sql)
    {
        using MySqlConnection connection = new(mysql.Server.ConnectionString);
        connection.Execute(sql);
    }

    private async Task RefusedAsync(string more, bool async, string message)
    {
        await using MySqlDataSource source = mysql.CreateDataSource(more);
        MySqlException refused = async
            ? await Assert.ThrowsAsync<MySqlException>(() => source.OpenConnectionAsync(TestContext.Current.CancellationToken).AsTask())
            : Assert.Throws<MySqlException>(source.OpenConnection);
        Assert.Equal(message, refused.Message);
        Assert.Equal((MySqlFailurePhase.NotSent, 0, false), (refused.Phase, refused.Number, refused.IsTransient));
        Assert.Equal((0, 0), source.Pool.Count);
    }
}
