namespace FooBar.AppHost.Tests.Provisioning;

/// <summary>
/// The variables by which provisioning is steered: cleared for a test and put back after it. They belong to the whole process, so the tests
/// that change them share this collection; no other test reads them.
/// </summary>
internal sealed class ProvisioningEnvironment : IDisposable
{
    public const string Name = "provisioning environment";

    private static readonly string[] Homes =
    [
        "FOOBAR_MYSQL_HOME", "FOOBAR_PROMETHEUS_HOME", "FOOBAR_DEPLOY_TOOLS_HOME", "FOOBAR_NETWORK_HOME", "FOOBAR_LOAD_GENERATORS_HOME", "FOOBAR_HAPROXY_HOME", "FOOBAR_NGINX_HOME",
        "FOOBAR_SLOWHTTPTEST_HOME", "FOOBAR_TLS_TOOLS_HOME",
    ];

    private static readonly string[] Variables = [.. Homes, "FOOBAR_IGNORE_INSTALLED", "PATH"];

    private readonly Dictionary<string, string?> _before = Variables.ToDictionary(name => name, Environment.GetEnvironmentVariable);

    public ProvisioningEnvironment()
    {
        foreach (string home in Homes)
        {
            Environment.SetEnvironmentVariable(home, null);
        }

        IgnoreInstalled = null;
    }

    public static string? MySqlHome
    {
        set => Environment.SetEnvironmentVariable("FOOBAR_MYSQL_HOME", value);
    }

    public static string? IgnoreInstalled
    {
        set => Environment.SetEnvironmentVariable("FOOBAR_IGNORE_INSTALLED", value);
    }

    /// <summary>Only ever adds: what runs beside finds everything that it found before.</summary>
    public void PrependToPath(string folder) => Environment.SetEnvironmentVariable("PATH", $"{folder}:{_before["PATH"]}");

    public void Dispose()
    {
        foreach ((string name, string? value) in _before)
        {
            Environment.SetEnvironmentVariable(name, value);
        }
    }
}
