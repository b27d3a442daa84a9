using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using FooBar.Testing;

namespace FooBar.AppHost.Tests.Benchmarks;

/// <summary>A server on 127.0.0.1 with TLS that answers each request with bytes of the test's choice.</summary>
internal sealed class RawTlsServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly TestCertificates _certificates = new();
    private readonly SslServerAuthenticationOptions _handshake;
    private readonly Func<int, Task<string>> _answer;
    private readonly Task _accepting;
    private int _requests;

    /// <param name="answer">Gets the number of the request, from 1; what it returns is sent.</param>
    public RawTlsServer(Func<int, Task<string>> answer)
    {
        _answer = answer;
        _handshake = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(_certificates.Issue("localhost", "127.0.0.1"), null, offline: true),
            EnabledSslProtocols = SslProtocols.Tls13,
        };
        _listener.Start(512);
        _accepting = AcceptAsync();
    }

    /// <summary>An answer of that status with a body of two bytes.</summary>
    public static string Answer(string status) => $"HTTP/1.1 {status}\r\nContent-Length: 2\r\n\r\nOK";

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Requests that have arrived.</summary>
    public int Requests => Volatile.Read(ref _requests);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
        _certificates.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> serving = [];
        try
        {
            while (true) serving.Add(ServeAsync(await _listener.AcceptSocketAsync(_stop.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        await using SslStream tls = new(new NetworkStream(socket, ownsSocket: true));
        byte[] buffer = new byte[4096];
        int filled = 0;
        try
        {
            await tls.AuthenticateAsServerAsync(_handshake, _stop.Token);
            while (await tls.ReadAsync(buffer.AsMemory(filled), _stop.Token) is > 0 and var read)
            {
                filled += read;
                if (!buffer.AsSpan(0, filled).EndsWith("\r\n\r\n"u8)) continue;

                filled = 0;
                string answer = await _answer(Interlocked.Increment(ref _requests)).WaitAsync(_stop.Token);
                await tls.WriteAsync(Encoding.ASCII.GetBytes(answer), _stop.Token);
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The client has had enough, or the test is over.
        }
    }
}
