using System.Net;
using System.Net.Sockets;
using FooBar.AppHost.Machine;
using FooBar.AppHost.Stack;
using FooBar.AppHost.State;

namespace FooBar.AppHost.Tests.Machine;

/// <summary>
/// Alone, because other tests start processes: what a fork has inherited, a port that was just given back among it, stays open until the exec.
/// </summary>
[CollectionDefinition(nameof(PreflightTests), DisableParallelization = true)]
[Collection(nameof(PreflightTests))]
public sealed class PreflightTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Check_OfAFreeMachine_Passes()
    {
        Assert.Null(Problem(FreeOptions()));
    }

    [Fact]
    public void Check_BelowAFolderThatIsNotThereYet_LooksAtTheDiskAboveIt()
    {
        Preflight.Check(FreeOptions(), new StateFolder(_folder["not/there/yet"]));
    }

    [Fact]
    public void Check_OfAPortThatAnotherProgramHas_NamesItItsUseAndTheWayOut()
    {
        using Socket other = Listen(IPAddress.Loopback, 0);
        int port = Port(other);

        Assert.Equal(
            $"Port {port}, for the gateway's HTTPS, is in use by {Us}. Stop that one, or move every port with --port-offset 1000.",
            Problem(new StackOptions { HttpsPort = port }));
    }

    [Fact]
    public void Check_OfAPortThatAnotherProgramHasOnEveryAddress_FindsIt()
    {
        using Socket other = Listen(IPAddress.Any, 0);

        Assert.NotNull(Problem(new StackOptions { HttpsPort = Port(other) }));
    }

    [Fact]
    public void Check_OfAPortThatAnotherProgramIsReadyToShare_FindsIt()
    {
        using Socket other = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

        // .NET sets SO_REUSEPORT with it: a listener such as HAProxy's.
        other.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        other.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        other.Listen();

        Assert.NotNull(Problem(new StackOptions { HttpsPort = Port(other) }));
    }

    [Fact]
    public void Check_OfAPortOfTheGatewayThatAnotherProgramHasOnIpv6Alone_FindsIt()
    {
        StackOptions options = FreeOptions();
        if (!File.Exists("/proc/net/if_inet6") || !File.ReadLines("/proc/net/if_inet6").Any(line => line.StartsWith("00000000000000000000000000000001 ", StringComparison.Ordinal)))
        {
            // Without IPv6 there is nothing to find, and finding nothing is what FreeOptions has shown.
            return;
        }

        using Socket https = Listen(IPAddress.IPv6Loopback, options.Ports.Https);

        Assert.Equal($"Port {options.Ports.Https}, for the gateway's HTTPS, is in use by {Us}. Stop that one, or move every port with --port-offset {options.PortOffset + 1000}.", Problem(options));
    }

    [Fact]
    public void Check_OfAPortThatListensOnIpv4AloneAndIsTakenOnIpv6_Passes()
    {
        StackOptions options = FreeOptions();
        using Socket other = Listen(IPAddress.IPv6Loopback, options.Ports.GatewayAdmin);

        Assert.Null(Problem(options));
    }

    [Fact]
    public void Check_OfAnyPort_NamesTheUse()
    {
        StackOptions options = FreeOptions();
        foreach ((string use, int port) in options.Ports.All())
        {
            using Socket other = Listen(IPAddress.Loopback, port);

            Assert.Equal($"Port {port}, for the {use}, is in use by {Us}. Stop that one, or move every port with --port-offset {options.PortOffset + 1000}.", Problem(options));
        }
    }

    [Fact]
    public void Check_OfAPortWhoseLastConnectionsLinger_Passes()
    {
        StackOptions options = FreeOptions();
        using (Socket server = Listen(IPAddress.Loopback, options.Ports.Https))
        {
            using Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            client.Connect(IPAddress.Loopback, options.Ports.Https);

            // The side that closes first waits in TIME_WAIT, tcp(7): the server's, as when a stack is stopped and started again.
            server.Accept().Close();
            Assert.Equal(0, client.Receive(new byte[1]));
        }

        Assert.Contains(File.ReadAllLines("/proc/net/tcp"), line => line.Contains($":{options.Ports.Https:X4} ", StringComparison.Ordinal));
        Assert.Null(Problem(options));
    }

    private static string Us => $"{File.ReadAllText("/proc/self/comm").Trim()} (pid {Environment.ProcessId})";

    /// <summary>A state folder that has its tools, so that the disk needs no room for them.</summary>
    private static StateFolder Provisioned(string folder)
    {
        Directory.CreateDirectory(Path.Combine(folder, "tools", "mysql"));
        return new StateFolder(folder);
    }

    private static int Port(Socket socket) => ((IPEndPoint)socket.LocalEndPoint!).Port;

    private static Socket Listen(IPAddress address, int port)
    {
        Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(address, port));
        socket.Listen(1);
        return socket;
    }

    /// <summary>Options whose ports nobody has; all below those that the kernel hands out to outgoing connections.</summary>
    private StackOptions FreeOptions()
    {
        for (int attempt = 0; attempt < 100; attempt++)
        {
            StackOptions options = new() { PortOffset = Random.Shared.Next(1, 9000) };
            if (options.Problem() is null && Problem(options) is null)
            {
                return options;
            }
        }

        throw new InvalidOperationException("In 100 attempts no offset was found at which every port is free.");
    }

    private string? Problem(StackOptions options)
    {
        try
        {
            Preflight.Check(options, Provisioned(_folder.Path));
            return null;
        }
        catch (FoobarException exception)
        {
            return exception.Message;
        }
    }
}
