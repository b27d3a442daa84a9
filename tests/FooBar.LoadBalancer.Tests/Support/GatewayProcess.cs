using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using FooBar.Testing;

namespace FooBar.LoadBalancer.Tests.Support;

/// <summary>The gateway as a process of its own in front of one backend, whose processor time and memory can be read.</summary>
internal sealed class GatewayProcess : IAsyncDisposable
{
    /// <summary>Clock ticks a second in /proc: fixed on Linux for whoever reads it (USER_HZ).</summary>
    private const double TicksPerSecond = 100;

    private const int KeptLines = 500;

    private static readonly TimeSpan _step = TimeSpan.FromMilliseconds(20);

    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly X509Certificate2 _authority;

    private GatewayProcess(Process process, int port, int adminPort, X509Certificate2 authority)
    {
        _authority = authority;
        _process = process;
        Port = port;
        Admin = new Uri($"http://127.0.0.1:{adminPort}");
        _output = LastLinesAsync(process.StandardOutput);
    }

    /// <summary>For HTTPS, on 127.0.0.1.</summary>
    public int Port { get; }

    public Uri Admin { get; }

    public int Id => _process.Id;

    /// <summary>Processor time that it has used.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            // After the name, which may hold anything: field 14 and 15 of proc_pid_stat(5).
            string stat = File.ReadAllText($"/proc/{_process.Id}/stat");
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return TimeSpan.FromSeconds((Number(fields[11]) + Number(fields[12])) / TicksPerSecond);
        }
    }

    /// <summary>Its resident memory in MB.</summary>
    public double ResidentMb => Number(File.ReadLines($"/proc/{_process.Id}/status")
        .Single(line => line.StartsWith("VmRSS:", StringComparison.Ordinal))
        .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) / 1024.0;

    /// <summary>Its open file descriptors, and how many of them are sockets.</summary>
    public (int All, int Sockets) Descriptors
    {
        get
        {
            // One that was closed meanwhile has no target any more.
            string[] targets = [.. new DirectoryInfo($"/proc/{_process.Id}/fd").EnumerateFileSystemInfos().Select(Target)];
            return (targets.Length, targets.Count(target => target.StartsWith("socket:", StringComparison.Ordinal)));
        }
    }

    /// <summary>Its threads.</summary>
    public int Threads => Directory.GetDirectories($"/proc/{_process.Id}/task").Length;

    /// <summary>Starts it and waits until its backend is up.</summary>
    /// <param name="certificates">Issues its certificate.</param>
    /// <param name="backendUrl">What it forwards to.</param>
    /// <param name="settings">More settings, as in <see cref="TestGateway"/>.</param>
    public static async Task<GatewayProcess> StartAsync(TestCertificates certificates, string backendUrl, params IEnumerable<string> settings)
    {
        Dictionary<string, string> environment = ServiceEnvironment.For(certificates, backendUrl);
        int port = int.Parse(environment["Gateway__HttpsPort"], null);
        int adminPort = FreePorts.Next();
        environment["Admin__Port"] = $"{adminPort}";
        foreach (string[] pair in settings.Select(setting => setting.Split('=', 2)))
            environment[$"Gateway__{pair[0].Replace(":", "__", StringComparison.Ordinal)}"] = pair[1];

        Process process = await TestProcess.StartAsync("KILL", "dotnet", [ServiceEnvironment.Program], start =>
        {
            start.RedirectStandardOutput = true;
            foreach ((string name, string value) in environment)
                start.Environment[name] = value;
        });
        GatewayProcess gateway = new(process, port, adminPort, certificates.Authority);
        await gateway.ReadyAsync();
        return gateway;
    }

    /// <summary>A client that comes from an address of 127.0.0.0/8; null for the usual one.</summary>
    public HttpClient Client(IPAddress? from = null, Version? version = null) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        SslOptions = TestGateway.Trusting(_authority),
        ConnectCallback = async (_, cancellationToken) =>
        {
            Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            socket.Bind(new IPEndPoint(from ?? IPAddress.Any, 0));
            await socket.ConnectAsync(IPAddress.Loopback, Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    {
        BaseAddress = new Uri("https://localhost"),
        DefaultRequestVersion = version ?? HttpVersion.Version11,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    /// <summary>Waits until a metric has this value.</summary>
    public async Task MetricAsync(string series, int value)
    {
        string metrics = await ScrapeAsync();
        for (CancellationToken limit = Eventually.Limit; !metrics.Contains($"\n{series} {value}\n", StringComparison.Ordinal); metrics = await ScrapeAsync())
        {
            if (limit.IsCancellationRequested)
                Assert.Fail($"No '{series} {value}' in:\n{metrics}\n{await EndAsync()}");
            await Task.Delay(_step, TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>What Prometheus would read now.</summary>
    public async Task<string> ScrapeAsync()
    {
        using HttpClient admin = new();
        return await admin.GetStringAsync(new Uri(Admin, "/metrics"), Eventually.Limit);
    }

    /// <summary>Ends it and returns the last of its logs: what was out of the ordinary, and then the rest.</summary>
    public async Task<string> EndAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        return await _output;
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _process.Dispose();
    }

    private async Task ReadyAsync()
    {
        using HttpClient admin = new() { BaseAddress = Admin };
        while (true)
        {
            if (_process.HasExited)
                Assert.Fail($"The gateway ended before it was ready:\n{await _output}");
            try
            {
                using HttpResponseMessage ready = await admin.GetAsync(new Uri("/health/ready", UriKind.Relative), Eventually.Limit);
                if (ready.IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException exception) when (exception.InnerException is SocketException)
            {
                // It does not listen yet.
            }

            await Task.Delay(_step, TimeProvider.System, Eventually.Limit);
        }
    }

    private static string Target(FileSystemInfo descriptor)
    {
        try
        {
            return descriptor.LinkTarget ?? "";
        }
        catch (IOException)
        {
            return "";
        }
    }

    /// <summary>
    /// Reads to its end what it writes, and keeps the last of it: a long run writes hundreds of megabytes. Among a million requests that went well
    /// one that did not must not get lost.
    /// </summary>
    private static async Task<string> LastLinesAsync(StreamReader output)
    {
        Queue<string> ordinary = new();
        Queue<string> others = new();
        while (await output.ReadLineAsync() is { } line)
        {
            Queue<string> last = line.Contains("\"end\":\"completed\"", StringComparison.Ordinal) ? ordinary : others;
            last.Enqueue(line);
            if (last.Count > KeptLines)
                last.Dequeue();
        }

        return string.Join('\n', others.Concat(ordinary));
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
