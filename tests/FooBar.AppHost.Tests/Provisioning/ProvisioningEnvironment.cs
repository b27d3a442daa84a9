namespace FooBar.AppHost.Tests.Provisioning;

/// <summary>
/// The variables by which provisioning is steered: cleared for a test and put back after it. They belong to the whole process, so the tests
/// that change them share this collection; no other test reads them.
/// </summary>
internal sealed class ProvisioningEnvironment : IDisposable
{
    public const string Name = "provisioning environment";

    private static readonly string[] Variables = ["FOOBAR_MYSQL_HOME", "FOOBAR_PROMETHEUS_HOME", "FOOBAR_DEPLOY_TOOLS_HOME", "FOOBAR_NETWORK_HOME", "FOOBAR_IGNORE_INSTALLED", "PATH"];

    private readonly Dictionary<string, string?> _before = Variables.ToDictionary(name => name, Environment.GetEnvironmentVariable);

    public ProvisioningEnvironment()
    {
        MySqlHome = null;
        Environment.SetEnvironmentVariable("FOOBAR_PROMETHEUS_HOME", null);
        Environment.SetEnvironmentVariable("FOOBAR_DEPLOY_TOOLS_HOME", null);
        Environment.SetEnvironmentVariable("FOOBAR_NETWORK_HOME", null);
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
