using System.Collections;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace FooBar.MySql;

/// <summary>
/// The settings of a connection. An unknown key, and a value out of its range, throw <see cref="ArgumentException"/> at once and are
/// named in it; what crosses two keys is checked when the connection string is used.
/// </summary>
[SuppressMessage("Design", "CA1010", Justification = "ADO.NET's base class is not generic.")]
public sealed class MySqlConnectionStringBuilder : DbConnectionStringBuilder
{
    internal const string PasswordKey = "Password";

    private static readonly Key[] Known =
    [
        Key.Text("Server"),
        Key.Number("Port", 3306, 1, 65535),
        Key.Text("User ID"),
        Key.Text(PasswordKey),
        Key.Text("Password File"),
        Key.Text("Database"),
        Key.Choice("Ssl Mode", MySqlSslMode.VerifyFull),
        Key.Text("Ssl Ca"),
        Key.Text("Ssl Cert"),
        Key.Text("Ssl Key"),
        Key.Number("Maximum Pool Size", 100, 1, 10_000),
        Key.Number("Minimum Pool Size", 0, 0, 10_000),
        Key.Number("Connection Timeout", 15, 1, 3_600),
        Key.Number("Default Command Timeout", 30, 0, 86_400),
        Key.Text("Application Name"),
    ];

    /// <summary>Begins with every setting at its default.</summary>
    public MySqlConnectionStringBuilder()
    {
    }

    /// <summary>Begins with the settings of a connection string.</summary>
    /// <exception cref="ArgumentException">An unknown key or a bad value.</exception>
    public MySqlConnectionStringBuilder(string connectionString) => ConnectionString = connectionString;

    /// <summary>Host name or IP address; the name that the server's certificate must carry. Required.</summary>
    public string Server
    {
        get => Text("Server");
        set => this["Server"] = value;
    }

    /// <summary>TCP port, 1 to 65535; default 3306.</summary>
    public int Port
    {
        get => Number("Port");
        set => this["Port"] = value;
    }

    /// <summary>The MySQL account. Required.</summary>
    [SuppressMessage("Naming", "CA1709", Justification = "The key is called User ID in every ADO.NET provider.")]
    public string UserID
    {
        get => Text("User ID");
        set => this["User ID"] = value;
    }

    /// <summary>The account's password; default none. Never part of a connection's own ConnectionString.</summary>
    public string Password
    {
        get => Text(PasswordKey);
        set => this[PasswordKey] = value;
    }

    /// <summary>A file whose first line is the password, read at every physical connection; default none.</summary>
    public string PasswordFile
    {
        get => Text("Password File");
        set => this["Password File"] = value;
    }

    /// <summary>The schema that statements are about where they name none; default none.</summary>
    public string Database
    {
        get => Text("Database");
        set => this["Database"] = value;
    }

    /// <summary>Whether TLS is used; default <see cref="MySqlSslMode.VerifyFull"/>.</summary>
    public MySqlSslMode SslMode
    {
        get => Enum.Parse<MySqlSslMode>(Value("Ssl Mode"));
        set => this["Ssl Mode"] = value;
    }

    /// <summary>PEM file of the certificate authorities to trust, and no others; required with VerifyFull.</summary>
    public string SslCa
    {
        get => Text("Ssl Ca");
        set => this["Ssl Ca"] = value;
    }

    /// <summary>PEM file of the client's certificate, where the account requires one; default none.</summary>
    public string SslCert
    {
        get => Text("Ssl Cert");
        set => this["Ssl Cert"] = value;
    }

    /// <summary>PEM file of the private key of <see cref="SslCert"/>; default none.</summary>
    public string SslKey
    {
        get => Text("Ssl Key");
        set => this["Ssl Key"] = value;
    }

    /// <summary>Most connections that a data source holds at a time, 1 to 10,000; default 100.</summary>
    public int MaximumPoolSize
    {
        get => Number("Maximum Pool Size");
        set => this["Maximum Pool Size"] = value;
    }

    /// <summary>Idle connections that are kept however long they are idle, 0 to 10,000; default 0. They are not opened in advance.</summary>
    public int MinimumPoolSize
    {
        get => Number("Minimum Pool Size");
        set => this["Minimum Pool Size"] = value;
    }

    /// <summary>
    /// Seconds for opening a connection, 1 to 3,600; default 15. It covers the wait for the pool, the connect, TLS and the authentication.
    /// </summary>
    public int ConnectionTimeout
    {
        get => Number("Connection Timeout");
        set => this["Connection Timeout"] = value;
    }

    /// <summary>Seconds that a command may wait for the server unless it says otherwise, 0 to 86,400; default 30; 0 is for ever.</summary>
    public int DefaultCommandTimeout
    {
        get => Number("Default Command Timeout");
        set => this["Default Command Timeout"] = value;
    }

    /// <summary>What performance_schema.session_connect_attrs shows as program_name; default none.</summary>
    public string ApplicationName
    {
        get => Text("Application Name");
        set => this["Application Name"] = value;
    }

    /// <inheritdoc />
    public override bool IsFixedSize => true;

    /// <inheritdoc />
    public override ICollection Keys => Array.ConvertAll(Known, key => key.Name);

    /// <summary>A setting by its key; its default when it was not set. Null sets it back to the default.</summary>
    /// <exception cref="ArgumentException">An unknown key or a bad value.</exception>
    [AllowNull]
    public override object this[string keyword]
    {
        get => Value(Find(keyword).Name);
        set
        {
            Key key = Find(keyword);
            base[key.Name] = value is null ? null : key.Check(Convert.ToString(value, CultureInfo.InvariantCulture) ?? string.Empty);
        }
    }

    /// <inheritdoc />
    public override bool ContainsKey(string keyword) => Known.Any(key => key.Is(keyword));

    /// <inheritdoc />
    public override bool Remove(string keyword) => Known.FirstOrDefault(key => key.Is(keyword)) is { } key && base.Remove(key.Name);

    private static Key Find(string keyword) => Known.FirstOrDefault(key => key.Is(keyword)) ?? throw new ArgumentException(
        $"The connection string has the unknown key '{keyword}'. Known are: {string.Join(", ", Known.Select(key => key.Name))}.",
        nameof(keyword));

    private string Text(string name) => Value(name);

    private int Number(string name) => int.Parse(Value(name), CultureInfo.InvariantCulture);

    private string Value(string name) => base.TryGetValue(name, out object? value) ? (string)value : Find(name).Default;

    /// <summary>One key: its default, and how a value of it is checked and brought to one form.</summary>
    private sealed record Key(string Name, string Default, Func<string, string?> Normalize, string Expected)
    {
        public static Key Text(string name) => new(name, string.Empty, value => value, "text");

        public static Key Number(string name, int standard, int least, int most) => new(
            name,
            standard.ToString(CultureInfo.InvariantCulture),
            value => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most
                ? number.ToString(CultureInfo.InvariantCulture)
                : null,
            $"a whole number from {least} to {most}");

        public static Key Choice<T>(string name, T standard)
            where T : struct, Enum => new(
            name,
            standard.ToString(),
            value => Enum.GetNames<T>().FirstOrDefault(known => known.Equals(value, StringComparison.OrdinalIgnoreCase)),
            "one of " + string.Join(", ", Enum.GetNames<T>()));

        public bool Is(string keyword) => Name.Equals(keyword, StringComparison.OrdinalIgnoreCase);

        public string Check(string value) => Normalize(value)
            ?? throw new ArgumentException($"The connection string's '{Name}' is '{value}'; it must be {Expected}.", nameof(value));
    }
}
