using System.Net;
using FooBar.LoadBalancer.Configuration;
using FooBar.ServiceDefaults.Systemd;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace FooBar.LoadBalancer.Limits;

/// <summary>
/// Lets connections in, or closes them before anything is spent on them: before the TLS handshake, which is the dearest thing that a stranger can
/// ask for. Thread-safe.
/// </summary>
internal sealed partial class ConnectionGate(
    CurrentSettings settings,
    Occupancy occupancy,
    ClientTable clients,
    MemoryWatch memory,
    Descriptors descriptors,
    WatchedListener watched,
    ShedRecord shed,
    TimeProvider time,
    ILogger<ConnectionGate> logger)
{
    /// <summary>Time from the end of a connection's socket to the end of everything that was done for it, at most.</summary>
    public static readonly TimeSpan LostAfter = TimeSpan.FromSeconds(60);

    /// <summary>Stands before a listener's TLS. To be called before anything else is.</summary>
    public void Guard(ListenOptions listener, bool isTls) => listener.Use(next => connection => AcceptAsync(connection, next, isTls));

    /// <summary>Stands behind a listener's TLS: the handshake is over.</summary>
    public void GuardEncrypted(ListenOptions listener) => listener.Use(next => connection =>
    {
        if (connection.Features.Get<ClientConnection>() is { } accepted)
        {
            EndHandshake(accepted);
            FrameGuard.Install(connection, accepted, settings, shed, time);
        }

        return next(connection);
    });

    /// <summary>Serves a connection, or closes it at once; ends when nothing is held for it any more.</summary>
    internal async Task AcceptAsync(ConnectionContext connection, ConnectionDelegate next, bool isTls)
    {
        // What is no TCP connection is none of a client. Neither is the one by which this process looks whether it still takes connections: were it
        // refused, systemd would end a gateway for doing its best.
        if (connection.RemoteEndPoint is not IPEndPoint { Address: var address } || watched.IsProbe(connection))
        {
            await next(connection).ConfigureAwait(false);
            return;
        }

        GatewaySettings now = settings.Value;
        Client client = clients.Enter(ClientKey.Of(address, now.Options.Limits.Ipv6Prefix));
        ClientConnection accepted = new(connection, address, client);
        bool isCounted = false;
        try
        {
            if (Refusal(accepted, now, isTls, ref isCounted) is { } reason)
            {
                shed.Add(reason, client.Key);
                connection.Abort();
                return;
            }

            accepted.IsEncrypted = !isTls;
            connection.Features.Set(accepted);
            try
            {
                await ServeAsync(connection, next).ConfigureAwait(false);
            }
            finally
            {
                if (!accepted.IsEncrypted)
                    EndHandshake(accepted);
                await EmptyAsync(connection).ConfigureAwait(false);
            }
        }
        finally
        {
            clients.Leave(client);

            // Last: who sees that a place is free may take it.
            if (isCounted)
                occupancy.EndConnection();
        }
    }

    /// <summary>
    /// Serves a connection to its end. One whose socket is closed and that the server still has not done with after a time counts as ended: its place
    /// must not be taken for ever, and when this returns, the server lets go of what the connection holds. What made the server lose connections is kept
    /// from it (see <see cref="FrameGuard"/>), so this is for what is not known.
    /// </summary>
    private async Task ServeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        Task serving = next(connection);
        TaskCompletionSource lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ITimer? timer = null;
        CancellationTokenRegistration closed = connection.ConnectionClosed.UnsafeRegister(
            _ => Volatile.Write(ref timer, time.CreateTimer(_ => lost.TrySetResult(), null, LostAfter, Timeout.InfiniteTimeSpan)), null);
        await using (closed.ConfigureAwait(false))
        {
            if (await Task.WhenAny(serving, lost.Task).ConfigureAwait(false) == serving)
                await serving.ConfigureAwait(false);
            else
                LogLost();
        }

        if (Volatile.Read(ref timer) is { } started)
            await started.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// Waits until the client has taken what the server has left in the connection's buffer, as the server does next anyway, so that it counts as long as
    /// it holds memory. The server's own time for it grows with all that the connection has ever sent; here it is that of a full buffer. Never throws.
    /// </summary>
    private async Task EmptyAsync(ConnectionContext connection)
    {
        Task empty = connection.DisposeAsync().AsTask();
        LimitOptions limits = settings.Value.Options.Limits;
        try
        {
            await empty.WaitAsync(LongestEmptying(limits), time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            connection.Abort(new ConnectionAbortedException("The client does not take the last of its answer."));
            await empty.ConfigureAwait(false);
        }
    }

    /// <summary>What a full buffer takes at the slowest rate that is allowed, and the grace.</summary>
    private static TimeSpan LongestEmptying(LimitOptions limits) =>
        limits.RateGrace + TimeSpan.FromSeconds((double)limits.ResponseBufferBytes / limits.ResponseBytesPerSecond);

    /// <summary>Why the connection is not taken; null if it is. What it counts in, it counts out where it refuses.</summary>
    private ShedReason? Refusal(ClientConnection accepted, GatewaySettings now, bool isTls, ref bool isCounted)
    {
        LimitOptions limits = now.Options.Limits;
        if (accepted.IsDenied(now))
            return ShedReason.Denied;
        if (memory.IsScarce)
            return ShedReason.Memory;
        bool isExempt = accepted.IsExempt(now);
        if (!isExempt && accepted.Client.Connections > limits.ConnectionsPerClient)
            return ShedReason.ConnectionsPerClient;
        if (!isExempt && !accepted.Client.MayConnect(time.GetTimestamp(), Rate.Of(limits.NewConnectionsPerClient, limits.ConnectionsPerClient, time)))
            return ShedReason.ConnectionRate;
        if (!occupancy.TryBeginConnection(descriptors.Affordable(limits)))
            return ShedReason.Connections;
        if (isTls && BeginHandshake(accepted.Client, limits, isExempt) is { } reason)
        {
            occupancy.EndConnection();
            return reason;
        }

        isCounted = true;
        return null;
    }

    private ShedReason? BeginHandshake(Client client, LimitOptions limits, bool isExempt)
    {
        if (!client.TryBeginHandshake(isExempt ? int.MaxValue : limits.HandshakesPerClient))
            return ShedReason.HandshakesPerClient;
        if (occupancy.TryBeginHandshake(limits.Handshakes))
            return null;
        client.EndHandshake();
        return ShedReason.Handshakes;
    }

    private void EndHandshake(ClientConnection accepted)
    {
        accepted.IsEncrypted = true;
        accepted.Client.EndHandshake();
        occupancy.EndHandshake();
    }

    [LoggerMessage(1507, LogLevel.Warning, "A connection is closed, and the server has not come to its end within a minute: it is counted as ended")]
    private partial void LogLost();
}
