using System.Net;
using System.Net.Sockets;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Limits;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace FooBar.LoadBalancer.Tests.EndToEnd;

/// <summary>Connections that are one too many: closed before TLS, while everybody else is served.</summary>
public sealed class ConnectionLimitTests : IAsyncDisposable
{
    private static readonly IPAddress Attacker = IPAddress.Parse("127.0.0.2");
    private static readonly IPAddress Other = IPAddress.Parse("127.0.0.3");

    private readonly TestCertificates _certificates = new();
    private readonly SettingsFile _file = new();
    private readonly List<Visitor> _visitors = [];
    private long _usedMemory;
    private TestBackend? _backend;
    private TestGateway? _gateway;

    private static CancellationToken Token => Eventually.Limit;

    private TestGateway Gateway => _gateway!;

    public async ValueTask DisposeAsync()
    {
        foreach (Visitor visitor in _visitors)
            await visitor.DisposeAsync();
        await Gateway.DisposeAsync();
        await _backend!.DisposeAsync();
        _file.Dispose();
        _certificates.Dispose();
    }

    [Fact]
    public async Task Client_BeyondItsConnections_IsClosedBeforeTls_AndComesBackWhenOneHasGone()
    {
        // The rate of new connections, which has room for three at once here, is not what is met.
        await StartAsync("ConnectionsPerClient=3", "NewConnectionsPerClient=1000000");
        Visitor first = await ServedAsync(Attacker);
        await ServedAsync(Attacker);
        await ServedAsync(Attacker);

        await ClosedAsync(Attacker);
        await ClosedAsync(Attacker);
        await ServedAsync(Other);

        await first.DisposeAsync();
        await Eventually.TrueAsync(() => Gateway.Occupancy.Connections == 3, () => $"{Gateway.Occupancy.Connections} connections");
        await ServedAsync(Attacker);
        await ShedAsync(ShedReason.ConnectionsPerClient, 2);

        // One line, however many were refused.
        Assert.Single(Gateway.Log.Split('\n'), line => line.Contains("they meet the limit 'connections_per_client'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Client_ThatIsAllowed_HasNoLimitOfItsOwn()
    {
        await StartAsync("ConnectionsPerClient=1", "HandshakesPerClient=1", "NewConnectionsPerClient=1", "Allow:0=127.0.0.2");

        for (int i = 0; i < 5; i++)
            await ServedAsync(Attacker);
        await ServedAsync(Other);
        await ClosedAsync(Other);
    }

    [Fact]
    public async Task Gateway_BeyondItsConnections_ClosesTheNext_AndTheAdminPortAnswers()
    {
        await StartAsync("Connections=16", "Allow:0=127.0.0.0/8");
        for (int i = 0; i < 16; i++)
            await ServedAsync(i % 2 == 0 ? Attacker : Other);

        await ClosedAsync(Attacker);
        await ClosedAsync(IPAddress.Loopback);

        string metrics = await ShedAsync(ShedReason.Connections, 2);
        Assert.Contains("gateway_connections 16\n", metrics, StringComparison.Ordinal);
        Assert.Contains("gateway_clients 2\n", metrics, StringComparison.Ordinal);
        using HttpClient admin = new() { BaseAddress = Gateway.Admin };
        using HttpResponseMessage ready = await admin.GetAsync("/health/ready", Token);
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
    }

    [Fact]
    public async Task Client_ThatOpensConnectionsTooFast_IsClosed()
    {
        await StartAsync("ConnectionsPerClient=5", "NewConnectionsPerClient=1");
        for (int i = 0; i < 5; i++)
            await (await ServedAsync(Attacker)).DisposeAsync();
        await Eventually.TrueAsync(() => Gateway.Occupancy.Connections == 0, () => $"{Gateway.Occupancy.Connections} connections");

        // Another bucket would take a second for each; a machine that is slow may have let one more in.
        for (int i = 0; i < 20; i++)
        {
            if (await TryConnectAsync(Attacker) is { } visitor)
                await visitor.DisposeAsync();
        }

        await Eventually.TrueAsync(() => Gateway.Log.Contains("'connection_rate'", StringComparison.Ordinal), () => Gateway.Log);
        await ServedAsync(Other);
    }

    [Theory]
    [InlineData("HandshakesPerClient=2", "HandshakesPerClient", true)]
    [InlineData("Handshakes=2", "Handshakes", false)]
    public async Task Handshakes_ThatAreNotFinished_AreBounded(string setting, string reason, bool otherIsServed)
    {
        await StartAsync(setting);
        await ServedAsync(Attacker);
        Visitor silent = await ConnectAsync(Attacker);
        await ConnectAsync(Attacker);
        await Eventually.TrueAsync(() => Gateway.Occupancy.Handshakes == 2, () => $"{Gateway.Occupancy.Handshakes} handshakes");

        await ClosedAsync(Attacker);
        if (otherIsServed)
            await ServedAsync(Other);
        else
            await ClosedAsync(Other);

        // Plain HTTP costs no handshake.
        using HttpClient plain = Gateway.Client(from: Attacker);
        using HttpResponseMessage redirect = await plain.GetAsync("http://localhost/", Token);
        Assert.Equal(HttpStatusCode.PermanentRedirect, redirect.StatusCode);

        await silent.HandshakeAsync(Token);
        await silent.GetAsync(Token);
        await ServedAsync(Attacker);
        await ShedAsync(Enum.Parse<ShedReason>(reason), otherIsServed ? 1 : 2);
    }

    [Fact]
    public async Task Handshake_ThatFails_IsCountedOut()
    {
        await StartAsync("HandshakesPerClient=1");
        for (int i = 0; i < 3; i++)
        {
            Visitor visitor = await ConnectAsync(Attacker);
            await visitor.Connection.WriteAsync("this is no ClientHello\r\n\r\n"u8.ToArray(), Token);
            await ReadToEndAsync(visitor);
            await Eventually.TrueAsync(() => Gateway.Occupancy is { Handshakes: 0, Connections: 0 }, () => $"{Gateway.Occupancy.Handshakes} handshakes");
        }

        await ServedAsync(Attacker);
    }

    [Fact]
    public async Task Client_ThatIsDenied_IsClosed_AlsoOnAConnectionThatItHas()
    {
        await StartAsync("Deny:0=127.0.0.2");
        await ClosedAsync(Attacker);
        Visitor other = await ServedAsync(Other);

        _file.Write("Limits:Deny:0=127.0.0.3");
        ReloadResult result = Gateway.Reload.Reload("test");

        Assert.Empty(result.Errors);
        await Assert.ThrowsAsync<IOException>(() => other.GetAsync(Token));
        await ServedAsync(Attacker);
        await ShedAsync(ShedReason.Denied, 2);
    }

    [Fact]
    public async Task Memory_ThatIsScarce_LetsNobodyIn_UntilItIsEnough()
    {
        await StartAsync();
        Visitor known = await ServedAsync(Other);

        Interlocked.Exchange(ref _usedMemory, 900);
        await Eventually.TrueAsync(() => Gateway.Log.Contains("Memory is scarce", StringComparison.Ordinal), () => Gateway.Log);
        await ClosedAsync(Other);
        string refused = await known.GetAsync(Token);
        Assert.StartsWith("HTTP/1.1 503 ", refused, StringComparison.Ordinal);
        Assert.Contains("\r\nRetry-After: 5\r\n", refused, StringComparison.Ordinal);
        Assert.Contains("gateway_memory_share 0.9\n", await ShedAsync(ShedReason.Memory, 2), StringComparison.Ordinal);

        Interlocked.Exchange(ref _usedMemory, 100);
        await Eventually.TrueAsync(() => Gateway.Log.Contains("Memory is enough again", StringComparison.Ordinal), () => Gateway.Log);
        Assert.StartsWith("HTTP/1.1 200 ", await known.GetAsync(Token), StringComparison.Ordinal);
        await ServedAsync(Attacker);
    }

    private async Task StartAsync(params IEnumerable<string> limits)
    {
        _backend = await TestBackend.StartAsync("web-1", _certificates.Issue("127.0.0.1"));
        _file.Write();
        string[] settings = [_file.Argument, .. limits.Select(limit => $"Limits:{limit}")];
        if (!settings.Any(setting => setting.StartsWith("Limits:Allow", StringComparison.Ordinal)))
            settings = [.. settings, "Limits:Allow:0=none"];

        // What a test changes in the file must not be overruled by the command line.
        string[] inFile = [.. settings.Where(setting => setting.StartsWith("Limits:Deny", StringComparison.Ordinal))];
        _file.Write(inFile);
        _gateway = await TestGateway.StartAsync(
            _certificates,
            [(_backend.Name, _backend.Url)],
            services => services.Replace(ServiceDescriptor.Singleton(new MemorySource(() => new MemoryUse(Interlocked.Read(ref _usedMemory), 1000)))),
            settings.Except(inFile));
    }

    private async Task<Visitor> ConnectAsync(IPAddress from)
    {
        Visitor visitor = await Visitor.ConnectAsync(Gateway.HttpsPort, _certificates.Authority, from, Token);
        _visitors.Add(visitor);
        return visitor;
    }

    /// <summary>A new connection, which gets its answer and stays.</summary>
    private async Task<Visitor> ServedAsync(IPAddress from)
    {
        Visitor visitor = await ConnectAsync(from);
        await visitor.HandshakeAsync(Token);
        Assert.StartsWith("HTTP/1.1 200 ", await visitor.GetAsync(Token), StringComparison.Ordinal);
        return visitor;
    }

    /// <summary>A new connection is closed although it has sent nothing: there was no handshake that could have been answered.</summary>
    private async Task ClosedAsync(IPAddress from)
    {
        if (await TryConnectAsync(from) is { } visitor)
            Assert.Empty(await ReadToEndAsync(visitor));
    }

    /// <summary>Null if the connection is closed sooner than it can be used.</summary>
    private async Task<Visitor?> TryConnectAsync(IPAddress from)
    {
        try
        {
            return await ConnectAsync(from);
        }
        catch (SocketException exception) when (IsReset(exception))
        {
            return null;
        }
    }

    private static async Task<byte[]> ReadToEndAsync(Visitor visitor)
    {
        using MemoryStream bytes = new();
        try
        {
            await visitor.Connection.CopyToAsync(bytes, Token);
        }
        catch (IOException exception) when (IsReset(exception))
        {
            // An end as well, in a hurry.
        }

        return bytes.ToArray();
    }

    private static bool IsReset(Exception exception) =>
        (exception as SocketException ?? exception.InnerException as SocketException)?.SocketErrorCode == SocketError.ConnectionReset;

    private async Task<string> ShedAsync(ShedReason reason, int count)
    {
        string metrics = await Gateway.ScrapeAsync();
        Assert.Contains($"gateway_shed_total{{reason=\"{reason.Text()}\"}} {count}\n", metrics, StringComparison.Ordinal);
        return metrics;
    }
}
