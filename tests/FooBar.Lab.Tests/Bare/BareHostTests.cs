using FooBar.AppHost.Lab;
using FooBar.AppHost.Machine;
using FooBar.AppHost.Processes;

namespace FooBar.Lab.Tests.Bare;

/// <summary>What a deployment starts from: hosts as an operator gets them, and the network around them.</summary>
public sealed class BareHostTests(Labs labs) : BareLabTest(labs)
{
    public static TheoryData<string> Hosts => [.. LabMachines.Hosts.Select(host => host.Name)];

    private static IReadOnlyList<string> Packages => LabPackages.Read(Path.Combine(Checkout.Root, "deploy", "group_vars", "all", "packages.yml"));

    public static TheoryData<string> Machines => [.. LabMachines.All.Select(machine => machine.Name)];

    [Theory]
    [MemberData(nameof(Hosts))]
    public async Task Host_AfterUp_RunsDebian12WithNothingButSsh(string name)
    {
        LabMachine host = LabMachines.Find(name);

        Assert.Equal("running", await RunAsync(host, "systemctl", "is-system-running"));
        Assert.Contains("VERSION_CODENAME=bookworm", await RunAsync(host, "cat", "/etc/os-release"), StringComparison.Ordinal);
        Assert.Equal(name, await RunAsync(host, "hostname"));
        string[] installed = (await RunAsync(host, "dpkg-query", "--show", "--showformat=${db:Status-Status} ${Package}\n")).Split('\n');
        Assert.Contains("installed openssh-server", installed);
        Assert.DoesNotContain(Packages.Except(["ca-certificates", "openssl"]), package => installed.Contains($"installed {package}"));
        string listening = await RunAsync(host, "ss", "--no-header", "--listening", "--numeric", "--tcp", "--udp");
        Assert.Equal(["0.0.0.0:22", "[::]:22"], [.. listening.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[4]).Order(StringComparer.Ordinal)]);
    }

    [Theory]
    [MemberData(nameof(Hosts))]
    public async Task Host_OverSsh_LetsTheOperatorUseSudo(string name)
    {
        ToolResult result = await Lab.SshAsync(LabMachines.Find(name), "id -un; sudo id -un; hostname", Glance, Token);

        Assert.Equal(new ToolResult(0, $"deploy\nroot\n{name}\n", string.Empty), result);
    }

    [Fact]
    public async Task Host_WithAnotherKeyThanItHad_IsNotTalkedTo()
    {
        LabMachine host = LabMachines.Hosts[0];
        string fingerprints = await RunAsync(LabMachines.Admin, "ssh-keygen", "-F", host.Name, "-f", "/run/foobar-lab/admin/known_hosts");

        // By the key of another host, as when somebody else answers at its address.
        ToolResult result = await TryAsync(LabMachines.Admin, "ssh", "-o", "BatchMode=yes", "-o", $"HostName={LabMachines.Hosts[1].Address}", host.Name, "true");

        Assert.NotEmpty(fingerprints);
        Assert.Equal(255, result.ExitCode);
        Assert.Contains("Host key verification failed.", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Packages_ThatRolesInstall_AreServedUnderTheArchivesSignature()
    {
        LabMachine host = LabMachines.Hosts[2];

        await RunAsync(host, "apt-get", "update", "--quiet", "--error-on=any");
        ToolResult download = await Lab.RunAsync(
            host, ["apt-get", "install", "--quiet", "--yes", "--download-only", "--no-install-recommends", .. Packages], TimeSpan.FromMinutes(2), Token);

        Assert.True(download.ExitCode == 0, download.Output + download.Error);
        Assert.DoesNotContain("WARNING: The following packages cannot be authenticated!", download.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("www.foobar.com")]
    [InlineData("foobar.com")]
    public async Task Names_AskedByAVisitor_AreTheGateways(string name)
    {
        LabMachine gateway = LabMachines.Hosts[0];

        Assert.Equal(gateway.Address, (await RunAsync(LabMachines.Visitor, "getent", "ahostsv4", name)).Split(' ')[0]);
        Assert.Equal(gateway.Address6, (await RunAsync(LabMachines.Visitor, "getent", "ahostsv6", name)).Split(' ')[0]);
    }

    [Theory]
    [MemberData(nameof(Machines))]
    public async Task Machine_FromTheAdmins_IsReachedByBothAddresses(string name)
    {
        LabMachine machine = LabMachines.Find(name);

        await RunAsync(LabMachines.Admin, "ping", "-c", "1", "-W", "5", machine.Address);
        await RunAsync(LabMachines.Admin, "ping", "-c", "1", "-W", "5", machine.Address6);
    }
}
