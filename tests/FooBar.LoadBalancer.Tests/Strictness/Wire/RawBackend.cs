using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace FooBar.LoadBalancer.Tests.Strictness.Wire;

/// <summary>
/// A backend that keeps every request that reaches it as it was written, and says what it thinks of the way. What it answers is the test's
/// choice. Thread-safe.
/// </summary>
internal sealed class RawBackend : IRecordingBackend
{
    private readonly X509Certificate2 _certificate;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<SeenRequest> _seen = new();
    private readonly ConcurrentQueue<string> _faults = new();
    private readonly Task _accepting;
    private int _unfinished;
    private int _healthChecks;

    private RawBackend(X509Certificate2 certificate)
    {
        _certificate = certificate;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Url => $"https://{_listener.LocalEndpoint}";

    public IReadOnlyList<SeenRequest> Seen => [.. _seen];

    public IReadOnlyList<string> Faults => [.. _faults];

    public int Unfinished => Volatile.Read(ref _unfinished);

    public int HealthChecks => Volatile.Read(ref _healthChecks);

    /// <summary>Answers a request that is complete.</summary>
    public Func<SeenRequest, RawExchange, Task> Handler { get; set; } = (request, exchange) => exchange.WriteAsync(Answer(request));

    /// <summary>Called when a request's head is complete.</summary>
    public Func<SeenRequest, RawExchange, Task> OnHead { get; set; } = (_, _) => Task.CompletedTask;

    public static RawBackend Start(X509Certificate2 certificate) => new(certificate);

    /// <summary>The usual answer: it says what it is the answer to.</summary>
    public static string Answer(SeenRequest request)
    {
        string body = request.Line.StartsWith("HEAD ", StringComparison.Ordinal) ? "" : request.Line;
        return $"HTTP/1.1 200 OK\r\nContent-Length: {request.Line.Length}\r\nX-Answer-To: {request.Line}\r\n\r\n{body}";
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _certificate.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> connections = [];
        try
        {
            while (!_stop.IsCancellationRequested)
                connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(TcpClient tcp)
    {
        using TcpClient client = tcp;
        client.NoDelay = true;
        await using SslStream tls = new(client.GetStream());
        WireReader reader = new(tls);
        bool begun = false;
        try
        {
            await tls.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions { ServerCertificateContext = SslStreamCertificateContext.Create(_certificate, null, offline: true) },
                _stop.Token);
            RawExchange exchange = new(client, tls, _stop.Token);
            while (!exchange.IsOver)
            {
                begun = false;
                SeenRequest? request = await SeenRequest.ReadAsync(
                    reader,
                    async head =>
                    {
                        begun = true;
                        if (WireReader.Values(head.Headers, "Expect").Contains("100-continue", StringComparer.OrdinalIgnoreCase))
                            await exchange.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n");
                        if (!head.IsHealthCheck)
                            await OnHead(head, exchange);
                    },
                    _stop.Token);
                if (request is null)
                    return;

                begun = false;
                foreach (string fault in request.Faults())
                    _faults.Enqueue($"{fault}: {request.Form}");
                if (request.IsHealthCheck)
                {
                    Interlocked.Increment(ref _healthChecks);
                    await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                    continue;
                }

                _seen.Enqueue(request);
                await Handler(request, exchange);
            }
        }
        catch (WireException exception) when (exception.Message.StartsWith("ends within", StringComparison.Ordinal))
        {
            Interlocked.Increment(ref _unfinished);
        }
        catch (WireException exception)
        {
            _faults.Enqueue($"{exception.Message}: {reader.Recorded}");
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The gateway has dropped the connection, or the test is over.
            if (begun)
                Interlocked.Increment(ref _unfinished);
        }
    }
}

/// <summary>A backend's side of a connection, for as long as it answers.</summary>
internal sealed class RawExchange(TcpClient tcp, SslStream tls, CancellationToken stop)
{
    /// <summary>Whether the connection was ended on purpose.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Ends with the backend.</summary>
    public CancellationToken Stop => stop;

    /// <summary>Sends characters as the bytes of the same number.</summary>
    public Task WriteAsync(string bytes) => tls.WriteAsync(Encoding.Latin1.GetBytes(bytes), stop).AsTask();

    /// <summary>Ends the connection in order: what was sent arrives first.</summary>
    public async Task CloseAsync()
    {
        IsOver = true;
        await tls.ShutdownAsync();
        tcp.Client.Shutdown(SocketShutdown.Send);
    }

    /// <summary>Ends it without TLS's own end, as a process that dies does.</summary>
    public void Cut()
    {
        IsOver = true;
        tcp.Client.Shutdown(SocketShutdown.Send);
    }

    /// <summary>Resets it.</summary>
    public void Reset()
    {
        IsOver = true;
        tcp.Client.LingerState = new LingerOption(enable: true, seconds: 0);
        tcp.Client.Close();
    }
}
