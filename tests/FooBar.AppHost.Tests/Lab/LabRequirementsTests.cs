using FooBar.AppHost.Lab;

namespace FooBar.AppHost.Tests.Lab;

public sealed class LabRequirementsTests
{
    [Fact]
    public void Machine_WithoutRoot_IsToldSoBeforeAnyPackage()
    {
        Assert.Equal("the lab boots hosts of its own and needs root: run it with sudo.", Assert.Throws<FoobarException>(() => LabRequirements.Check(isRoot: false, _ => false)).Message);
    }

    [Fact]
    public void Machine_WithoutSomePackages_IsToldTheCommandThatInstallsThem()
    {
        Assert.Equal(
            "the lab needs packages that are missing here: apt-get install --no-install-recommends debootstrap systemd-container",
            Assert.Throws<FoobarException>(() => LabRequirements.Check(isRoot: true, program => program is not ("debootstrap" or "systemd-nspawn"))).Message);
    }

    [Fact]
    public void Machine_WithAll_IsFine() => LabRequirements.Check(isRoot: true, _ => true);

    [Fact]
    public async Task Requirements_AsACommand_AreOneLineForApt()
    {
        CommandLine.FoobarResult result = await CommandLine.Foobar.RunAsync("lab", "requirements");

        result.AssertDone();
        Assert.Equal(string.Join(' ', LabRequirements.Packages) + "\n", result.Output);
        Assert.Contains("debootstrap", LabRequirements.Packages);
    }
}
