using System.Globalization;
using System.Net.Security;
using System.Text;

namespace FooBar.Lab.Tests.Support;

/// <summary>
/// A visitor of HTTP/1.1 who keeps the connection until an answer says that it ends, and has no second try: a connection that is closed without a word
/// when the request is already on its way is a failure. One request at a time.
/// </summary>
internal sealed class KeptConnection(Func<CancellationToken, ValueTask<Stream>> connect, string host) : IAsyncDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private readonly byte[] _request = Encoding.ASCII.GetBytes($"GET /site.css HTTP/1.1\r\nHost: {host}\r\n\r\n");
    private SslStream? _stream;

    /// <summary>How many connections it took.</summary>
    public int Opened { get; private set; }

    /// <summary>Null when it was answered well.</summary>
    public async Task<string?> GetAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            _stream ??= await OpenAsync(cancellationToken);
            await _stream.WriteAsync(_request, cancellationToken);
            string[] head = await HeadAsync(cancellationToken);
            string length = head.FirstOrDefault(line => line.StartsWith("Content-Length: ", StringComparison.OrdinalIgnoreCase)) ?? throw new IOException($"no length: {string.Join(" | ", head)}");
            await _stream.ReadExactlyAsync(new byte[int.Parse(length["Content-Length: ".Length..], CultureInfo.InvariantCulture)], cancellationToken);
            if (head.Contains("Connection: close", StringComparer.OrdinalIgnoreCase))
            {
                await CloseAsync();
            }

            return head[0] == "HTTP/1.1 200 OK" ? null : head[0];
        }
        catch
        {
            await CloseAsync();
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _turn.Dispose();
    }

    private async Task<SslStream> OpenAsync(CancellationToken cancellationToken)
    {
        Opened++;
#pragma warning disable CA5359 // Who answers is not the question here.
        SslStream stream = new(await connect(cancellationToken), leaveInnerStreamOpen: false, static (_, _, _, _) => true);
#pragma warning restore CA5359
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = host, ApplicationProtocols = [SslApplicationProtocol.Http11] }, cancellationToken);
        return stream;
    }

    private async Task<string[]> HeadAsync(CancellationToken cancellationToken)
    {
        List<byte> head = [];
        byte[] next = new byte[1];
        while (head is not [.., (byte)'\r', (byte)'\n', (byte)'\r', (byte)'\n'])
        {
            await _stream!.ReadExactlyAsync(next, cancellationToken);
            head.Add(next[0]);
        }

        return Encoding.ASCII.GetString([.. head]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
    }

    private async Task CloseAsync()
    {
        if (_stream is not null)
        {
            await _stream.DisposeAsync();
            _stream = null;
        }
    }
}
