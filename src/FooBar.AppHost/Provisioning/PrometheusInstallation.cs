using FooBar.AppHost.Progress;
using FooBar.AppHost.State;

namespace FooBar.AppHost.Provisioning;

/// <summary>Prometheus with promtool: <c>bin/prometheus</c> and <c>bin/promtool</c> below <see cref="Home"/>. From FOOBAR_PROMETHEUS_HOME, PATH, or downloaded.</summary>
internal sealed record PrometheusInstallation(string Home)
{
    private static readonly PackagedPrograms Packaged = new(
        "prometheus",
        "FOOBAR_PROMETHEUS_HOME",
        ["prometheus", "promtool"],
        ["prometheus"],
        new AptPurpose("Prometheus", "install Prometheus and set FOOBAR_PROMETHEUS_HOME to the folder that holds its bin/prometheus and bin/promtool"));

    public string Server => Path.Combine(Home, "bin", "prometheus");

    public static async Task<PrometheusInstallation> ProvisionAsync(StateFolder state, StepProgress progress, CancellationToken cancellationToken) =>
        new(await Packaged.ProvisionAsync(state, progress, cancellationToken));
}
