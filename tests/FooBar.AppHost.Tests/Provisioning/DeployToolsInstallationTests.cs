using FooBar.AppHost.Progress;
using FooBar.AppHost.Provisioning;
using FooBar.AppHost.State;
using FooBar.AppHost.Tests.Progress;

namespace FooBar.AppHost.Tests.Provisioning;

/// <summary>What is found on the machine, without a download. Programs are played by shell scripts.</summary>
[Collection(ProvisioningEnvironment.Name)]
public sealed class DeployToolsInstallationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ProvisioningEnvironment _environment = new();
    private readonly StateFolder _state;

    public DeployToolsInstallationTests()
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
        ProvisioningEnvironment.DeployToolsHome = _folder["home"];

        Assert.Equal(_folder["home"], await ProvisionAsync());
    }

    [Fact]
    public async Task Home_ThatIsGivenAndLacksAmtool_IsRefused()
    {
        WritePrograms("home/bin");
        File.Delete(_folder["home/bin/amtool"]);
        ProvisioningEnvironment.DeployToolsHome = _folder["home"];

        FoobarException refused = await Assert.ThrowsAsync<FoobarException>(ProvisionAsync);

        Assert.Equal($"FOOBAR_DEPLOY_TOOLS_HOME={_folder["home"]} has no bin/ansible and bin/amtool that run. Correct it, or unset it and let foobar download them.", refused.Message);
    }

    [Fact]
    public async Task Programs_OnPath_AreUsedWhereTheyAre()
    {
        WritePrograms("path");
        _environment.PrependToPath(_folder["path"]);

        string home = await ProvisionAsync();

        Assert.Equal(_folder["state/tools/deploy"], home);
        Assert.Equal(_folder["path/ansible"], new FileInfo(Path.Combine(home, "bin", "ansible")).LinkTarget);
        Assert.Equal(_folder["path/amtool"], new FileInfo(Path.Combine(home, "bin", "amtool")).LinkTarget);
        Assert.Equal(home, await ProvisionAsync());
    }

    private void WritePrograms(string folder)
    {
        _folder.WriteScript(Path.Combine(folder, "ansible"), "exit 0");
        _folder.WriteScript(Path.Combine(folder, "amtool"), "exit 0");
    }

    private Task<string> ProvisionAsync() =>
        DeployToolsInstallation.ProvisionAsync(_state, new StepProgress(new RecordedProgress(), "Ansible"), TestContext.Current.CancellationToken);
}
