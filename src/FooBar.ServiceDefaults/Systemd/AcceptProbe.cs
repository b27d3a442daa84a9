using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace FooBar.ServiceDefaults.Systemd;

/// <summary>
/// Whether this very process still takes connections: one is opened to its own listener, and the TLS handshake gone through. Nothing behind
/// that is asked: a database that is lost must not get every process restarted that misses it.
/// </summary>
internal static class AcceptProbe
{
    /// <summary>Returns null when the listener answered, otherwise why it did not.</summary>
    /// <param name="listener">Its address; one that stands for all of them is asked on loopback.</param>
    /// <param name="certificate">What it must serve; null: it is the admin port without TLS, and asked whether the process lives.</param>
    /// <param name="expect">Is told the port that the connection comes from, before it is opened.</param>
    /// <param name="deadline">For all of it.</param>
    /// <param name="time">Measures the deadline.</param>
    /// <param name="cancel">Gives the probe up.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was cancelled.</exception>
    public static async Task<string?> AskAsync(
        IPEndPoint listener, X509Certificate2? certificate, Action<int> expect, TimeSpan deadline, TimeProvider time, CancellationToken cancel)
    {
        using CancellationTokenSource timeout = new(deadline, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancel);
        try
        {
            using Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            socket.Bind(new IPEndPoint(socket.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, 0));
            expect(((IPEndPoint)socket.LocalEndPoint!).Port);
            await socket.ConnectAsync(Targets(listener.Address), listener.Port, either.Token).ConfigureAwait(false);
            await using NetworkStream stream = new(socket);
            return certificate is null
                ? await AskForLifeAsync(stream, either.Token).ConfigureAwait(false)
                : await HandshakeAsync(stream, certificate, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return $"no answer within {deadline.TotalSeconds:0.###} s";
        }
        catch (Exception exception) when (exception is SocketException or IOException or AuthenticationException)
        {
            return BindingMistake.OneLine(exception.GetBaseException().Message);
        }
    }

    private static IPAddress[] Targets(IPAddress address)
    {
        if (address.Equals(IPAddress.Any))
        {
            return [IPAddress.Loopback];
        }

        // It may serve both families, on a machine that has no ::1.
        return address.Equals(IPAddress.IPv6Any) ? [IPAddress.IPv6Loopback, IPAddress.Loopback] : [address];
    }

    /// <summary>
    /// Trust is not the question, only whether the certificate is the one that this process has loaded: then nobody else answers in its
    /// place. Without a certificate of its own the probe's handshake ends, from TLS 1.3 on, before a server that demands one says no.
    /// </summary>
    private static async Task<string?> HandshakeAsync(NetworkStream stream, X509Certificate2 expected, CancellationToken cancel)
    {
        bool? served = null;
        await using SslStream tls = new(stream, leaveInnerStreamOpen: true);
        SslClientAuthenticationOptions options = new()
        {
            TargetHost = "localhost",
            EnabledSslProtocols = SslProtocols.Tls13,
            ApplicationProtocols = [SslApplicationProtocol.Http11],

            // A resumed session would show no certificate.
            AllowTlsResume = false,
            RemoteCertificateValidationCallback = (_, certificate, _, _) => (served =
                certificate is X509Certificate2 actual && actual.RawDataMemory.Span.SequenceEqual(expected.RawDataMemory.Span)).Value,
        };
        try
        {
            await tls.AuthenticateAsClientAsync(options, cancel).ConfigureAwait(false);
            return null;
        }
        catch (AuthenticationException) when (served is false)
        {
            return "another certificate is served than the configured one";
        }
    }

    private static async Task<string?> AskForLifeAsync(NetworkStream stream, CancellationToken cancel)
    {
        await stream.WriteAsync("HEAD /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8.ToArray(), cancel).ConfigureAwait(false);
        using StreamReader answer = new(stream, leaveOpen: true);
        string? status = await answer.ReadLineAsync(cancel).ConfigureAwait(false);
        return status == "HTTP/1.1 200 OK" ? null : $"/health/live was answered with '{status}'";
    }
}
