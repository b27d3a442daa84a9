using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace FooBar.ServiceDefaults.Systemd;

/// <summary>
/// Whether this very process still takes connections: one is opened to its own listener, and the TLS handshake gone through. Nothing behind
/// that is asked: a database that is lost must not get every process restarted that misses it. Where processes share the listener, a
/// connection that another one took says nothing about this one, and the next one is opened.
/// </summary>
/// <param name="listener">Its address; one that stands for all of them is asked on loopback.</param>
/// <param name="accepted">What this process accepts there.</param>
/// <param name="tls">Whether there is a handshake; without it, it is the admin port, and asked whether the process lives.</param>
/// <param name="deadline">For all of it.</param>
/// <param name="time">Measures the deadline.</param>
internal sealed class AcceptProbe(IPEndPoint listener, AcceptRecord accepted, bool tls, TimeSpan deadline, TimeProvider time)
{
    /// <summary>
    /// A few: the other one may be the quicker one always. On two cores, of two idle gateways the one that had started first took all of 16.
    /// </summary>
    private const int MostConnections = 4;

    /// <summary>The share of the deadline in which a connection must have been accepted; another process may have taken it and hang.</summary>
    private const int Turns = 4;

    /// <summary>Asks.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was cancelled.</exception>
    public async Task<ProbeResult> AskAsync(CancellationToken cancel)
    {
        long before = accepted.Count;
        using CancellationTokenSource over = new(deadline, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(over.Token, cancel);
        string? failure = null;
        bool anotherAnswers = false;
        for (int connection = 0; connection < MostConnections && !over.IsCancellationRequested; connection++)
        {
            (bool isOurs, failure) = await ConnectAsync(either.Token, cancel).ConfigureAwait(false);
            if (isOurs)
                return failure is null ? ProbeResult.Answered : ProbeResult.Failed(failure);
            anotherAnswers |= failure is null;
        }

        // Each of ours went to another process, but it took others, among them that one's own probes.
        if (accepted.Count != before)
            return ProbeResult.Answered;
        return anotherAnswers ? ProbeResult.NoVerdict : ProbeResult.Failed(failure!);
    }

    private async Task<(bool IsOurs, string? Failure)> ConnectAsync(CancellationToken over, CancellationToken cancel)
    {
        using CancellationTokenSource turn = new(deadline / Turns, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(turn.Token, over);
        using Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

        // Before it connects, so that the port is known to whoever accepts it.
        socket.Bind(new IPEndPoint(socket.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, 0));
        AcceptRecord.Expected expected = accepted.Expect(((IPEndPoint)socket.LocalEndPoint!).Port, turn);
        bool isRefused = false;
        string? failure = null;
        try
        {
            await socket.ConnectAsync(Targets(listener.Address), listener.Port, either.Token).ConfigureAwait(false);
            failure = await AnswerAsync(socket, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            failure = $"no answer within {deadline.TotalSeconds:0.###} s";
        }
        catch (Exception exception) when (exception is SocketException or IOException or AuthenticationException)
        {
            failure = BindingMistake.OneLine(exception.GetBaseException().Message).TrimEnd('.');

            // Nobody listens at all.
            isRefused = exception is SocketException;
        }
        finally
        {
            accepted.End(expected);
        }

        return (expected.IsHere || isRefused, failure);
    }

    private async Task<string?> AnswerAsync(Socket socket, CancellationToken cancel)
    {
        await using NetworkStream stream = new(socket);
        if (!tls)
            return await AskForLifeAsync(stream, cancel).ConfigureAwait(false);
        await HandshakeAsync(stream, cancel).ConfigureAwait(false);
        return null;
    }

    private static IPAddress[] Targets(IPAddress address)
    {
        if (address.Equals(IPAddress.Any))
            return [IPAddress.Loopback];

        // It may serve both families, on a machine that has no ::1.
        return address.Equals(IPAddress.IPv6Any) ? [IPAddress.IPv6Loopback, IPAddress.Loopback] : [address];
    }

    /// <summary>
    /// Trust is not the question: that this process answers is told by the connection, not by the certificate, which may be any of several and
    /// be renewed meanwhile. Without a certificate of its own the probe's handshake ends, from TLS 1.3 on, before a server that demands one
    /// says no.
    /// </summary>
    private static async Task HandshakeAsync(NetworkStream stream, CancellationToken cancel)
    {
        await using SslStream tls = new(stream, leaveInnerStreamOpen: true);
        SslClientAuthenticationOptions options = new()
        {
            TargetHost = "localhost",
            EnabledSslProtocols = SslProtocols.Tls13,
            ApplicationProtocols = [SslApplicationProtocol.Http11],
            AllowTlsResume = false,
#pragma warning disable CA5359 // Nothing is sent, and nothing that is received is believed.
            RemoteCertificateValidationCallback = static (_, _, _, _) => true,
#pragma warning restore CA5359
        };
        await tls.AuthenticateAsClientAsync(options, cancel).ConfigureAwait(false);
    }

    private static async Task<string?> AskForLifeAsync(NetworkStream stream, CancellationToken cancel)
    {
        await stream.WriteAsync("HEAD /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8.ToArray(), cancel).ConfigureAwait(false);
        using StreamReader answer = new(stream, leaveOpen: true);
        string? status = await answer.ReadLineAsync(cancel).ConfigureAwait(false);
        return status == "HTTP/1.1 200 OK" ? null : $"/health/live was answered with '{status}'";
    }
}

/// <summary>What a probe came to.</summary>
/// <param name="Verdict">Whether this process answered.</param>
/// <param name="Failure">Why it did not.</param>
internal sealed record ProbeResult(ProbeVerdict Verdict, string? Failure)
{
    public static ProbeResult Answered { get; } = new(ProbeVerdict.Answered, null);

    /// <summary>
    /// Another process answered. Whoever comes is served, and this one has just gone through handshakes as a client, on the threads by which it
    /// would accept.
    /// </summary>
    public static ProbeResult NoVerdict { get; } = new(ProbeVerdict.None, null);

    public static ProbeResult Failed(string failure) => new(ProbeVerdict.Failed, failure);
}

internal enum ProbeVerdict
{
    Answered,
    Failed,
    None,
}
