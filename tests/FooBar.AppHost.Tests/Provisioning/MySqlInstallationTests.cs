using FooBar.AppHost.Processes;
using FooBar.AppHost.Progress;
using FooBar.AppHost.Provisioning;
using FooBar.AppHost.State;
using FooBar.AppHost.Tests.Progress;

namespace FooBar.AppHost.Tests.Provisioning;

/// <summary>What is found on the machine, without a download. Programs are played by shell scripts.</summary>
[Collection(ProvisioningEnvironment.Name)]
public sealed class MySqlInstallationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ProvisioningEnvironment _environment = new();
    private readonly RecordedProgress _progress = new();
    private readonly StateFolder _state;

    public MySqlInstallationTests()
    {
        _state = new StateFolder(_folder["state"]);
        _state.Create();
    }

    public void Dispose()
    {
        _environment.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("/usr/sbin/mysqld  Ver 8.4.0 for Linux on x86_64 (MySQL Community Server - GPL)", "8.4.0")]
    [InlineData("/usr/sbin/mysqld  Ver 8.4.6-0ubuntu0.24.04.1 for Linux on x86_64 ((Ubuntu))", "8.4.6")]
    [InlineData("/x/mysqld  Ver 9.7.4 for Linux on x86_64 (Debian)", "9.7.4")]
    [InlineData("/x/mysqld  Ver 10.0.1 for Linux on x86_64 (MySQL Community Server - GPL)", "10.0.1")]
    public async Task Home_ThatIsGivenAndNewEnough_IsTaken(string said, string version)
    {
        WriteServer("home/bin/mysqld", said);
        ProvisioningEnvironment.MySqlHome = _folder["home"];

        MySqlInstallation mysql = await ProvisionAsync();

        Assert.Equal(new MySqlInstallation(_folder["home"], version), mysql);
        Assert.Equal(_folder["home/bin/mysqld"], mysql.Server);
        Assert.Equal(_folder["home/bin/mysql"], mysql.Client);
        Assert.Equal([new ProgressEvent("MySQL", 1, $"MySQL {version} from FOOBAR_MYSQL_HOME")], _progress.Events);
    }

    [Theory]
    [InlineData("/usr/sbin/mysqld  Ver 8.0.43 for Linux on x86_64 (MySQL Community Server - GPL)")]
    [InlineData("/usr/sbin/mysqld  Ver 8.3.0 for Linux on x86_64 (MySQL Community Server - GPL)")]
    [InlineData("mysqld  Ver 10.11.14-MariaDB-0+deb12u2 for debian-linux-gnu on x86_64 (Debian 12)")]
    [InlineData("something else")]
    public async Task Home_ThatIsGivenAndUnfit_IsRefusedAndNotReplacedByADownload(string said)
    {
        WriteServer("home/bin/mysqld", said);
        ProvisioningEnvironment.MySqlHome = _folder["home"];

        await RefusedAsync();
    }

    [Fact]
    public async Task Home_ThatIsGivenAndEmpty_IsRefused()
    {
        ProvisioningEnvironment.MySqlHome = _folder["home"];

        await RefusedAsync();
    }

    [Fact]
    public async Task Home_WhoseServerFails_IsRefused()
    {
        _folder.WriteScript("home/bin/mysqld", "echo 'mysqld  Ver 9.7.4 for Linux'; exit 1");
        ProvisioningEnvironment.MySqlHome = _folder["home"];

        await RefusedAsync();
    }

    [Fact]
    public async Task Download_OfAnEarlierStart_IsUsedAgain()
    {
        WriteServer("state/tools/mysql/bin/mysqld", "mysqld  Ver 9.7.4 for Linux");

        Assert.Equal(new MySqlInstallation(_folder["state/tools/mysql"], "9.7.4"), await ProvisionAsync());
        Assert.Equal([new ProgressEvent("MySQL", 1, "MySQL 9.7.4")], _progress.Events);
    }

    [Fact]
    public async Task Programs_OnPath_AreUsedWhereTheyAre_AndADownloadThatWasInterruptedIsNot()
    {
        WriteServer("path/mysqld", "mysqld  Ver 8.4.5 for Linux");
        _folder.WriteScript("path/mysql", "exit 0");
        _folder.WriteScript("state/tools/mysql.partial/bin/mysqld", "exit 1");
        _environment.PrependToPath(_folder["path"]);

        MySqlInstallation mysql = await ProvisionAsync();

        Assert.Equal(new MySqlInstallation(_folder["state/tools/mysql"], "8.4.5"), mysql);
        Assert.Equal(_folder["path/mysqld"], new FileInfo(mysql.Server).LinkTarget);
        Assert.Equal(_folder["path/mysql"], new FileInfo(mysql.Client).LinkTarget);
        Assert.False(Directory.Exists(_folder["state/tools/mysql.partial"]));
    }

    [Fact]
    public void Programs_OnPath_AreInvisibleToATestOfTheProvisioning()
    {
        Assert.NotNull(Tool.FindInstalled("sh"));

        ProvisioningEnvironment.IgnoreInstalled = "1";

        Assert.Null(Tool.FindInstalled("sh"));
        Assert.NotNull(Tool.Find("sh"));
    }

    [Fact]
    public async Task Bundle_IsTheGivenHome_WhenItWasUnpackedWithItsLibraries()
    {
        WriteServer("home/bin/mysqld", "mysqld  Ver 9.7.4 for Linux");
        WriteBundle("home");
        ProvisioningEnvironment.MySqlHome = _folder["home"];

        Assert.Equal(_folder["home"], (await ProvisionBundleAsync()).Home);
    }

    [Fact]
    public async Task Bundle_IsNeverWhatIsInstalledOnThisMachine()
    {
        // Given, and linked to by an earlier start: both run here alone.
        WriteServer("home/bin/mysqld", "mysqld  Ver 9.7.4 for Linux");
        ProvisioningEnvironment.MySqlHome = _folder["home"];
        WriteServer("state/tools/mysql/bin/mysqld", "mysqld  Ver 8.4.5 for Linux");
        WriteServer("state/tools/mysql-bundle/bin/mysqld", "mysqld  Ver 9.7.4 for Linux");
        WriteBundle("state/tools/mysql-bundle");

        Assert.Equal(_folder["state/tools/mysql-bundle"], (await ProvisionBundleAsync()).Home);
    }

    [Fact]
    public async Task Bundle_IsTheOneThatUpUses_WhenThatWasDownloaded()
    {
        WriteServer("state/tools/mysql/bin/mysqld", "mysqld  Ver 9.7.4 for Linux");
        WriteBundle("state/tools/mysql");

        Assert.Equal(_folder["state/tools/mysql"], (await ProvisionBundleAsync()).Home);
    }

    private void WriteBundle(string home)
    {
        _folder.Write($"{home}/usr/sbin/mysqld", "server");
        _folder.Write($"{home}/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", "loader");
    }

    private Task<MySqlInstallation> ProvisionBundleAsync() =>
        MySqlInstallation.ProvisionBundleAsync(_state, new StepProgress(_progress, "MySQL"), TestContext.Current.CancellationToken);

    private void WriteServer(string name, string said) => _folder.WriteScript(name, $"[ \"$*\" = '--no-defaults --version' ] || exit 9\ncat <<'said'\n{said}\nsaid");

    private async Task RefusedAsync()
    {
        FoobarException refused = await Assert.ThrowsAsync<FoobarException>(ProvisionAsync);

        Assert.Equal($"FOOBAR_MYSQL_HOME={_folder["home"]} has no bin/mysqld that runs and is 8.4 or newer. Correct it, or unset it and let foobar download one.", refused.Message);
    }

    private Task<MySqlInstallation> ProvisionAsync() =>
        MySqlInstallation.ProvisionAsync(_state, new StepProgress(_progress, "MySQL"), TestContext.Current.CancellationToken);
}
