using System.Net;

namespace FooBar.Benchmarks.Gateway;

/// <summary>Addresses of the loopback network that connections come from: many clients, as it is in the world, and not one.</summary>
internal static class LoopbackAddresses
{
    private const int Clients = 200;

    /// <summary>The address of a client; they repeat.</summary>
    public static IPAddress Of(int client) => new([127, 0, 1, (byte)(1 + (client % Clients))]);
}
