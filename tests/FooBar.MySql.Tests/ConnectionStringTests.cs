namespace FooBar.MySql.Tests;

public sealed class ConnectionStringTests
{
    [Theory]
    [InlineData("Sever=x", "The connection string has the unknown key 'sever'. Known are: Server, Port, User ID, Password, Password File, Database, Ssl Mode, Ssl Ca, Ssl Cert, Ssl Key, Maximum Pool Size, Minimum Pool Size, Connection Timeout, Default Command Timeout, Application Name. (Parameter 'keyword')")]
    [InlineData("Port=0", "The connection string's 'Port' is '0'; it must be a whole number from 1 to 65535. (Parameter 'value')")]
    [InlineData("Port=65536", "The connection string's 'Port' is '65536'; it must be a whole number from 1 to 65535. (Parameter 'value')")]
    [InlineData("Port=-1", "The connection string's 'Port' is '-1'; it must be a whole number from 1 to 65535. (Parameter 'value')")]
    [InlineData("Maximum Pool Size=0", "The connection string's 'Maximum Pool Size' is '0'; it must be a whole number from 1 to 10000. (Parameter 'value')")]
    [InlineData("Connection Timeout=0", "The connection string's 'Connection Timeout' is '0'; it must be a whole number from 1 to 3600. (Parameter 'value')")]
    [InlineData("Connection Timeout=1.5", "The connection string's 'Connection Timeout' is '1.5'; it must be a whole number from 1 to 3600. (Parameter 'value')")]
    [InlineData("Default Command Timeout=86401", "The connection string's 'Default Command Timeout' is '86401'; it must be a whole number from 0 to 86400. (Parameter 'value')")]
    [InlineData("Ssl Mode=Preferred", "The connection string's 'Ssl Mode' is 'Preferred'; it must be one of VerifyFull, None. (Parameter 'value')")]
    [InlineData("Ssl Mode=1", "The connection string's 'Ssl Mode' is '1'; it must be one of VerifyFull, None. (Parameter 'value')")]
    [InlineData("User ID=u", "The connection string cannot be used: 'Server' is missing.")]
    [InlineData("Server=s", "The connection string cannot be used: 'User ID' is missing.")]
    [InlineData("Server=s;User ID=u", "The connection string cannot be used: 'Ssl Mode' is VerifyFull, which needs 'Ssl Ca', the PEM file of the authority to trust.")]
    [InlineData("Server=s;User ID=u;Ssl Ca=c;Ssl Key=k", "The connection string cannot be used: 'Ssl Cert' and 'Ssl Key' are given together or not at all.")]
    [InlineData("Server=s;User ID=u;Ssl Ca=c;Password=p;Password File=f", "The connection string cannot be used: Give 'Password' or 'Password File', not both.")]
    [InlineData("Server=s;User ID=u;Ssl Ca=c;Minimum Pool Size=3;Maximum Pool Size=2", "The connection string cannot be used: 'Minimum Pool Size' 3 is above 'Maximum Pool Size' 2.")]
    public void ConnectionString_ThatCannotBeUsed_SaysWhy(string connectionString, string message)
    {
        Assert.Equal(message, Assert.Throws<ArgumentException>(() => new MySqlDataSource(connectionString)).Message);
        Assert.Equal(message, Assert.Throws<ArgumentException>(() => new MySqlConnection(connectionString)).Message);
    }

    [Fact]
    public void Builder_WithNothingSet_HasTheDefaults()
    {
        MySqlConnectionStringBuilder builder = new();

        Assert.Equal(
            ("", 3306, "", "", "", "", MySqlSslMode.VerifyFull, "", "", "", 100, 0, 15, 30, ""),
            (builder.Server, builder.Port, builder.UserID, builder.Password, builder.PasswordFile, builder.Database, builder.SslMode,
                builder.SslCa, builder.SslCert, builder.SslKey, builder.MaximumPoolSize, builder.MinimumPoolSize, builder.ConnectionTimeout,
                builder.DefaultCommandTimeout, builder.ApplicationName));
        Assert.Equal(3306, int.Parse((string)builder["port"], System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public void Builder_SetAndParsedAgain_IsTheSame()
    {
        MySqlConnectionStringBuilder builder = new()
        {
            Server = "db",
            Port = 1,
            UserID = "u",
            Password = "a;b'c\"d=",
            Database = "d",
            SslMode = MySqlSslMode.None,
            SslCa = "c",
            SslCert = "e",
            SslKey = "k",
            MaximumPoolSize = 10_000,
            MinimumPoolSize = 1,
            ConnectionTimeout = 3_600,
            DefaultCommandTimeout = 0,
            ApplicationName = "n",
        };
        MySqlConnectionStringBuilder parsed = new(builder.ConnectionString.Replace("Ssl Mode=None", "SSL MODE=none", StringComparison.Ordinal));

        Assert.True(builder.EquivalentTo(parsed));
        Assert.Equal("a;b'c\"d=", parsed.Password);
        Assert.Equal(MySqlSslMode.None, parsed.SslMode);
        parsed["Port"] = null;
        Assert.Equal(3306, parsed.Port);
    }

    [Fact]
    public async Task ConnectionString_OfADataSource_HasNoPassword()
    {
        await using MySqlDataSource source = new("Server=s;User ID=u;Password=secret;Ssl Mode=None");
        await using MySqlConnection connection = source.CreateConnection();

        Assert.Equal("Server=s;User ID=u;Ssl Mode=None", source.ConnectionString);
        Assert.Equal(source.ConnectionString, connection.ConnectionString);
        Assert.Throws<InvalidOperationException>(() => connection.ConnectionString = "Server=t;User ID=u;Ssl Mode=None");
    }

    [Fact]
    public void Factory_MakesEveryObject()
    {
        MySqlClientFactory factory = MySqlClientFactory.Instance;

        Assert.IsType<MySqlConnection>(factory.CreateConnection());
        Assert.IsType<MySqlCommand>(factory.CreateCommand());
        Assert.IsType<MySqlParameter>(factory.CreateParameter());
        Assert.IsType<MySqlConnectionStringBuilder>(factory.CreateConnectionStringBuilder());
        using System.Data.Common.DbDataSource source = factory.CreateDataSource("Server=s;User ID=u;Ssl Mode=None");
        Assert.IsType<MySqlDataSource>(source);
        Assert.Same(factory, System.Data.Common.DbProviderFactories.GetFactory(source.CreateConnection()));
    }
}
