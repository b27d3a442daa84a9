using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using FooBar.AppHost.Certificates;

namespace FooBar.AppHost.Tests.Gateway;

/// <summary>An instance as far as the gateway needs one: passes its health checks, answers everything with its name, and can be told to hold answers back.</summary>
internal sealed class HttpsBackend : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly X509Certificate2 _certificate;
    private readonly string _name;
    private readonly Task _serving;
    private int _held;
    private volatile TaskCompletionSource? _hold;

    public HttpsBackend(string name, CertificateFiles files)
    {
        _name = name;
        _certificate = X509Certificate2.CreateFromPemFile(files.CertificatePath, files.KeyPath);
        _listener.Start();
        _serving = AcceptAsync();
    }

    public string Url => $"https://{_listener.LocalEndpoint}";

    /// <summary>Requests that wait for <see cref="Release"/>.</summary>
    public int Held => Volatile.Read(ref _held);

    /// <summary>What its answers say of storing them; null: nothing.</summary>
    public string? CacheControl { get; set; }

    /// <summary>From now on answers are held back.</summary>
    public void Hold() => _hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Release() => _hold?.SetResult();

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _serving;
        _certificate.Dispose();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> connections = [];
        while (!_end.IsCancellationRequested)
        {
            try
            {
                connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_end.Token)));
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                break;
            }
        }

        await Task.WhenAll(connections);
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await using SslStream tls = new(client.GetStream());
                await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, _end.Token);
                using StreamReader reader = new(tls, Encoding.ASCII);
                while (await reader.ReadLineAsync(_end.Token) is { } request)
                {
                    while (await reader.ReadLineAsync(_end.Token) is { Length: > 0 })
                    {
                    }

                    if (!request.Contains("/health/ready", StringComparison.Ordinal) && _hold is { } hold)
                    {
                        Interlocked.Increment(ref _held);
                        await hold.Task.WaitAsync(_end.Token);
                    }

                    string storing = CacheControl is { } control ? $"Cache-Control: {control}\r\n" : string.Empty;
                    await tls.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\n{storing}Content-Length: {_name.Length}\r\n\r\n{_name}"), _end.Token);
                }
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException or System.Security.Authentication.AuthenticationException)
            {
                // The gateway is gone, or the test is over.
            }
        }
    }
}
