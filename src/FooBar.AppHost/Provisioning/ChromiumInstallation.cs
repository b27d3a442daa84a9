using FooBar.AppHost.Progress;
using FooBar.AppHost.State;

namespace FooBar.AppHost.Provisioning;

/// <summary>The browser of the browser tests.</summary>
internal static class ChromiumInstallation
{
    public static Task<string?> ProvisionAsync(StateFolder state, StepProgress progress, CancellationToken cancellationToken) => Task.FromResult<string?>(null);
}
