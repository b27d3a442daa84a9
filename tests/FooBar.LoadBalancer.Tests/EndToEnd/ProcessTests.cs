using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;
using Microsoft.AspNetCore.Http;

namespace FooBar.LoadBalancer.Tests.EndToEnd;

/// <summary>The gateway as a process of its own, configured by environment variables as in service.</summary>
public sealed class ProcessTests : IDisposable
{
    private readonly TestCertificates _certificates = new();
    private readonly List<Process> _started = [];

    private static CancellationToken Token => Eventually.Limit;

    public void Dispose()
    {
        foreach (Process process in _started)
        {
            if (!process.HasExited)
                process.Kill();
            process.Dispose();
        }

        _certificates.Dispose();
    }

    [Fact]
    public async Task Check_OfAValidConfiguration_SaysSoAndDoesNotListen()
    {
        Process gateway = Start(Environment("https://127.0.0.1:1"), "--check");
        string output = await gateway.StandardOutput.ReadToEndAsync(Token);
        string doubts = await gateway.StandardError.ReadToEndAsync(Token);
        await gateway.WaitForExitAsync(Token);

        Assert.Equal(("The configuration is valid.\n", 0), (output, gateway.ExitCode));
        Assert.Contains("No certificate carries www.foobar.com, foobar.com: ", doubts, StringComparison.Ordinal);
    }

    /// <summary>The start would use it; who asks beforehand wants to hear of it.</summary>
    [Fact]
    public async Task Check_OfACertificateThatHasExpired_RefusesIt()
    {
        using PemFolder files = new();
        using X509Certificate2 expired = new CertificateRecipe { Hosts = ["localhost"], NotAfter = CertificateRecipe.Now.AddMinutes(-1) }.Make();
        Dictionary<string, string> environment = Environment("https://127.0.0.1:1");
        (environment["Gateway__CertificatePath"], environment["Gateway__KeyPath"]) = files.WritePair("site", expired);

        Process gateway = Start(environment, "--check");
        string errors = await gateway.StandardError.ReadToEndAsync(Token);
        await gateway.WaitForExitAsync(Token);

        Assert.StartsWith($"Gateway:CertificatePath is \"{files["site.crt"]}\", which cannot be used: 'CN=www.foobar.com' expired on ", errors, StringComparison.Ordinal);
        Assert.Equal(1, gateway.ExitCode);
    }

    [Theory]
    [InlineData("Gateway__HttpsPort", "70000", "Gateway:HttpsPort is 70000; it must be from 0 to 65535.\n")]
    [InlineData("Gateway__KeyPath", "/nowhere", "Gateway:KeyPath is \"/nowhere\", which cannot be used: there is no such file.\n")]
    [InlineData("Gateway__Admin__TokenPath", "/nowhere", "Gateway:Admin:TokenPath is \"/nowhere\", which cannot be used: there is no such file.\n")]
    [InlineData("Gateway__StatePath", "/nowhere/state.json", "Gateway:StatePath is \"/nowhere/state.json\", which cannot be used: there is no such folder; the file itself need not be there.\n")]
    [InlineData("Admin__Address", "all", "Admin:Address is 'all': it must be an IP address, e.g. 127.0.0.1.\n")]
    public async Task Check_OfAnInvalidConfiguration_SaysWhatIsWrong(string variable, string value, string expected)
    {
        Dictionary<string, string> environment = Environment("https://127.0.0.1:1");
        environment[variable] = value;

        Process gateway = Start(environment, "--check");
        string errors = await gateway.StandardError.ReadToEndAsync(Token);
        await gateway.WaitForExitAsync(Token);

        Assert.Equal((expected, 1), (errors, gateway.ExitCode));
    }

    [Fact]
    public async Task Start_WithAnInvalidConfiguration_SaysTheSameAsCheck()
    {
        Dictionary<string, string> environment = Environment("https://127.0.0.1:1");
        environment["Gateway__Policy"] = "7";

        Process gateway = Start(environment);
        string errors = await gateway.StandardError.ReadToEndAsync(Token);
        await gateway.WaitForExitAsync(Token);

        Assert.Equal(("Gateway:Policy is 7; it must be one of LeastConnections, RoundRobin, PowerOfTwoChoices.\n", 1), (errors, gateway.ExitCode));
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Terminate_WithARequestInFlight_FinishesItAndItsLogLine(string version)
    {
        await using TestBackend backend = await TestBackend.StartAsync("web-1", _certificates.Issue("127.0.0.1"));
        using Holding holding = new(backend);
        Dictionary<string, string> environment = Environment(backend.Url);
        Process gateway = Start(environment);
        Task<string> output = gateway.StandardOutput.ReadToEndAsync(Token);
        int port = await ListensAsync(gateway, environment);

        using HttpClient client = Client(port, version);
        Task<HttpResponseMessage> request = client.GetAsync("/held", Token);
        await holding.Arrived;
        await TerminateAsync(gateway);
        await Eventually.TrueAsync(() => !Accepts(port), () => "the gateway still listens");
        holding.Release();

        using HttpResponseMessage response = await request;
        Assert.Equal("finished", await response.Content.ReadAsStringAsync(Token));
        Assert.Equal(version == "1.1", response.Headers.ConnectionClose == true);
        await gateway.WaitForExitAsync(Token);
        Assert.Equal(0, gateway.ExitCode);
        JsonElement[] lines = [.. (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Parse)];
        JsonElement held = Assert.Single(lines, line => line.TryGetProperty("path", out JsonElement path) && path.GetString() == "/held");
        Assert.Equal("completed", held.GetProperty("end").GetString());
    }

    [Fact]
    public async Task Terminate_WithADelay_IsNotReadyAndServesOn()
    {
        await using TestBackend backend = await TestBackend.StartAsync("web-1", _certificates.Issue("127.0.0.1"));
        Dictionary<string, string> environment = Environment(backend.Url);
        environment["Gateway__Drain__Delay"] = "00:00:03";
        environment["Admin__Port"] = $"{FreePorts.Next()}";
        Process gateway = Start(environment);
        Task<string> output = gateway.StandardOutput.ReadToEndAsync(Token);
        int port = await ListensAsync(gateway, environment);
        using HttpClient admin = new() { BaseAddress = new Uri($"http://127.0.0.1:{environment["Admin__Port"]}") };
        await UntilAsync(admin, HttpStatusCode.OK);

        await TerminateAsync(gateway);
        await UntilAsync(admin, HttpStatusCode.ServiceUnavailable);
        using HttpClient client = Client(port, "1.1");
        Assert.Equal("hello", await client.GetStringAsync("/", Token));

        await gateway.WaitForExitAsync(Token);
        Assert.Equal(0, gateway.ExitCode);
        string log = await output;
        Assert.True(log.Contains("the listeners close after 3 s, requests in flight have 15 s", StringComparison.Ordinal), log);
    }

    [Fact]
    public async Task Terminate_WithARequestThatDoesNotFinish_CutsItAtTheTimeoutAndEnds()
    {
        await using TestBackend backend = await TestBackend.StartAsync("web-1", _certificates.Issue("127.0.0.1"));
        using Holding holding = new(backend);
        Dictionary<string, string> environment = Environment(backend.Url);
        environment["Gateway__Drain__Timeout"] = "00:00:01";
        Process gateway = Start(environment);
        Task<string> output = gateway.StandardOutput.ReadToEndAsync(Token);
        int port = await ListensAsync(gateway, environment);

        using HttpClient client = Client(port, "1.1");
        Task<HttpResponseMessage> request = client.GetAsync("/held", Token);
        await holding.Arrived;
        await TerminateAsync(gateway);

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => request);
        await gateway.WaitForExitAsync(Token);
        Assert.True(gateway.ExitCode == 0, $"exit code {gateway.ExitCode}\n{await output}");
    }

    /// <summary>There is no backend: that must not matter.</summary>
    [Fact]
    public async Task Systemd_OfAGatewayWithoutABackend_LearnsOfStartLifeAndStop()
    {
        using ServiceManager systemd = new();
        Dictionary<string, string> environment = Environment("https://127.0.0.1:1");
        environment["NOTIFY_SOCKET"] = systemd.Address;
        environment["WATCHDOG_USEC"] = "1500000";
        Process gateway = Start(environment);
        Task<string> output = gateway.StandardOutput.ReadToEndAsync(Token);

        Assert.Equal("READY=1\nSTATUS=Serving", await systemd.NextAsync());
        Assert.True(Accepts(int.Parse(environment["Gateway__HttpsPort"], null)));
        Assert.Equal("WATCHDOG=1", await systemd.NextAsync());
        Assert.Equal("WATCHDOG=1", await systemd.NextAsync());
        await TerminateAsync(gateway);

        Assert.Equal("STOPPING=1\nSTATUS=Stopping: finishing what is in hand", await systemd.NextButAsync("WATCHDOG=1"));
        await gateway.WaitForExitAsync(Token);
        Assert.Equal(0, gateway.ExitCode);
        Assert.DoesNotContain("SystemdService", await output, StringComparison.Ordinal);

        // The program itself has told OpenSSL to keep no buffers: the process of the tests does so, too.
        Assert.DoesNotContain("OpenSSL", await output, StringComparison.Ordinal);
    }

    /// <summary>It refuses whoever comes, but not itself: systemd would end it for having too many visitors.</summary>
    [Fact]
    public async Task Systemd_OfAGatewayWithAllConnectionsTaken_HearsThatItLives()
    {
        using ServiceManager systemd = new();
        Dictionary<string, string> environment = Environment("https://127.0.0.1:1");
        environment["NOTIFY_SOCKET"] = systemd.Address;
        environment["WATCHDOG_USEC"] = "1500000";
        environment["Gateway__Limits__Connections"] = "16";
        Process gateway = Start(environment);
        Task<string> output = gateway.StandardOutput.ReadToEndAsync(Token);
        Assert.Equal("READY=1\nSTATUS=Serving", await systemd.NextAsync());

        List<TcpClient> visitors = [];
        for (int i = 0; i < 16; i++)
        {
            visitors.Add(new TcpClient(AddressFamily.InterNetwork));
            await visitors[i].ConnectAsync(IPAddress.Loopback, int.Parse(environment["Gateway__HttpsPort"], null), Token);
        }

        // The handshakes of those who keep silent end after 5 s; the next two probes come within one.
        using TcpClient refused = new(AddressFamily.InterNetwork);
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await refused.ConnectAsync(IPAddress.Loopback, int.Parse(environment["Gateway__HttpsPort"], null), Token);
            await refused.GetStream().ReadExactlyAsync(new byte[1], Token);
        });
        for (int i = 0; i < 3; i++)
            Assert.Equal("WATCHDOG=1", await systemd.NextAsync());

        visitors.ForEach(visitor => visitor.Dispose());
        await TerminateAsync(gateway);
        await gateway.WaitForExitAsync(Token);
        Assert.DoesNotContain("SystemdService", await output, StringComparison.Ordinal);
    }

    private static async Task TerminateAsync(Process gateway)
    {
        using Process kill = Process.Start("kill", ["-TERM", $"{gateway.Id}"]);
        await kill.WaitForExitAsync(Token);
    }

    private static async Task<int> ListensAsync(Process gateway, Dictionary<string, string> environment)
    {
        int port = int.Parse(environment["Gateway__HttpsPort"], null);
        await Eventually.TrueAsync(() => gateway.HasExited || Accepts(port), () => "the gateway does not listen");
        return port;
    }

    private static async Task UntilAsync(HttpClient admin, HttpStatusCode status)
    {
        while (true)
        {
            using HttpResponseMessage response = await admin.GetAsync("/health/ready", Token);
            if (response.StatusCode == status)
                return;
        }
    }

    private HttpClient Client(int port, string version) => new(new SocketsHttpHandler { SslOptions = TestGateway.Trusting(_certificates.Authority) })
    {
        BaseAddress = new Uri($"https://localhost:{port}"),
        DefaultRequestVersion = Version.Parse(version),
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    private static JsonElement Parse(string line)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        return document.RootElement.Clone();
    }

    private static bool Accepts(int port)
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private Process Start(Dictionary<string, string> environment, params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", [ServiceEnvironment.Program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        Process process = Process.Start(start)!;
        _started.Add(process);
        return process;
    }

    private Dictionary<string, string> Environment(string backendUrl) => ServiceEnvironment.For(_certificates, backendUrl);

    /// <summary>A backend that keeps its request until it is let go.</summary>
    private sealed class Holding : IDisposable
    {
        private readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Holding(TestBackend backend) => backend.Handler = async context =>
        {
            _arrived.SetResult();
            await _release.Task;
            await context.Response.WriteAsync("finished");
        };

        public Task Arrived => _arrived.Task.WaitAsync(Token);

        public void Release() => _release.TrySetResult();

        public void Dispose() => Release();
    }
}
