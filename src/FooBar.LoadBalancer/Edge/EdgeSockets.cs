using FooBar.LoadBalancer.Configuration;
using FooBar.ServiceDefaults.Admin;
using FooBar.ServiceDefaults.Systemd;

namespace FooBar.LoadBalancer.Edge;

/// <summary>The sockets that systemd listens on for the gateway, by what they are for. Immutable.</summary>
/// <param name="Https">Descriptors, at least one.</param>
/// <param name="Http">Descriptors, at least one.</param>
internal sealed record EdgeSockets(IReadOnlyList<int> Https, IReadOnlyList<int> Http)
{
    private const string HttpsName = "https";
    private const string HttpName = "http";

    /// <summary>Sorts them by their names; null when there are none, and the gateway opens its own.</summary>
    /// <exception cref="GatewayConfigurationException">A name means nothing here, or one of the two is missing.</exception>
    public static EdgeSockets? From(IReadOnlyList<PassedSocket> sockets)
    {
        if (sockets.Count == 0)
            return null;

        List<string> errors = [];
        foreach (PassedSocket socket in sockets.Where(socket => socket.Name is not (HttpsName or HttpName or AdminPort.SocketName)))
            errors.Add($"LISTEN_FDNAMES has a socket named '{socket.Name}'; the socket units' FileDescriptorName= must be {HttpsName}, {HttpName} or {AdminPort.SocketName}.");

        EdgeSockets sorted = new(Named(HttpsName), Named(HttpName));
        if (sorted.Https.Count == 0)
            errors.Add(Missing(HttpsName));
        if (sorted.Http.Count == 0)
            errors.Add(Missing(HttpName));
        return errors.Count == 0 ? sorted : throw new GatewayConfigurationException(errors);

        int[] Named(string name) => [.. sockets.Where(socket => socket.Name == name).Select(socket => socket.Descriptor)];
    }

    private static string Missing(string name) =>
        $"LISTEN_FDNAMES has no socket named '{name}'; the service needs a socket unit with FileDescriptorName={name}.";
}
