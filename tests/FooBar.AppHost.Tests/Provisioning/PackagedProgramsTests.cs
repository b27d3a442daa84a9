using FooBar.AppHost.Progress;
using FooBar.AppHost.Provisioning;
using FooBar.AppHost.State;
using FooBar.AppHost.Tests.Progress;

namespace FooBar.AppHost.Tests.Provisioning;

/// <summary>What is found on the machine, without a download. Programs are played by shell scripts.</summary>
[Collection(ProvisioningEnvironment.Name)]
public sealed class PackagedProgramsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ProvisioningEnvironment _environment = new();
    private readonly StateFolder _state;

    public PackagedProgramsTests()
    {
        _state = new StateFolder(_folder["state"]);
        _state.Create();
    }

    /// <summary>The variable, the folder below the tools, and the two programs of each installation.</summary>
    public static TheoryData<string, string, string, string> Installations { get; } = new()
    {
        { "FOOBAR_PROMETHEUS_HOME", "prometheus", "prometheus", "promtool" },
        { "FOOBAR_DEPLOY_TOOLS_HOME", "deploy", "ansible", "amtool" },
        { "FOOBAR_NETWORK_HOME", "network", "ip", "nft" },
    };

    public void Dispose()
    {
        _environment.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Installations))]
    public async Task Home_ThatIsGivenAndRuns_IsTaken(string variable, string name, string first, string second)
    {
        WritePrograms("home/bin", first, second);
        Environment.SetEnvironmentVariable(variable, _folder["home"]);

        Assert.Equal(_folder["home"], await ProvisionAsync(name));
    }

    [Theory]
    [MemberData(nameof(Installations))]
    public async Task Home_ThatIsGivenAndLacksAProgram_IsRefused(string variable, string name, string first, string second)
    {
        WritePrograms("home/bin", first);
        Environment.SetEnvironmentVariable(variable, _folder["home"]);

        FoobarException refused = await Assert.ThrowsAsync<FoobarException>(() => ProvisionAsync(name));

        Assert.Equal($"{variable}={_folder["home"]} has no bin/{first} and bin/{second} that run. Correct it, or unset it and let foobar download them.", refused.Message);
    }

    [Theory]
    [MemberData(nameof(Installations))]
    public async Task Programs_OnPath_AreUsedWhereTheyAre(string variable, string name, string first, string second)
    {
        Assert.Null(Environment.GetEnvironmentVariable(variable));
        WritePrograms("path", first, second);
        _environment.PrependToPath(_folder["path"]);

        string home = await ProvisionAsync(name);

        Assert.Equal(_folder[$"state/tools/{name}"], home);
        Assert.Equal(_folder[$"path/{first}"], new FileInfo(Path.Combine(home, "bin", first)).LinkTarget);
        Assert.Equal(_folder[$"path/{second}"], new FileInfo(Path.Combine(home, "bin", second)).LinkTarget);
        Assert.Equal(home, await ProvisionAsync(name));
    }

    private void WritePrograms(string folder, params string[] programs)
    {
        foreach (string program in programs)
        {
            _folder.WriteScript(Path.Combine(folder, program), "exit 0");
        }
    }

    private async Task<string> ProvisionAsync(string name)
    {
        StepProgress progress = new(new RecordedProgress(), name);
        return name switch
        {
            "deploy" => await DeployToolsInstallation.ProvisionAsync(_state, progress, TestContext.Current.CancellationToken),
            "network" => await NetworkToolsInstallation.ProvisionAsync(_state, progress, TestContext.Current.CancellationToken),
            _ => (await PrometheusInstallation.ProvisionAsync(_state, progress, TestContext.Current.CancellationToken)).Home,
        };
    }
}
