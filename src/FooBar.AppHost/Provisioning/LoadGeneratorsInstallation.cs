using FooBar.AppHost.Progress;
using FooBar.AppHost.State;

namespace FooBar.AppHost.Provisioning;

/// <summary>
/// With what the gateway's benchmark makes its load: <c>bin/wrk</c> and <c>bin/h2load</c>. From <see cref="Variable"/>, PATH, or downloaded without root,
/// with their libraries.
/// </summary>
internal static class LoadGeneratorsInstallation
{
    /// <summary>Names the folder that holds <c>bin</c>.</summary>
    public const string Variable = "FOOBAR_LOAD_GENERATORS_HOME";

    private static readonly PackagedPrograms Packaged = new(
        "load-generators",
        Variable,
        ["wrk", "h2load"],
        ["wrk", "nghttp2-client"],
        new AptPurpose("wrk and h2load", $"install wrk and nghttp2-client and set {Variable} to the folder that holds bin/wrk and bin/h2load"))
    {
        // Of nghttp2-client's programs only another one reads HTML.
        AssumedDependencies = MachineLibraries.Of("libxml2", "debconf"),

        // wrk says its version, then how to call it, and calls that a failure.
        Runs = static result => result.ExitCode == 0 || result.Output.StartsWith("wrk ", StringComparison.Ordinal),
        Place = PackagedPrograms.WrapAsync,
    };

    /// <summary>Returns the folder that holds <c>bin</c>.</summary>
    public static Task<string> ProvisionAsync(StateFolder state, StepProgress progress, CancellationToken cancellationToken) =>
        Packaged.ProvisionAsync(state, progress, cancellationToken);
}
