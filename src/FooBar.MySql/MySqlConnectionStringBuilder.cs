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
        Key.Text("Socket"),
        Key.Text("User ID"),
        Key.Text(PasswordKey),
        Key.Text("Password File"),
        Key.Text("Database"),
        Key.Choice("Ssl Mode", MySqlSslMode.VerifyFull),
        Key.Text("Ssl Ca"),
        Key.Text("Ssl Cert"),
        Key.Text("Ssl Key"),
        Key.Text("Server RSA Public Key File"),
        Key.Flag("Allow Public Key Retrieval", false),
        Key.Number("Keepalive", 30, 0, 7_200),
        Key.Number("Maximum Pool Size", 100, 1, 10_000),
        Key.Number("Minimum Pool Size", 0, 0, 10_000),
        Key.Number("Connection Idle Timeout", 180, 1, 86_400),
        Key.Number("Connection Lifetime", 3_600, 0, 604_800),
        Key.Choice("Connection Reset", MySqlConnectionReset.WhenNeeded),
        Key.Number("Connection Timeout", 15, 1, 3_600),
        Key.Number("Default Command Timeout", 30, 0, 86_400),
        Key.Number("Cancellation Timeout", 2, 0, 60),
        Key.Number("Statement Cache Size", 128, 0, 4_096),
        Key.Choice("Zero Dates", MySqlZeroDates.Error),
        Key.Choice("Guid Format", MySqlGuidFormat.None),
        Key.Flag("Trace Context", true),
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

    /// <summary>Path of the server's Unix socket, in place of <see cref="Server"/> and <see cref="Port"/>; default none.</summary>
    public string Socket
    {
        get => Text("Socket");
        set => this["Socket"] = value;
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

    /// <summary>
    /// Whether TLS is used; default <see cref="MySqlSslMode.VerifyFull"/>, and <see cref="MySqlSslMode.None"/> with <see cref="Socket"/>,
    /// which leaves no other choice.
    /// </summary>
    public MySqlSslMode SslMode
    {
        get => Socket.Length > 0 && !ShouldSerialize("Ssl Mode") ? MySqlSslMode.None : Enum.Parse<MySqlSslMode>(Value("Ssl Mode"));
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

    /// <summary>
    /// PEM file of the server's RSA key, with which a password is encrypted that goes to the server without TLS; default none. The server
    /// writes it as public_key.pem into its data directory.
    /// </summary>
    public string ServerRsaPublicKeyFile
    {
        get => Text("Server RSA Public Key File");
        set => this["Server RSA Public Key File"] = value;
    }

    /// <summary>
    /// Whether the server is asked for its RSA key when it wants the password and there is no TLS; default false. Nothing vouches for a key
    /// that came this way: whoever sits in between can send his own and learn the password.
    /// </summary>
    public bool AllowPublicKeyRetrieval
    {
        get => Flag("Allow Public Key Retrieval");
        set => this["Allow Public Key Retrieval"] = value;
    }

    /// <summary>Seconds of silence after which TCP asks whether the server's host is still there, 0 to 7,200; default 30; 0 is as the system has it.</summary>
    public int Keepalive
    {
        get => Number("Keepalive");
        set => this["Keepalive"] = value;
    }

    /// <summary>Most connections that a data source holds at a time, 1 to 10,000; default 100.</summary>
    public int MaximumPoolSize
    {
        get => Number("Maximum Pool Size");
        set => this["Maximum Pool Size"] = value;
    }

    /// <summary>Connections that a data source keeps open, used or not, 0 to 10,000; default 0.</summary>
    public int MinimumPoolSize
    {
        get => Number("Minimum Pool Size");
        set => this["Minimum Pool Size"] = value;
    }

    /// <summary>Seconds after which a connection that nobody has needed is closed, 1 to 86,400; default 180.</summary>
    public int ConnectionIdleTimeout
    {
        get => Number("Connection Idle Timeout");
        set => this["Connection Idle Timeout"] = value;
    }

    /// <summary>
    /// Seconds after which a connection is not lent any more but replaced, 0 to 604,800; default 3,600; 0 is never. It makes the pool follow
    /// a changed address, password or certificate.
    /// </summary>
    public int ConnectionLifetime
    {
        get => Number("Connection Lifetime");
        set => this["Connection Lifetime"] = value;
    }

    /// <summary>When a session is brought back to a new one's state before its next owner's first statement; default <see cref="MySqlConnectionReset.WhenNeeded"/>.</summary>
    public MySqlConnectionReset ConnectionReset
    {
        get => Enum.Parse<MySqlConnectionReset>(Value("Connection Reset"));
        set => this["Connection Reset"] = value;
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

    /// <summary>
    /// Seconds that the server has to stop a statement that was cancelled or ran out of time, 0 to 60; default 2. It is told so by KILL QUERY,
    /// and the connection stays usable; when the time is up the connection is closed. 0 closes it at once.
    /// </summary>
    public int CancellationTimeout
    {
        get => Number("Cancellation Timeout");
        set => this["Cancellation Timeout"] = value;
    }

    /// <summary>Statements that are kept prepared, each connection for itself, 0 to 4,096; default 128. The least recently used goes first.</summary>
    public int StatementCacheSize
    {
        get => Number("Statement Cache Size");
        set => this["Statement Cache Size"] = value;
    }

    /// <summary>What a date that no calendar has is to a program; default <see cref="MySqlZeroDates.Error"/>.</summary>
    public MySqlZeroDates ZeroDates
    {
        get => Enum.Parse<MySqlZeroDates>(Value("Zero Dates"));
        set => this["Zero Dates"] = value;
    }

    /// <summary>Which columns are GUIDs to a program that does not say; default <see cref="MySqlGuidFormat.None"/>.</summary>
    public MySqlGuidFormat GuidFormat
    {
        get => Enum.Parse<MySqlGuidFormat>(Value("Guid Format"));
        set => this["Guid Format"] = value;
    }

    /// <summary>Whether a statement carries the current trace to the server, as the query attribute traceparent; default true.</summary>
    public bool TraceContext
    {
        get => Flag("Trace Context");
        set => this["Trace Context"] = value;
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

    /// <summary>Keys that there are, set or not.</summary>
    public override int Count => Known.Length;

    /// <summary>Whether there is such a key, set or not.</summary>
    public override bool ContainsKey(string keyword) => IsKnown(keyword, out _);

    /// <summary>The value of a key, or its default when it was not set; false when there is no such key.</summary>
    public override bool TryGetValue(string keyword, [NotNullWhen(true)] out object? value)
    {
        value = IsKnown(keyword, out Key? key) ? Value(key.Name) : null;
        return value is not null;
    }

    /// <summary>Sets a key back to its default; false when it was not set, or there is no such key.</summary>
    public override bool Remove(string keyword) => IsKnown(keyword, out Key? key) && base.Remove(key.Name);

    /// <summary>Whether a key was set, so that it stands in the connection string.</summary>
    public override bool ShouldSerialize(string keyword) => IsKnown(keyword, out Key? key) && base.ShouldSerialize(key.Name);

    private static bool IsKnown(string keyword, [NotNullWhen(true)] out Key? known)
    {
        ArgumentNullException.ThrowIfNull(keyword);
        known = Known.FirstOrDefault(key => key.Is(keyword));
        return known is not null;
    }

    private static Key Find(string keyword)
    {
        if (IsKnown(keyword, out Key? known)) return known;

        // It may be what stands behind a ';' in a password that is not quoted.
        string named = keyword.All(static letter => char.IsAsciiLetter(letter) || letter is ' ' or '_' or '-')
            ? $"the unknown key '{keyword}'"
            : "an unknown key, which is not shown because it has more than letters (a value that has a ';' must be quoted)";
        throw new ArgumentException(
            $"The connection string has {named}. Known are: {string.Join(", ", Known.Select(static key => key.Name))}.", nameof(keyword));
    }

    private string Text(string name) => Value(name);

    private bool Flag(string name) => bool.Parse(Value(name));

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

        public static Key Flag(string name, bool standard) => new(
            name, standard.ToString(), value => bool.TryParse(value, out bool flag) ? flag.ToString() : null, "true or false");

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
