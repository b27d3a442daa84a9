using System.Globalization;
using System.Net;
using System.Net.Sockets;
using FooBar.Lab.Tests.Support;
using FooBar.Load;

namespace FooBar.Lab.Tests.Site;

/// <summary>The gateway restarts while strangers arrive: systemd holds its sockets, so they wait instead of being refused.</summary>
public sealed class GatewayRestartTests(Labs labs) : SiteTest(labs)
{
    private const int PerSecond = 200;

    [Fact]
    public async Task Restart_UnderTwoHundredNewConnectionsASecond_FailsNobody()
    {
        // One address may make 200 connections a second and hold 512: the strangers are several.
        await using Strangers strangers = await Strangers.ComeAsync(Site, 8, Token);
        OpenLoop loop = new(TimeProvider.System);
        await SettleAsync(loop, strangers);
        Task<LoadResult> running = loop.RunAsync(new LoadPlan("new connections", PerSecond, TimeSpan.FromSeconds(20), strangers.VisitAsync, TimeSpan.FromSeconds(15)), Token);
        string before = await Site.OnAsync("edge-1", "systemctl show -p MainPID --value foobar-gateway", Token);

        await Task.Delay(TimeSpan.FromSeconds(5), TimeProvider.System, Token);
        await Site.OnAsync("edge-1", "systemctl restart foobar-gateway", Token);
        string after = await Site.OnAsync("edge-1", "systemctl show -p MainPID --value foobar-gateway", Token);
        LoadResult result = await running;

        Say(result.Report());
        Assert.NotEqual(before, after);
        Assert.Equal(4000, result.Succeeded);
        Assert.Equal(0, result.Failed);
    }

    /// <summary>
    /// The same arrivals until they are answered as fast as they come: processes that have just been deployed are slow at first, and this is about
    /// the restart of one that serves.
    /// </summary>
    private static async Task SettleAsync(OpenLoop loop, Strangers strangers)
    {
        for (int turn = 1; turn <= 12; turn++)
        {
            LoadResult result = await loop.RunAsync(new LoadPlan("settling", PerSecond, TimeSpan.FromSeconds(5), strangers.VisitAsync, TimeSpan.FromSeconds(15)), Token);
            TimeSpan slow = result.Latency.Percentile(99);
            Say(string.Create(CultureInfo.InvariantCulture, $"settling: 99 of 100 within {slow.TotalMilliseconds:0} ms"));
            if (slow < TimeSpan.FromMilliseconds(200))
            {
                return;
            }
        }

        Assert.Fail("the site does not get as fast as 200 new connections a second need");
    }
}

/// <summary>Visitors from several addresses, each request over a connection of its own.</summary>
internal sealed class Strangers : IAsyncDisposable
{
    private readonly LabSite _lab;
    private readonly NetworkNamespace _namespace;
    private readonly string[] _addresses;
    private readonly HttpClient[] _clients;

    private Strangers(LabSite lab, string[] addresses)
    {
        _lab = lab;
        _addresses = addresses;
        _namespace = lab.Namespace("visitor");
        _clients = [.. addresses.Select(address => lab.Client(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero }, (to, token) => ConnectAsync(IPAddress.Parse(address), to, token)))];
    }

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
    public async Task<string?> VisitAsync(int index, CancellationToken cancellationToken)
    {
        using HttpResponseMessage answer = await _clients[index % _clients.Length].GetAsync(new Uri("/site.css", UriKind.Relative), cancellationToken);
        _ = await answer.Content.ReadAsByteArrayAsync(cancellationToken);
        return answer.StatusCode == HttpStatusCode.OK ? null : $"status {(int)answer.StatusCode}";
    }

    public async ValueTask DisposeAsync()
    {
        foreach (HttpClient client in _clients)
        {
            client.Dispose();
        }

        _namespace.Dispose();
        foreach (string address in _addresses)
        {
            await _lab.InAsync("visitor", ["ip", "address", "del", address + "/24", "dev", "eth0"], CancellationToken.None);
        }
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
