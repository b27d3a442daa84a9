using System.Net;
using System.Net.Sockets;
using FooBar.ServiceDefaults;
using FooBar.Web.Database;

namespace FooBar.Web.Tests.Database;

public sealed class NodeHostsTests : IDisposable
{
    private static readonly string Unknown = new SocketException((int)SocketError.HostNotFound).Message;

    private readonly ManualResetEventSlim _nameServer = new(initialState: true);
    private readonly List<string> _log = [];

    public void Dispose() => _nameServer.Set();

    [Fact]
    public void Require_NoNameHasAnAddress_EachIsNamed()
    {
        ServiceConfigurationException refused = Assert.Throws<ServiceConfigurationException>(() => Require("one.invalid", "two.invalid"));

        Assert.Equal(
            [
                $"Database:Nodes:0:Host is 'one.invalid', and that name has no address: {Unknown}. No node's host has one: correct the names, or wait for the name service.",
                $"Database:Nodes:1:Host is 'two.invalid', and that name has no address: {Unknown}. No node's host has one: correct the names, or wait for the name service.",
            ],
            refused.Errors);
        Assert.Empty(_log);
    }

    [Fact]
    public void Require_OneNameHasNoAddress_ItIsNamedAndTheSiteStarts()
    {
        Require("known.test", "two.invalid", "127.0.0.1");

        Assert.Equal(
            [$"Database:Nodes:1:Host is 'two.invalid', and that name has no address: {Unknown}. db-2 is used as soon as it has one, the others meanwhile"], _log);
    }

    [Fact]
    public void Require_AddressesAndKnownNames_SaysNothing()
    {
        Require("127.0.0.1", "::1", "known.test");

        Assert.Empty(_log);
    }

    [Fact]
    public void Require_NameServerIsSilent_IsNotWaitedForAndSaid()
    {
        _nameServer.Reset();

        Require("silent.test", "127.0.0.1");

        Assert.Equal(
            ["Database:Nodes:0:Host is 'silent.test', and that name has no address: the look-up has no answer after 0.1 s. db-1 is used as soon as it has one, the others meanwhile"],
            _log);
    }

    private void Require(params string[] hosts) =>
        new NodeHosts(new LineLogger<NodeHosts>(_log), LookUp) { Patience = TimeSpan.FromSeconds(_nameServer.IsSet ? 30 : 0.1) }
            .Require([.. hosts.Select((host, i) => new NodeSettings { Name = $"db-{i + 1}", Host = host })]);

    private IPAddress[] LookUp(string host)
    {
        _nameServer.Wait(TestContext.Current.CancellationToken);
        return host == "known.test" ? [IPAddress.Loopback] : throw new SocketException((int)SocketError.HostNotFound);
    }
}
