using FooBar.AppHost.Progress;
using FooBar.AppHost.Provisioning;
using FooBar.AppHost.State;

namespace FooBar.AppHost.Benchmarks;

/// <summary>Gets what a benchmark runs beside itself; what it finds it by are environment variables of its process.</summary>
internal static class BenchmarkNeeds
{
    /// <summary>MySQL, and MySQL Router if it is wanted and can be had.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> MySqlAsync(StateFolder state, bool withRouter, IStartProgress progress, CancellationToken cancellationToken)
    {
        MySqlInstallation mysql = await MySqlInstallation.ProvisionAsync(state, new StepProgress(progress, "MySQL"), cancellationToken);
        Dictionary<string, string> environment = new() { ["FOOBAR_MYSQL_HOME"] = mysql.Home };
        if (withRouter && await MySqlRouterInstallation.TryProvisionAsync(state, new StepProgress(progress, "MySQL Router"), cancellationToken) is { } router)
        {
            environment[MySqlRouterInstallation.Variable] = router;
        }

        return environment;
    }

    /// <summary>The load generators, and the other proxies that can be had.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> ProxiesAsync(StateFolder state, IStartProgress progress, CancellationToken cancellationToken)
    {
        Dictionary<string, string> environment = new()
        {
            [LoadGeneratorsInstallation.Variable] = await LoadGeneratorsInstallation.ProvisionAsync(state, new StepProgress(progress, "wrk and h2load"), cancellationToken),
        };
        foreach (ProxyInstallation peer in ProxyInstallation.All)
        {
            if (await peer.TryProvisionAsync(state, new StepProgress(progress, peer.Name), cancellationToken) is { } home)
            {
                environment[peer.Variable] = home;
            }
        }

        return environment;
    }
}
