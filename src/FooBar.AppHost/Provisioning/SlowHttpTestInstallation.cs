using FooBar.AppHost.Progress;
using FooBar.AppHost.State;

namespace FooBar.AppHost.Provisioning;

/// <summary>
/// With what the gateway's thorough tests attack it slowly: <c>bin/slowhttptest</c>. From FOOBAR_SLOWHTTPTEST_HOME, PATH, or downloaded without root; what
/// it needs besides the C library, .NET needs too.
/// </summary>
internal static class SlowHttpTestInstallation
{
    /// <summary>Names the folder that holds <c>bin</c>.</summary>
    public const string Variable = "FOOBAR_SLOWHTTPTEST_HOME";

    private static readonly PackagedPrograms Packaged = new(
        "slowhttptest",
        Variable,
        ["slowhttptest"],
        ["slowhttptest"],
        new AptPurpose("slowhttptest", $"install the package slowhttptest, or set {Variable} to the folder that holds bin/slowhttptest"))
    {
        VersionArgument = _ => "-h",

        // It says its version with how to call it, and calls that a failure.
        Runs = static result => result.Output.Contains("slowhttptest", StringComparison.Ordinal),
    };

    /// <summary>Returns the folder that holds <c>bin</c>.</summary>
    public static Task<string> ProvisionAsync(StateFolder state, StepProgress progress, CancellationToken cancellationToken) =>
        Packaged.ProvisionAsync(state, progress, cancellationToken);
}
