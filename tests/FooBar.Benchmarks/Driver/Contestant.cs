using System.Data.Common;
using System.Reflection;
using System.Text.Json;
using FooBar.AppHost.Benchmarks;
using FooBar.MySql;
using FooBar.Testing;

namespace FooBar.Benchmarks.Driver;

/// <summary>Where the server is that all drivers are measured against, and the authority to which its certificate leads.</summary>
internal sealed record ServerAddress(int Port, string CaPath)
{
    public string ToArgument() => JsonSerializer.Serialize(this);

    public static ServerAddress Parse(string argument) => JsonSerializer.Deserialize<ServerAddress>(argument) ?? throw new ArgumentException("No address.", nameof(argument));
}

/// <summary>
/// A driver that takes part. It is found by its factory's name and known by System.Data.Common alone, so that all do the same work by the
/// same code, and a peer may be absent.
/// </summary>
/// <param name="Name">As it is reported.</param>
/// <param name="FactoryType">Its DbProviderFactory, with the assembly.</param>
/// <param name="InClear">The settings for a connection without TLS, where it is not the default.</param>
/// <param name="Verified">The settings for one with TLS and the server's certificate and name verified; {0} is the authority's file.</param>
/// <param name="WithoutReset">The setting that leaves a pooled session as it is.</param>
/// <param name="HowToGet">What to do when it is absent.</param>
internal sealed record Contestant(string Name, string FactoryType, string InClear, string Verified, string WithoutReset, string HowToGet)
{
    /// <summary>All of them, ours first.</summary>
    public static IReadOnlyList<Contestant> All { get; } =
    [
        new(
            "FooBar.MySql",
            typeof(MySqlClientFactory).AssemblyQualifiedName!,
            "Ssl Mode=None",
            "Ssl Mode=VerifyFull;Ssl Ca={0}",
            "Connection Reset=Never",
            string.Empty),
        new(
            "MySqlConnector",
            "MySqlConnector.MySqlConnectorFactory, MySqlConnector",
            "SslMode=None;AllowPublicKeyRetrieval=true",
            "SslMode=VerifyFull;SslCa={0}",
            "ConnectionReset=false",
            "./foobar bench driver --with MySqlConnector restores its package, --with MySqlConnector=FILE takes an assembly"),
        new(
            "MySql.Data",
            "MySql.Data.MySqlClient.MySqlClientFactory, MySql.Data",
            "SslMode=Disabled;AllowPublicKeyRetrieval=true",
            "SslMode=VerifyFull",
            "ConnectionReset=false",
            "its package is part of the build") { UsesMachinesAuthorities = true },
    ];

    public static Contestant Ours => All[0];

    /// <summary>
    /// Verifies against the machine's authorities: MySql.Data takes a file of its own only together with a client's certificate. The
    /// environment of its process names the file as the machine's.
    /// </summary>
    public bool UsesMachinesAuthorities { get; private init; }

    /// <summary>The driver's own version; null when the driver is absent.</summary>
    public string? Version => Type.GetType(FactoryType)?.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0];

    public static Contestant Named(string name) => All.Single(contestant => contestant.Name == name);

    /// <summary>Starts the driver's process.</summary>
    public Task<WorkerProcess> StartAsync(ServerAddress server) => WorkerProcess.StartAsync(
        "driver",
        Name,
        server.ToArgument(),
        UsesMachinesAuthorities ? new Dictionary<string, string> { ["SSL_CERT_FILE"] = server.CaPath, ["SSL_CERT_DIR"] = "/dev/null" } : null);

    /// <summary>A data source for a workload: each setting at the driver's default but for those that the workload is about.</summary>
    public DbDataSource CreateDataSource(ServerAddress server, DriverWorkload workload)
    {
        Type type = Type.GetType(FactoryType, throwOnError: true)!;
        DbProviderFactory factory = (DbProviderFactory)type.GetField("Instance")!.GetValue(null)!;
        DbConnectionStringBuilder settings = factory.CreateConnectionStringBuilder()!;
        settings.ConnectionString =
            (workload.IsEncrypted ? string.Format(null, Verified, server.CaPath) : InClear) + (workload.IsWithoutReset ? ";" + WithoutReset : string.Empty);
        settings["Server"] = MySqlServer.Host;
        settings["Port"] = server.Port;
        settings["User ID"] = MySqlServer.User;
        settings["Password"] = MySqlServer.Password;
        settings["Database"] = MySqlServer.Schema;
        return factory.CreateDataSource(settings.ConnectionString);
    }
}
