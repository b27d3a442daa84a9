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
        { "FOOBAR_LOAD_GENERATORS_HOME", "load-generators", "wrk", "h2load" },
        { "FOOBAR_TLS_TOOLS_HOME", "tls", "openssl", "testssl" },
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

    [Theory]
    [InlineData("echo 'wrk 4.1.0 [epoll]'; exit 1", true)]
    [InlineData("echo 'wrk: error while loading shared libraries' >&2; exit 127", false)]
    [InlineData("exit 1", false)]
    public async Task Wrk_ThatSaysItsVersionAndFails_Runs(string wrk, bool runs)
    {
        _folder.WriteScript("home/bin/h2load", "exit 0");
        _folder.WriteScript("home/bin/wrk", wrk);
        Environment.SetEnvironmentVariable("FOOBAR_LOAD_GENERATORS_HOME", _folder["home"]);

        Assert.Equal(runs, await Record.ExceptionAsync(() => ProvisionAsync("load-generators")) is null);
    }

    [Theory]
    [InlineData("haproxy", "FOOBAR_HAPROXY_HOME")]
    [InlineData("nginx", "FOOBAR_NGINX_HOME")]
    public async Task Proxy_ThatDoesNotRun_IsGoneWithout(string name, string variable)
    {
        RecordedProgress progress = new();
        ProxyInstallation peer = ProxyInstallation.All.Single(peer => peer.Name == name);
        _folder.WriteScript($"home/bin/{name}", "exit 1");
        Environment.SetEnvironmentVariable(variable, _folder["home"]);

        Assert.Null(await peer.TryProvisionAsync(_state, new StepProgress(progress, name), TestContext.Current.CancellationToken));

        Assert.Equal(
            [new ProgressEvent(name, 1, $"not to be had, so it is not compared with: {variable}={_folder["home"]} has no bin/{name} that run. Correct it, or unset it and let foobar download them.")],
            progress.Events);
        Assert.Equal($"install the package {name}, or set {variable} to the folder that holds bin/{name}", peer.HowToGet);
    }

    [Fact]
    public async Task Proxy_OnPath_IsUsedWhereItIs()
    {
        _folder.WriteScript("path/haproxy", "test \"$1\" = -v");
        _environment.PrependToPath(_folder["path"]);

        string? home = await ProxyInstallation.All[0].TryProvisionAsync(_state, new StepProgress(new RecordedProgress(), "haproxy"), TestContext.Current.CancellationToken);

        Assert.Equal(_folder["path/haproxy"], new FileInfo(Path.Combine(home!, "bin", "haproxy")).LinkTarget);
    }

    [Theory]
    [InlineData("echo 'slowhttptest, a tool to test for slow HTTP DoS vulnerabilities - version 1.8.2'; exit 1", true)]
    [InlineData("echo 'slowhttptest: error while loading shared libraries' >&2; exit 127", false)]
    public async Task SlowHttpTest_ThatSaysItsVersionAndFails_Runs(string script, bool runs)
    {
        _folder.WriteScript("home/bin/slowhttptest", script);
        Environment.SetEnvironmentVariable(SlowHttpTestInstallation.Variable, _folder["home"]);

        Assert.Equal(runs, await Record.ExceptionAsync(() => ProvisionAsync("slowhttptest")) is null);
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
            "load-generators" => await LoadGeneratorsInstallation.ProvisionAsync(_state, progress, TestContext.Current.CancellationToken),
            "slowhttptest" => await SlowHttpTestInstallation.ProvisionAsync(_state, progress, TestContext.Current.CancellationToken),
            "tls" => await TlsToolsInstallation.ProvisionAsync(_state, progress, TestContext.Current.CancellationToken),
            "network" => await NetworkToolsInstallation.ProvisionAsync(_state, progress, TestContext.Current.CancellationToken),
            _ => (await PrometheusInstallation.ProvisionAsync(_state, progress, TestContext.Current.CancellationToken)).Home,
        };
    }
}
