using System.Globalization;
using System.Reflection;
using FooBar.MySql.Configuration;

namespace FooBar.MySql.Tests;

public sealed class ConnectionStringTests
{
    private const string Tcp = "Server=s;User ID=u;Ssl Mode=None;";
    private const string Unix = "Socket=/s;User ID=u;";
    private const string Tls = "Server=s;User ID=u;Ssl Ca=c;";

    /// <summary>Every key: its default, values as they are written and read back, values that are refused, and what the refusal says.</summary>
    public static TheoryData<string, string, (string Written, string Read)[], string[], string> Keys => new()
    {
        Text("Server"),
        Number("Port", 3306, 1, 65535),
        Text("Socket"),
        Text("User ID"),
        Text("Password"),
        Text("Password File"),
        Text("Database"),
        Choice("Ssl Mode", "VerifyFull", "None"),
        Text("Ssl Ca"),
        Text("Ssl Cert"),
        Text("Ssl Key"),
        Text("Server RSA Public Key File"),
        Flag("Allow Public Key Retrieval", "False"),
        Number("Keepalive", 30, 0, 7_200),
        Number("Maximum Pool Size", 100, 1, 10_000),
        Number("Minimum Pool Size", 0, 0, 10_000),
        Number("Connection Idle Timeout", 180, 1, 86_400),
        Number("Connection Lifetime", 3_600, 0, 604_800),
        Choice("Connection Reset", "WhenNeeded", "Always", "Never"),
        Number("Connection Timeout", 15, 1, 3_600),
        Number("Default Command Timeout", 30, 0, 86_400),
        Number("Cancellation Timeout", 2, 0, 60),
        Number("Statement Cache Size", 128, 0, 4_096),
        Choice("Zero Dates", "Error", "Null", "MinValue"),
        Choice("Guid Format", "None", "Binary16"),
        Flag("Trace Context", "True"),
        Text("Application Name"),
    };

    [Fact]
    public void Keys_AreAllInTheTable() =>
        Assert.Equal(new MySqlConnectionStringBuilder().Keys.Cast<string>(), Keys.Select(row => row.Data.Item1));

    [Theory]
    [MemberData(nameof(Keys))]
    public void Key_Taken_IsReadBack(string key, string standard, (string Written, string Read)[] taken, string[] refused, string expected)
    {
        _ = (refused, expected);
        PropertyInfo property = typeof(MySqlConnectionStringBuilder).GetProperty(
            key.Replace(" ", "", StringComparison.Ordinal), BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase)!;
        Assert.Equal(standard, new MySqlConnectionStringBuilder()[key]);
        Assert.Equal(standard, Convert.ToString(property.GetValue(new MySqlConnectionStringBuilder()), CultureInfo.InvariantCulture));
        foreach ((string written, string read) in taken)
        {
            // By the key in any case, then by the property, then out of a string.
            MySqlConnectionStringBuilder byKey = new() { [key.ToUpperInvariant()] = written };
            MySqlConnectionStringBuilder byProperty = new();
            property.SetValue(byProperty, property.GetValue(byKey));
            MySqlConnectionStringBuilder parsed = new(byProperty.ConnectionString);
            Assert.Equal(read, parsed[key.ToLowerInvariant()]);
            Assert.True(parsed.EquivalentTo(byKey), key);

            parsed[key] = null;
            Assert.Equal(("", standard), (parsed.ConnectionString, parsed[key]));
            Assert.False(parsed.Remove(key));
        }
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void Key_Refused_IsNamed(string key, string standard, (string Written, string Read)[] taken, string[] refused, string expected)
    {
        _ = (standard, taken);
        foreach (string value in refused)
        {
            string message = $"The connection string's '{key}' is '{value}'; it must be {expected}. (Parameter 'value')";
            Assert.Equal(message, Assert.Throws<ArgumentException>(() => new MySqlConnectionStringBuilder()[key] = value).Message);
            if (value.Length == 0) continue; // in a string it is: not given

            string connectionString = $"Server=s;User ID=u;Ssl Ca=c;{key}='{value}'";
            Assert.Equal(message, Assert.Throws<ArgumentException>(() => new MySqlDataSource(connectionString)).Message);
            Assert.Equal(message, Assert.Throws<ArgumentException>(() => new MySqlConnection(connectionString)).Message);
        }
    }

    [Theory]
    [InlineData("Sever=x", "The connection string has the unknown key 'sever'. Known are: Server, Port, Socket, User ID, Password, Password File, Database, Ssl Mode, Ssl Ca, Ssl Cert, Ssl Key, Server RSA Public Key File, Allow Public Key Retrieval, Keepalive, Maximum Pool Size, Minimum Pool Size, Connection Idle Timeout, Connection Lifetime, Connection Reset, Connection Timeout, Default Command Timeout, Cancellation Timeout, Statement Cache Size, Zero Dates, Guid Format, Trace Context, Application Name. (Parameter 'keyword')")]
    [InlineData("User ID=u", "The connection string cannot be used: 'Server' is missing.")]
    [InlineData("Server=s", "The connection string cannot be used: 'User ID' is missing.")]
    [InlineData("Server=s;User ID=u", "The connection string cannot be used: 'Ssl Mode' is VerifyFull, which needs 'Ssl Ca', the PEM file of the authority to trust.")]
    [InlineData(Tls + "Ssl Key=k", "The connection string cannot be used: 'Ssl Cert' and 'Ssl Key' are given together or not at all.")]
    [InlineData(Tls + "Ssl Cert=k", "The connection string cannot be used: 'Ssl Cert' and 'Ssl Key' are given together or not at all.")]
    [InlineData(Tls + "Password=p;Password File=f", "The connection string cannot be used: Give 'Password' or 'Password File', not both.")]
    [InlineData(Tls + "Minimum Pool Size=3;Maximum Pool Size=2", "The connection string cannot be used: 'Minimum Pool Size' 3 is above 'Maximum Pool Size' 2.")]
    [InlineData(Tls + "Minimum Pool Size=101", "The connection string cannot be used: 'Minimum Pool Size' 101 is above 'Maximum Pool Size' 100.")]
    [InlineData(Tls + "Server RSA Public Key File=f", "The connection string cannot be used: 'Server RSA Public Key File' is for a connection that nothing protects, and TLS ('Ssl Mode' is VerifyFull) does.")]
    [InlineData(Tls + "Allow Public Key Retrieval=true", "The connection string cannot be used: 'Allow Public Key Retrieval' is for a connection that nothing protects, and TLS ('Ssl Mode' is VerifyFull) does.")]
    [InlineData(Unix + "Server RSA Public Key File=f", "The connection string cannot be used: 'Server RSA Public Key File' is for a connection that nothing protects, and a Unix socket ('Socket') does.")]
    [InlineData(Unix + "Allow Public Key Retrieval=true", "The connection string cannot be used: 'Allow Public Key Retrieval' is for a connection that nothing protects, and a Unix socket ('Socket') does.")]
    [InlineData(Tcp + "Server RSA Public Key File=f;Allow Public Key Retrieval=true", "The connection string cannot be used: Give 'Server RSA Public Key File' or 'Allow Public Key Retrieval', not both.")]
    [InlineData(Unix + "Server=s", "The connection string cannot be used: Give 'Socket' or 'Server', not both.")]
    [InlineData(Unix + "Port=3306", "The connection string cannot be used: Give 'Socket' or 'Port', not both.")]
    [InlineData(Unix + "Keepalive=0", "The connection string cannot be used: Give 'Socket' or 'Keepalive', not both.")]
    [InlineData(Unix + "Ssl Mode=VerifyFull;Ssl Ca=c", "The connection string cannot be used: 'Ssl Mode' is VerifyFull, and 'Socket' has no host that a certificate could name; it does not leave this machine and needs no TLS.")]
    [InlineData(Unix + "Ssl Ca=c", "The connection string cannot be used: 'Ssl Ca', 'Ssl Cert' and 'Ssl Key' are for TLS, which 'Socket' does not use.")]
    [InlineData(Unix + "Ssl Cert=c;Ssl Key=k", "The connection string cannot be used: 'Ssl Ca', 'Ssl Cert' and 'Ssl Key' are for TLS, which 'Socket' does not use.")]
    [InlineData("User ID=u;Socket=/0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789ééé8", "The connection string cannot be used: 'Socket' is longer than the 107 bytes that the path of a Unix socket can have.")]
    public void ConnectionString_ThatCannotBeUsed_SaysWhy(string connectionString, string message)
    {
        Assert.Equal(message, Assert.Throws<ArgumentException>(() => new MySqlDataSource(connectionString)).Message);
        Assert.Equal(message, Assert.Throws<ArgumentException>(() => new MySqlConnection(connectionString)).Message);
    }

    [Theory]
    [InlineData(Tcp + "Ssl Ca=c;Ssl Cert=e;Ssl Key=k", "s:3306", MySqlSslMode.None)]
    [InlineData(Tcp + "Allow Public Key Retrieval=true", "s:3306", MySqlSslMode.None)]
    [InlineData(Tls + "Allow Public Key Retrieval=false;Port=1", "s:1", MySqlSslMode.VerifyFull)]
    [InlineData(Tls + "Server=::1", "[::1]:3306", MySqlSslMode.VerifyFull)]
    [InlineData(Tls + "Minimum Pool Size=100", "s:3306", MySqlSslMode.VerifyFull)]
    [InlineData(Unix, "/s", MySqlSslMode.None)]
    [InlineData(Unix + "Ssl Mode=None;Ssl Ca=c", "/s", MySqlSslMode.None)]
    [InlineData(Tls + "Server=;Ssl Ca=;Socket=/s", "/s", MySqlSslMode.None)]
    [InlineData("User ID=u;Socket=/0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789éé89", "/0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789éé89", MySqlSslMode.None)]
    public async Task ConnectionString_OnTheEdge_IsTaken(string connectionString, string endpoint, MySqlSslMode mode)
    {
        await using MySqlDataSource source = new(connectionString);
        await using MySqlConnection connection = source.CreateConnection();

        Assert.Equal((endpoint, mode), (connection.DataSource, ConnectionOptions.Parse(connectionString).SslMode));
    }

    [Fact]
    public void Builder_SetAndParsedAgain_IsTheSame()
    {
        MySqlConnectionStringBuilder builder = new() { Server = "db", UserID = "u", Password = "a;b'c\"d=", SslMode = MySqlSslMode.None };
        MySqlConnectionStringBuilder parsed = new(builder.ConnectionString.Replace("Ssl Mode=None", "SSL MODE=none", StringComparison.Ordinal));

        Assert.True(builder.EquivalentTo(parsed));
        Assert.Equal("a;b'c\"d=", parsed.Password);
        Assert.Equal(MySqlSslMode.None, parsed.SslMode);
    }

    /// <summary>In the protocol a NUL ends a name: what stands behind it would be taken for something else.</summary>
    [Theory]
    [InlineData("User ID")]
    [InlineData("Password")]
    [InlineData("Database")]
    public void ConnectionString_WithNul_IsRefused(string key)
    {
        ArgumentException refused = Assert.Throws<ArgumentException>(() => new MySqlConnectionStringBuilder(Tcp)[key] = "a\0b");
        Assert.Equal($"The value contains embedded nulls (\\\\u0000). (Parameter '{key}')", refused.Message);
        Assert.Throws<ArgumentException>(() => new MySqlDataSource(Tcp + $"{key}=a\0b"));
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

    private static TheoryDataRow<string, string, (string Written, string Read)[], string[], string> Text(string key) =>
        new(key, "", [("x", "x"), (" ä;'\"= ", " ä;'\"= ")], [], "");

    private static TheoryDataRow<string, string, (string Written, string Read)[], string[], string> Number(string key, int standard, int least, int most) => new(
        key,
        standard.ToString(CultureInfo.InvariantCulture),
        [($"{least}", $"{least}"), ($"{most}", $"{most}"), ($"00{most}", $"{most}")],
        [$"{least - 1}", $"{most + 1L}", "1.5", "1,000", "1e1", "+5", "0x10", " 5", "five", "99999999999999999999", "-1", ""],
        $"a whole number from {least} to {most}");

    private static TheoryDataRow<string, string, (string Written, string Read)[], string[], string> Flag(string key, string standard) =>
        new(key, standard, [("true", "True"), ("FALSE", "False"), ("False", "False")], ["yes", "no", "1", "0", "on", ""], "true or false");

    /// <param name="key">The key.</param>
    /// <param name="names">The default first.</param>
    private static TheoryDataRow<string, string, (string Written, string Read)[], string[], string> Choice(string key, params string[] names) => new(
        key,
        names[0],
        [.. names.Select(name => (name, name)), .. names.Select(name => (name.ToUpperInvariant(), name))],
        ["Preferred", "0", "1", $"{names[0]},{names[1]}", $" {names[0]}", ""],
        "one of " + string.Join(", ", names));
}
