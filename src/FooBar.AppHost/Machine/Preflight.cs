using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using FooBar.AppHost.Stack;
using FooBar.AppHost.State;

namespace FooBar.AppHost.Machine;

/// <summary>What must hold before anything is downloaded or started. Each check names what is wrong and the way out.</summary>
internal static class Preflight
{
    private const long MemoryNeeded = 3_500_000_000; // A machine sold with 4 GB shows a little less.

    /// <exception cref="FoobarException">The machine cannot run the stack, or a port is taken.</exception>
    public static void Check(StackOptions options, StateFolder state)
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.OSArchitecture != Architecture.X64)
        {
            throw new FoobarException($"foobar runs on Linux x86-64; this is {RuntimeInformation.OSDescription} on {RuntimeInformation.OSArchitecture}.");
        }

        long memory = MemoryTotal();
        if (memory < MemoryNeeded)
        {
            throw new FoobarException($"This machine has {memory / 1e9:0.0} GB of memory; the stack needs 4 GB. Run it on a machine that has them, or give this one more.");
        }

        DiskSpace.Check(state, options.Db);
        CheckPorts(options);
    }

    private static void CheckPorts(StackOptions options)
    {
        foreach ((string use, int port) in options.Ports.All())
        {
            CheckPort(options, IPAddress.Loopback, use, port);
            if (port == options.Ports.Https || port == options.Ports.Http)
            {
                // The gateway listens on both loopback addresses, everything else on IPv4's alone.
                CheckPort(options, IPAddress.IPv6Loopback, use, port);
            }
        }
    }

    private static void CheckPort(StackOptions options, IPAddress address, string use, int port)
    {
        try
        {
            // A plain bind, as Kestrel's: .NET lets it take a port in TIME_WAIT. With SocketOptionName.ReuseAddress it would also share the port
            // of a program that is ready to share it (SO_REUSEPORT), and find it free.
            using Socket probe = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            probe.Bind(new IPEndPoint(address, port));
            probe.Listen(1);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            (string who, string wayOut) = PortOwner.Describe(port);
            throw new FoobarException($"Port {port}, for the {use}, is in use by {who}. {wayOut}, or move every port with --port-offset {FurtherOffset(options)}.", exception);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AccessDenied)
        {
            throw new FoobarException($"Port {port}, for the {use}, may be opened by root only. Choose one above 1023.", exception);
        }
        catch (SocketException) when (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            // A machine without IPv6: nobody can have taken the port there.
        }
    }

    /// <summary>An offset that moves away from this one's ports, and stays within those that exist.</summary>
    private static int FurtherOffset(StackOptions options) =>
        (options with { PortOffset = options.PortOffset + 1000 }).Problem() is null ? options.PortOffset + 1000 : options.PortOffset - 1000;

    private static long MemoryTotal()
    {
        string line = File.ReadLines("/proc/meminfo").First(line => line.StartsWith("MemTotal:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }
}
