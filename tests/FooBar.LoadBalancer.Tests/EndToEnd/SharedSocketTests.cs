using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;

namespace FooBar.LoadBalancer.Tests.EndToEnd;

/// <summary>Two gateways on the same sockets, as while the next version of it starts and this one still serves.</summary>
public sealed class SharedSocketTests : IDisposable
{
    private const string Ready = "READY=1\nSTATUS=Serving";
    private const string Alive = "WATCHDOG=1";

    private readonly TestCertificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    /// <summary>
    /// Each opens connections to the sockets to see whether it accepts, and the other one takes them as often as itself: neither must be taken
    /// for dead, and none kept alive by the other one's answers, which AcceptProbeTests show.
    /// </summary>
    [Fact]
    public async Task Watchdogs_OfBoth_AreTold()
    {
        using ServiceManager first = new();
        using ServiceManager second = new();
        Dictionary<string, string> environment = ServiceEnvironment.For(_certificates, "https://127.0.0.1:1");
        environment["NOTIFY_SOCKET"] = first.Address;
        environment["WATCHDOG_USEC"] = "15000000";

        // The second to start finds the mark of the first, and tells the other manager.
        string mark = Path.Join(Path.GetTempPath(), $"foobar-{Guid.NewGuid():N}");
        string script = $"if [ -e {mark} ]; then NOTIFY_SOCKET={second.Address}; export NOTIFY_SOCKET; fi; : > {mark}; exec dotnet {ServiceEnvironment.Program}";
        try
        {
            await using SocketHolder sockets = await SocketHolder.ListenAsync(["https", "http"], environment, "sh", "-c", script);
            await sockets.StartAsync();
            Assert.Equal(Ready, await first.NextAsync());
            await sockets.StartAsync();
            Assert.Equal(Ready, await second.NextAsync());

            // At once, and after a third of the timeout.
            for (int i = 0; i < 2; i++)
                Assert.Equal((Alive, Alive), (await first.NextAsync(), await second.NextAsync()));
        }
        finally
        {
            File.Delete(mark);
        }
    }
}
