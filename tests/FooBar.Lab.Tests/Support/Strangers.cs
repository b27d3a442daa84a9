using System.Net;
using System.Net.Sockets;

namespace FooBar.Lab.Tests.Support;

/// <summary>Visitors from several addresses: each request over a connection of its own, or over one that is kept.</summary>
internal sealed class Strangers : IAsyncDisposable
{
    private static readonly Version Http2 = new(2, 0);

    private readonly LabSite _lab;
    private readonly NetworkNamespace _namespace;
    private readonly string[] _addresses;
    private readonly HttpClient[] _new;
    private readonly HttpClient[] _http2;
    private readonly KeptConnection[] _kept;
    private int _http2Connections;

    private Strangers(LabSite lab, string[] addresses)
    {
        _lab = lab;
        _addresses = addresses;
        _namespace = lab.Namespace("visitor");
        _new = [.. addresses.Select(address => lab.Client(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero }, (to, token) => ConnectAsync(IPAddress.Parse(address), to, token)))];
        _http2 = [.. addresses.Select(address => lab.Client(new SocketsHttpHandler(), (to, token) => KeepAsync(IPAddress.Parse(address), to, token)))];
        IPEndPoint site = new(IPAddress.Parse(LabSite.Address("edge-1", ipv6: false)), 443);
        _kept = [.. addresses.Select(address => new KeptConnection(token => ConnectAsync(IPAddress.Parse(address), site, token), "www.foobar.com"))];
    }

    /// <summary>How many connections were opened that are kept, of HTTP/1.1 and of HTTP/2.</summary>
    public (int Http11, int Http2) Kept => (_kept.Sum(connection => connection.Opened), Volatile.Read(ref _http2Connections));

    public static async Task<Strangers> ComeAsync(LabSite lab, int count, CancellationToken cancellationToken)
    {
        string[] addresses = [.. Enumerable.Range(101, count).Select(number => $"10.77.0.{number}")];
        foreach (string address in addresses)
        {
            await lab.InAsync("visitor", ["ip", "address", "add", address + "/24", "dev", "eth0"], cancellationToken);
        }

        return new Strangers(lab, addresses);
    }

    /// <summary>A file of the site's, over a new connection: what is asked is whether the gateway answers, not how fast a page is rendered.</summary>
    public Task<string?> VisitAsync(int index, CancellationToken cancellationToken) => GetAsync(_new, HttpVersion.Version11, index, cancellationToken);

    /// <summary>The same over a connection of HTTP/1.1 that was there before.</summary>
    public Task<string?> StayAsync(int index, CancellationToken cancellationToken) => _kept[index % _kept.Length].GetAsync(cancellationToken);

    /// <summary>The same over one of HTTP/2.</summary>
    public Task<string?> StayWithHttp2Async(int index, CancellationToken cancellationToken) => GetAsync(_http2, Http2, index, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        foreach (HttpClient client in _new.Concat(_http2))
        {
            client.Dispose();
        }

        foreach (KeptConnection connection in _kept)
        {
            await connection.DisposeAsync();
        }

        _namespace.Dispose();
        foreach (string address in _addresses)
        {
            await _lab.InAsync("visitor", ["ip", "address", "del", address + "/24", "dev", "eth0"], CancellationToken.None);
        }
    }

    private static async Task<string?> GetAsync(HttpClient[] clients, Version version, int index, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, new Uri("/site.css", UriKind.Relative)) { Version = version, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using HttpResponseMessage answer = await clients[index % clients.Length].SendAsync(request, cancellationToken);
        _ = await answer.Content.ReadAsByteArrayAsync(cancellationToken);
        return answer.StatusCode == HttpStatusCode.OK ? null : $"status {(int)answer.StatusCode}";
    }

    private ValueTask<Stream> KeepAsync(IPAddress from, IPEndPoint to, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _http2Connections);
        return ConnectAsync(from, to, cancellationToken);
    }

    private async ValueTask<Stream> ConnectAsync(IPAddress from, IPEndPoint to, CancellationToken cancellationToken)
    {
        Socket socket = _namespace.Socket(to.AddressFamily, SocketType.Stream);
        try
        {
            socket.NoDelay = true;
            socket.Bind(new IPEndPoint(from, 0));
            await socket.ConnectAsync(to, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
