using System.Diagnostics;
using System.Runtime.Versioning;
using FooBar.Testing;

[assembly: SupportedOSPlatform("linux")]

namespace FooBar.Deploy.Tests;

/// <summary>The programs by which a deployment is checked: Prometheus' and Alertmanager's own checkers, and Ansible.</summary>
internal static class Tools
{
    /// <summary>Runs promtool to its end; returns its exit code and everything it wrote.</summary>
    public static Task<(int ExitCode, string Output)> PromtoolAsync(IEnumerable<string> arguments) =>
        RunAsync("FOOBAR_PROMETHEUS_HOME", "promtool", arguments);

    /// <inheritdoc cref="PromtoolAsync" />
    public static Task<(int ExitCode, string Output)> AmtoolAsync(IEnumerable<string> arguments) =>
        RunAsync("FOOBAR_DEPLOY_TOOLS_HOME", "amtool", arguments);

    /// <inheritdoc cref="PromtoolAsync" />
    public static Task<(int ExitCode, string Output)> AnsibleAsync(IEnumerable<string> arguments, Action<ProcessStartInfo> configure) =>
        RunAsync("FOOBAR_DEPLOY_TOOLS_HOME", "ansible", arguments, configure);

    private static Task<(int ExitCode, string Output)> RunAsync(
        string variable, string name, IEnumerable<string> arguments, Action<ProcessStartInfo>? configure = null)
    {
        string home = Environment.GetEnvironmentVariable(variable) ?? "";
        string program = Path.Combine(home, "bin", name);
        Assert.True(home.Length > 0 && File.Exists(program), $"{name} is missing: run ./foobar test, or set {variable}");
        return TestProcess.RunAsync(program, arguments, TestContext.Current.CancellationToken, configure);
    }
}
