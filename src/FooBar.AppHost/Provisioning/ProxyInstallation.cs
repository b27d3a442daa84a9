using FooBar.AppHost.Progress;
using FooBar.AppHost.State;

namespace FooBar.AppHost.Provisioning;

/// <summary>
/// A proxy that the gateway's benchmark compares with and nothing else needs: from where its variable says, else from PATH, else downloaded into the tools
/// folder without root.
/// </summary>
/// <param name="Name">The peer's and its program's.</param>
/// <param name="Variable">The environment variable that names the folder with its <c>bin</c>; for the benchmark's process it is always set where the peer is there.</param>
internal sealed record ProxyInstallation(string Name, string Variable)
{
    /// <summary>Those that there are.</summary>
    public static IReadOnlyList<ProxyInstallation> All { get; } = [new("haproxy", "FOOBAR_HAPROXY_HOME"), new("nginx", "FOOBAR_NGINX_HOME")];

    /// <summary>What to do when it is absent.</summary>
    public string HowToGet => $"install the package {Name}, or set {Variable} to the folder that holds bin/{Name}";

    private PackagedPrograms Programs => new(Name, Variable, [Name], [Name], new(Name, HowToGet))
    {
        VersionArgument = _ => "-v",
        AssumedDependencies = MachineLibraries.Of("dpkg", "adduser", "lsb-base", "init-system-helpers", "iproute2", "debconf"),
        Place = PackagedPrograms.WrapAsync,
    };

    /// <summary>Returns the folder that holds <c>bin</c>; null when it cannot be had, for a benchmark goes on without it.</summary>
    public async Task<string?> TryProvisionAsync(StateFolder state, StepProgress progress, CancellationToken cancellationToken)
    {
        try
        {
            return await Programs.ProvisionAsync(state, progress, cancellationToken);
        }
        catch (FoobarException failure)
        {
            progress.Done($"not to be had, so it is not compared with: {failure.Message}");
            return null;
        }
    }
}
