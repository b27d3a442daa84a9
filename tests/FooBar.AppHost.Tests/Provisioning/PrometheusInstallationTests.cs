using FooBar.AppHost.Progress;
using FooBar.AppHost.Provisioning;
using FooBar.AppHost.State;
using FooBar.AppHost.Tests.Progress;

namespace FooBar.AppHost.Tests.Provisioning;

/// <summary>What is found on the machine, without a download. Programs are played by shell scripts.</summary>
[Collection(ProvisioningEnvironment.Name)]
public sealed class PrometheusInstallationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ProvisioningEnvironment _environment = new();
    private readonly StateFolder _state;

    public PrometheusInstallationTests()
    {
        _state = new StateFolder(_folder["state"]);
        _state.Create();
    }

    public void Dispose()
    {
        _environment.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Home_ThatIsGivenAndRuns_IsTaken()
    {
        WritePrograms("home/bin");
        ProvisioningEnvironment.PrometheusHome = _folder["home"];

        PrometheusInstallation prometheus = await ProvisionAsync();

        Assert.Equal(_folder["home/bin/prometheus"], prometheus.Server);
    }

    [Fact]
    public async Task Home_ThatIsGivenAndLacksPromtool_IsRefused()
    {
        WritePrograms("home/bin");
        File.Delete(_folder["home/bin/promtool"]);
        ProvisioningEnvironment.PrometheusHome = _folder["home"];

        FoobarException refused = await Assert.ThrowsAsync<FoobarException>(ProvisionAsync);

        Assert.Equal($"FOOBAR_PROMETHEUS_HOME={_folder["home"]} has no bin/prometheus and bin/promtool that run. Correct it, or unset it and let foobar download them.", refused.Message);
    }

    [Fact]
    public async Task Programs_OnPath_AreUsedWhereTheyAre()
    {
        WritePrograms("path");
        _environment.PrependToPath(_folder["path"]);

        PrometheusInstallation prometheus = await ProvisionAsync();

        Assert.Equal(_folder["state/tools/prometheus"], prometheus.Home);
        Assert.Equal(_folder["path/prometheus"], new FileInfo(prometheus.Server).LinkTarget);
        Assert.Equal(prometheus, await ProvisionAsync());
    }

    private void WritePrograms(string folder)
    {
        _folder.WriteScript(Path.Combine(folder, "prometheus"), "exit 0");
        _folder.WriteScript(Path.Combine(folder, "promtool"), "exit 0");
    }

    private Task<PrometheusInstallation> ProvisionAsync() =>
        PrometheusInstallation.ProvisionAsync(_state, new StepProgress(new RecordedProgress(), "Prometheus"), TestContext.Current.CancellationToken);
}
