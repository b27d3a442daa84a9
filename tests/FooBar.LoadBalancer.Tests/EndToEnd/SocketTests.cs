using System.Net;
using System.Net.Sockets;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;
using Microsoft.AspNetCore.Http;

namespace FooBar.LoadBalancer.Tests.EndToEnd;

/// <summary>The gateway as a process on sockets that somebody else listens on, as systemd does.</summary>
public sealed class SocketTests : IDisposable
{
    private readonly TestCertificates _certificates = new();

    private static CancellationToken Token => Eventually.Limit;

    public void Dispose() => _certificates.Dispose();

    [Fact]
    public async Task Gateway_OnPassedSockets_ServesThereAndNowhereElse()
    {
        await using TestBackend backend = await TestBackend.StartAsync("web-1", _certificates.Issue("127.0.0.1"));
        string? forwardedFor = null;
        backend.Handler = context =>
        {
            forwardedFor = context.Request.Headers["X-Forwarded-For"];
            return context.Response.WriteAsync("hello");
        };
        Dictionary<string, string> environment = ServiceEnvironment.For(_certificates, backend.Url);
        using ServiceManager systemd = new();
        environment["NOTIFY_SOCKET"] = systemd.Address;
        environment["WATCHDOG_USEC"] = "30000000";
        await using SocketHolder sockets = await ListenAsync(["https", "http", "https"], environment);

        int gateway = await sockets.StartAsync();
        Assert.Equal("READY=1\nSTATUS=Serving", await systemd.NextAsync());

        foreach (int port in (int[])[sockets.Ports[0], sockets.Ports[2]])
        {
            using HttpClient client = Client();
            Assert.Equal("hello", await client.GetStringAsync(new Uri($"https://localhost:{port}/{port}"), Token));
        }

        using HttpClient plain = Client();
        using HttpResponseMessage redirect = await plain.GetAsync(new Uri($"http://localhost:{sockets.Ports[1]}/"), Token);
        Assert.Equal(
            (HttpStatusCode.PermanentRedirect, $"https://localhost:{environment["Gateway__HttpsPort"]}/"),
            (redirect.StatusCode, redirect.Headers.Location?.OriginalString));
        Assert.Equal(SocketError.ConnectionRefused, await ConnectAsync(int.Parse(environment["Gateway__HttpsPort"], null)));
        Assert.Equal("WATCHDOG=1", await systemd.NextAsync());

        // As systemd has it; Kestrel's own default would lower it.
        int most = int.Parse(await File.ReadAllTextAsync("/proc/sys/net/core/somaxconn", Token), null);
        Assert.Equal(string.Join(',', Enumerable.Repeat(Math.Min(4096, most), 3)), await sockets.BacklogAsync());

        // The peer's address is ::ffff:127.0.0.1 on these sockets.
        Assert.Equal("127.0.0.1", forwardedFor);
        await Signals.TerminateAsync(gateway);
        Assert.Equal(0, await sockets.EndAsync(gateway));
        Assert.Contains($"\"client\":\"127.0.0.1\",\"protocol\":\"HTTP/1.1\",\"method\":\"GET\",\"host\":\"localhost:{sockets.Ports[0]}\"", sockets.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https,unknown", "LISTEN_FDNAMES has a socket named 'unknown'; the socket units' FileDescriptorName= must be https, http or admin.\n"
        + "LISTEN_FDNAMES has no socket named 'http'; the service needs a socket unit with FileDescriptorName=http.\n")]
    [InlineData("https", "LISTEN_FDNAMES has no socket named 'http'; the service needs a socket unit with FileDescriptorName=http.\n")]
    public async Task Gateway_OnSocketsOfOtherNames_SaysSoAndEnds(string names, string expected)
    {
        await using SocketHolder sockets = await ListenAsync(names.Split(','), ServiceEnvironment.For(_certificates, "https://127.0.0.1:1"));

        int gateway = await sockets.StartAsync();

        Assert.Equal(1 * 256, await sockets.EndAsync(gateway));
        Assert.Equal(expected, sockets.Log);
    }

    [Fact]
    public async Task Gateway_OnDescriptorsThatAreNoSockets_SaysSoAndEnds()
    {
        Dictionary<string, string> environment = ServiceEnvironment.For(_certificates, "https://127.0.0.1:1");
        (environment["LISTEN_FDS"], environment["LISTEN_FDNAMES"]) = ("2", "https:http");

        (int exitCode, string output) = await TestProcess.RunAsync(
            "sh", ["-c", "exec 3</dev/null 4</dev/null; LISTEN_PID=$$ exec dotnet \"$0\"", ServiceEnvironment.Program], Token, start =>
            {
                foreach ((string name, string value) in environment)
                    start.Environment[name] = value;
            });

        Assert.Equal(1, exitCode);
        Assert.Contains(
            "Descriptor 3 from systemd cannot be listened on: it does not listen on a TCP port. Its socket unit needs ListenStream= with a port.\n",
            output,
            StringComparison.Ordinal);
    }

    /// <summary>
    /// Who connects while no gateway runs waits, and is served by the next one. What a gateway leaves on the shared socket would reach the
    /// connections of the next: with SO_LINGER, which .NET sets on a socket that it closes in an accept, they would end by a reset.
    /// </summary>
    [Theory]
    [InlineData("TERM", 0)]
    [InlineData("KILL", 9)]
    public async Task Client_BetweenTwoGateways_IsServedByTheSecond(string signal, int end)
    {
        await using TestBackend backend = await TestBackend.StartAsync("web-1", _certificates.Issue("127.0.0.1"));
        await using SocketHolder sockets = await ListenAsync(["https", "http"], ServiceEnvironment.For(_certificates, backend.Url));
        using HttpClient before = Client();
        using HttpClient between = Client();
        Uri url = new($"https://localhost:{sockets.Ports[0]}/");
        int first = await sockets.StartAsync();
        Assert.Equal("hello", await before.GetStringAsync(url, Token));

        await (signal == "TERM" ? Signals.TerminateAsync(first) : Signals.KillAsync(first));
        Assert.Equal(end, await sockets.EndAsync(first));
        Assert.Equal("0,0", await sockets.LingerAsync());
        Task<string> waiting = between.GetStringAsync(url, Token);
        await sockets.StartAsync();

        Assert.Equal("hello", await waiting);
    }

    private static Task<SocketHolder> ListenAsync(IEnumerable<string> names, Dictionary<string, string> environment) =>
        SocketHolder.ListenAsync(names, environment, "dotnet", ServiceEnvironment.Program);

    private HttpClient Client() => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        SslOptions = TestGateway.Trusting(_certificates.Authority),

        // "localhost" may mean ::1 first, where nobody listens.
        ConnectCallback = static async (context, cancel) =>
        {
            Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        },
    });

    private static async Task<SocketError> ConnectAsync(int port)
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port, Token);
            return SocketError.Success;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode;
        }
    }
}
