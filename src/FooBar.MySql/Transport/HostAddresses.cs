using System.Net;
using System.Net.Sockets;

namespace FooBar.MySql.Transport;

/// <summary>The addresses of a host, in the order in which they are to be tried.</summary>
internal static class HostAddresses
{
    /// <param name="host">A name, or an address that stands for itself.</param>
    /// <param name="lookUp">Asks the system, <see cref="Dns.GetHostAddresses(string)"/>; a seam because a test has no names of its own.</param>
    /// <param name="async">Whether the caller's thread is left free.</param>
    /// <param name="aborted">Ends the wait.</param>
    /// <exception cref="SocketException">The name has no address.</exception>
    public static async ValueTask<IReadOnlyList<IPAddress>> FindAsync(
        string host, Func<string, IPAddress[]> lookUp, bool async, CancellationToken aborted)
    {
        if (IPAddress.TryParse(host, out IPAddress? address)) return [address];

        // The system's look-up blocks while the name servers are silent, for longer than a connection may take, and cannot be interrupted.
        // On a thread of its own the caller can leave it behind; the runtime's asynchronous one cannot be left either.
        Task<IPAddress[]> looking = Task.Factory.StartNew(
            () => lookUp(host), CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
        _ = looking.ContinueWith(
            static abandoned => abandoned.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        if (!async) WaitHandle.WaitAny([((IAsyncResult)looking).AsyncWaitHandle, aborted.WaitHandle]);

        IReadOnlyList<IPAddress> addresses = Interleave(await looking.WaitAsync(aborted).ConfigureAwait(false));
        return addresses.Count > 0 ? addresses : throw new SocketException((int)SocketError.HostNotFound);
    }

    /// <summary>
    /// The system's order (RFC 6724), with the other family's addresses put between those of the family that comes first (RFC 8305, 4):
    /// where one family leads nowhere, the second address tried is of the other.
    /// </summary>
    public static IReadOnlyList<IPAddress> Interleave(IReadOnlyList<IPAddress> addresses)
    {
        IPAddress[] distinct = [.. addresses.Distinct()];
        if (distinct.Length == 0) return [];

        ILookup<bool, IPAddress> families = distinct.ToLookup(address => address.AddressFamily == distinct[0].AddressFamily);
        IPAddress[] preferred = [.. families[true]];
        IPAddress[] others = [.. families[false]];
        List<IPAddress> order = [];
        for (int index = 0; index < distinct.Length; index++)
        {
            if (index < preferred.Length) order.Add(preferred[index]);
            if (index < others.Length) order.Add(others[index]);
        }

        return order;
    }
}
