using FooBar.AppHost.Lab;

namespace FooBar.AppHost.Tests.Lab;

public sealed class LabMachinesTests
{
    [Theory]
    [InlineData("edge-1", "10.77.0.11", "fd77::11", "port11")]
    [InlineData("app-1", "10.77.0.12", "fd77::12", "port12")]
    [InlineData("app-2", "10.77.0.13", "fd77::13", "port13")]
    [InlineData("repo", "10.77.0.2", "fd77::2", "port2")]
    [InlineData("admin", "10.77.0.3", "fd77::3", "port3")]
    [InlineData("visitor", "10.77.0.100", "fd77::100", "port100")]
    [InlineData("attacker", "10.77.0.200", "fd77::200", "port200")]
    public void Machine_OfEachName_HasItsAddresses(string name, string address, string address6, string port)
    {
        LabMachine machine = LabMachines.Find(name);

        Assert.Equal((address, address6, port), (machine.Address, machine.Address6, machine.Port));
    }

    [Fact]
    public void Machine_ThatDoesNotExist_IsRefusedWithTheOnesThatDo()
    {
        Assert.Equal(
            "the lab has no machine 'app-3'. Choose one of edge-1, app-1, app-2, repo, admin, visitor, attacker.",
            Assert.Throws<FoobarException>(() => LabMachines.Find("app-3")).Message);
        Assert.Equal("the lab has no host 'visitor'. Choose one of edge-1, app-1, app-2.", Assert.Throws<FoobarException>(() => LabMachines.FindHost("visitor")).Message);
    }

    [Fact]
    public void KnownHost_OfAPublicKey_IsKnownByNameAndBothAddressesWithoutItsComment()
    {
        Assert.Equal("app-1,10.77.0.12,fd77::12 ssh-ed25519 AAAAC3", OperatorMachine.KnownHost(LabMachines.Find("app-1"), "ssh-ed25519 AAAAC3 root@machine\n"));
    }
}
