using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using FooBar.LoadBalancer.AccessLog;
using FooBar.LoadBalancer.Balancing;
using FooBar.LoadBalancer.Cache;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Limits;
using FooBar.ServiceDefaults.Admin;
using FooBar.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace FooBar.LoadBalancer.Tests.Support;

/// <summary>The gateway as <see cref="Program"/> builds it, on free ports, with its logs in memory.</summary>
internal sealed class TestGateway : IAsyncDisposable
{
    private readonly TestCertificates _certificates;
    private readonly WebApplication _app;
    private readonly LineLog _accessLog;
    private readonly LogLines _log;

    private TestGateway(TestCertificates certificates, WebApplication app, LineLog accessLog, LogLines log)
    {
        _certificates = certificates;
        _app = app;
        _accessLog = accessLog;
        _log = log;
    }

    public Uri Admin => _app.Services.GetRequiredService<AdminPort>().Address!;

    public int HttpsPort => Port("https");

    public int HttpPort => Port("http");

    public SettingsReload Reload => _app.Services.GetRequiredService<SettingsReload>();

    public CacheShelf Shelf => _app.Services.GetRequiredService<CacheShelf>();

    public CacheStore Cache => _app.Services.GetRequiredService<CacheStore>();

    public Occupancy Occupancy => _app.Services.GetRequiredService<Occupancy>();

    /// <summary>A part of it.</summary>
    public T Service<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    public BackendPool Pool => _app.Services.GetRequiredService<BackendPool>();

    public Balancer Balancer => _app.Services.GetRequiredService<Balancer>();

    public IReadOnlyList<string> AccessLogLines => _accessLog.Lines;

    /// <summary>The lines of the audit log, which share an output with the access log.</summary>
    public IReadOnlyList<JsonElement> Audit => [.. _accessLog.Lines.Select(Parse).Where(line => line.GetProperty("log").GetString() == "audit")];

    public string Log => string.Join(Environment.NewLine, _log.Lines);

    /// <summary>Starts it in front of backends in this process.</summary>
    public static Task<TestGateway> StartAsync(
        TestCertificates certificates, IReadOnlyList<TestBackend> backends, params IEnumerable<string> settings) =>
        StartAsync(certificates, [.. backends.Select(backend => (backend.Name, backend.Url))], settings);

    /// <summary>Starts it in front of backends in this process, with a clock of the test's.</summary>
    public static Task<TestGateway> StartAsync(
        TestCertificates certificates, IReadOnlyList<TestBackend> backends, TimeProvider time, params IEnumerable<string> settings) =>
        StartAsync(certificates, [.. backends.Select(backend => (backend.Name, backend.Url))], services => services.Replace(ServiceDescriptor.Singleton(time)), settings);

    /// <summary>Starts it in front of backends.</summary>
    /// <param name="certificates">Issues its certificate and is the authority that it believes for backends.</param>
    /// <param name="backends">What it forwards to.</param>
    /// <param name="settings">More settings, without the section's name: <c>Limits:RequestBodyBytes=1</c>; those of other sections with two dashes in front.</param>
    public static Task<TestGateway> StartAsync(
        TestCertificates certificates, IReadOnlyList<(string Name, string Url)> backends, params IEnumerable<string> settings) =>
        StartAsync(certificates, backends, _ => { }, settings);

    /// <summary>The same, with services of the test's own.</summary>
    public static async Task<TestGateway> StartAsync(
        TestCertificates certificates, IReadOnlyList<(string Name, string Url)> backends, Action<IServiceCollection> replace, params IEnumerable<string> settings)
    {
        // It names one host that is not served, so that a test can get past TLS with it.
        using X509Certificate2 certificate = certificates.Issue("www.foobar.com", "foobar.com", "localhost", "127.0.0.1", "other.example");
        (string certificatePath, string keyPath) = certificates.Write(certificate);
        string[] args =
        [
            "--Admin:Port=0",
            "--Gateway:Addresses:0=127.0.0.1",
            "--Gateway:HttpsPort=0",
            "--Gateway:HttpPort=0",
            $"--Gateway:CertificatePath={certificatePath}",
            $"--Gateway:KeyPath={keyPath}",
            $"--Gateway:BackendCaPath={certificates.AuthorityPath}",
            "--Gateway:Health:Interval=00:00:00.1",

            // On a busy machine a first check can take longer than the second that it has in service, and nothing is up then.
            "--Gateway:Health:Timeout=00:00:10",

            // A test that counts a handful of requests means them to be split evenly as soon as a backend is back.
            "--Gateway:Health:SlowStart=00:00:00",
            .. backends.SelectMany((backend, i) => new[]
            {
                $"--Gateway:Backends:{i}:Name={backend.Name}",
                $"--Gateway:Backends:{i}:Url={backend.Url}",
            }),
            .. settings.Select(setting => setting.StartsWith("--", StringComparison.Ordinal) ? setting : $"--Gateway:{setting}"),
        ];

        LineLog accessLog = new();
        LogLines log = new();
        WebApplication app = Program.Build(args, services =>
        {
            services.Replace(ServiceDescriptor.Singleton(new AccessLogOutput(accessLog)));
            services.Replace(ServiceDescriptor.Singleton<ILoggerProvider>(log));
            replace(services);
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new TestGateway(certificates, app, accessLog, log);
    }

    /// <summary>A client that reaches this gateway under any host name and verifies it against the test's authority.</summary>
    /// <param name="version">HTTP/1.1 if not given.</param>
    /// <param name="trusted">Another authority.</param>
    /// <param name="from">The address of 127.0.0.0/8 that it comes from; null for the usual one.</param>
    public HttpClient Client(Version? version = null, X509Certificate2? trusted = null, IPAddress? from = null)
    {
        SocketsHttpHandler handler = new()
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
            SslOptions = Trusting(trusted ?? _certificates.Authority),
            ConnectCallback = async (context, cancellationToken) =>
            {
                Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                int port = context.DnsEndPoint.Port is 443 ? HttpsPort : context.DnsEndPoint.Port is 80 ? HttpPort : context.DnsEndPoint.Port;
                socket.Bind(new IPEndPoint(from ?? IPAddress.Any, 0));
                await socket.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        return new HttpClient(handler)
        {
            BaseAddress = new Uri("https://www.foobar.com"),
            DefaultRequestVersion = version ?? HttpVersion.Version11,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Timeout = TimeSpan.FromSeconds(30),
        };
    }

    public static SslClientAuthenticationOptions Trusting(X509Certificate2 authority)
    {
        X509ChainPolicy policy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(authority);
        return new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
    }

    /// <summary>Waits until exactly these backends take traffic.</summary>
    public Task AvailableAsync(params string[] names) => Eventually.TrueAsync(
        () => Available().SequenceEqual(names),
        () => $"available are [{string.Join(", ", Available())}]\n{Log}");

    /// <summary>Waits until every claim is released.</summary>
    public Task IdleAsync() => Eventually.TrueAsync(
        () => Pool.All.All(backend => backend.InFlight == 0),
        () => $"in flight are [{string.Join(", ", Pool.All.Select(backend => $"{backend.Name}: {backend.InFlight}"))}]\n{Log}");

    /// <summary>What Prometheus would read now.</summary>
    public async Task<string> ScrapeAsync()
    {
        using HttpClient admin = new();
        return await admin.GetStringAsync(new Uri(Admin, "/metrics"), Eventually.Limit);
    }

    /// <summary>Waits for the access log's line about a path and returns it.</summary>
    public Task<JsonElement> AccessLogAsync(string path) => AccessLogAsync(path, _ => true);

    /// <summary>Waits for the first line about a path that the test means.</summary>
    public async Task<JsonElement> AccessLogAsync(string path, Func<JsonElement, bool> isMeant)
    {
        JsonElement? found = null;
        await Eventually.TrueAsync(
            () => (found = _accessLog.Lines.Select(Parse).Cast<JsonElement?>().FirstOrDefault(line => IsAbout(line!.Value, path) && isMeant(line.Value))) is not null,
            () => $"no access-log line about {path}\n{Log}");
        return found!.Value;
    }

    /// <summary>Asks it to end, as a signal does; it serves until it is disposed of.</summary>
    public void AskToEnd() => _app.Lifetime.StopApplication();

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }

    private static bool IsAbout(JsonElement line, string path) => line.TryGetProperty("path", out JsonElement its) && its.GetString() == path;

    private static JsonElement Parse(string line)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        return document.RootElement.Clone();
    }

    private string[] Available() => [.. Pool.Available.ToArray().Select(backend => backend.Name)];

    private int Port(string scheme) => _app.Urls.Select(url => new Uri(url)).Single(url => url.Scheme == scheme && url.Port != Admin.Port).Port;
}
