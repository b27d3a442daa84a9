using FooBar.AppHost.Progress;
using FooBar.AppHost.State;

namespace FooBar.AppHost.Provisioning;

/// <summary>
/// With what the tests of the data layer's faults make networks of their own: <c>bin/ip</c> and <c>bin/nft</c>. From FOOBAR_NETWORK_HOME, PATH, or
/// downloaded without root, with their libraries.
/// </summary>
internal static class NetworkToolsInstallation
{
    private static readonly PackagedPrograms Packaged = new(
        "network",
        "FOOBAR_NETWORK_HOME",
        ["ip", "nft"],
        ["iproute2", "nftables"],
        new AptPurpose("ip and nft", "install iproute2 and nftables and set FOOBAR_NETWORK_HOME to the folder that holds bin/ip and bin/nft"))
    {
        VersionArgument = _ => "-V",
        // The C library must be the machine's, for they are run by its loader; the others are needed by scripts that we do not run.
        AssumedDependencies = ["libc6", "debconf", "libcap2-bin"],
        Place = PackagedPrograms.WrapAsync,
    };

    /// <summary>Returns the folder that holds <c>bin</c>.</summary>
    public static Task<string> ProvisionAsync(StateFolder state, StepProgress progress, CancellationToken cancellationToken) =>
        Packaged.ProvisionAsync(state, progress, cancellationToken);
}
