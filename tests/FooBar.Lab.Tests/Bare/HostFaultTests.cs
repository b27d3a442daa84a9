using FooBar.AppHost;
using FooBar.AppHost.Lab;
using FooBar.AppHost.Processes;

namespace FooBar.Lab.Tests.Bare;

/// <summary>What can be done to a host.</summary>
public sealed class HostFaultTests(Labs labs) : BareLabTest(labs)
{
    private static readonly LabMachine Host = LabMachines.Hosts[1];

    [Fact]
    public async Task Host_WhoseLinkIsCut_RunsOnAloneUntilItIsRestored()
    {
        await Lab.CutAsync(Host, Token);

        Assert.Equal(HostState.Cut, await Lab.StateOfAsync(Host, Token));
        Assert.Equal(1, (await TryAsync(LabMachines.Admin, "ping", "-c", "1", "-W", "1", Host.Address)).ExitCode);
        Assert.Equal("running", await RunAsync(Host, "systemctl", "is-system-running"));

        await Lab.RestoreAsync(Host, Token);

        Assert.Equal(HostState.Up, await Lab.StateOfAsync(Host, Token));
        await RunAsync(LabMachines.Admin, "ping", "-c", "1", "-W", "5", Host.Address);
    }

    [Fact]
    public async Task Host_ThatIsKilled_IsSilentAndComesBackWithItsDiskAndNothingElse()
    {
        await RunAsync(Host, "sh", "-c", "echo kept > /var/lib/kept; sysctl -q -w net.core.somaxconn=8191");

        await Lab.KillAsync(Host, Token);

        Assert.Equal(HostState.Off, await Lab.StateOfAsync(Host, Token));
        Assert.Equal(1, (await TryAsync(LabMachines.Admin, "ping", "-c", "1", "-W", "1", Host.Address)).ExitCode);
        FoobarException off = await Assert.ThrowsAsync<FoobarException>(() => Lab.KillAsync(Host, Token));
        Assert.Equal("app-1 is off. Power it on with ./foobar lab start app-1.", off.Message);

        await Lab.StartAsync(Host, Token);

        Assert.Equal(HostState.Up, await Lab.StateOfAsync(Host, Token));
        Assert.Equal("kept", await RunAsync(Host, "cat", "/var/lib/kept"));
        Assert.Equal("kept\n", await File.ReadAllTextAsync(Lab.PathOf(Host, "/var/lib/kept"), Token));

        // What lived in the kernel is gone with the power, rules of a firewall too.
        Assert.Equal("4096", await RunAsync(Host, "sysctl", "-n", "net.core.somaxconn"));
        FoobarException on = await Assert.ThrowsAsync<FoobarException>(() => Lab.StartAsync(Host, Token));
        Assert.Equal("app-1 is running already.", on.Message);
    }

    [Fact]
    public async Task Host_ThatReboots_HasAnotherBootAndTakesSshAgain()
    {
        string before = await RunAsync(Host, "journalctl", "--list-boots", "--quiet", "--no-pager");

        await Lab.RebootAsync(Host, Token);

        string after = await RunAsync(Host, "journalctl", "--list-boots", "--quiet", "--no-pager");
        Assert.Equal(before.Split('\n').Length + 1, after.Split('\n').Length);
        Assert.Equal(new ToolResult(0, "app-1\n", string.Empty), await Lab.SshAsync(Host, "hostname", Glance, Token));
    }

    [Fact]
    public async Task Command_ThatTakesTooLong_IsKilledWithItsProcesses()
    {
        TimeoutException timeout = await Assert.ThrowsAsync<TimeoutException>(() => Lab.RunAsync(Host, ["sleep", "7654"], TimeSpan.FromSeconds(1), Token));

        Assert.Equal("sleep 7654 on app-1 did not end within 1 s.", timeout.Message);
        Assert.Equal(1, (await TryAsync(Host, "sh", "-c", "grep -l 765[4] /proc/[0-9]*/cmdline 2>/dev/null | grep -q .")).ExitCode);
    }
}
