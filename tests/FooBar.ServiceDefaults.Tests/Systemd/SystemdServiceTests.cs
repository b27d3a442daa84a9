using System.Net;
using System.Security.Cryptography.X509Certificates;
using FooBar.ServiceDefaults.Systemd;
using FooBar.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace FooBar.ServiceDefaults.Tests.Systemd;

public sealed class SystemdServiceTests : IDisposable
{
    private const string Ready = "READY=1\nSTATUS=Serving";
    private const string Alive = "WATCHDOG=1";
    private const string Stopping = "STOPPING=1\nSTATUS=Stopping: finishing what is in hand";

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly TestCertificates _certificates = new();
    private readonly FakeTime _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _certificates.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task States_OfAProcess_AreSentWhenItStartsAndStops(bool isAbstract)
    {
        using ServiceManager systemd = new(isAbstract);
        await using TestService service = TestService.Build(builder => builder.Configuration["NOTIFY_SOCKET"] = systemd.Address);
        Assert.False(systemd.HasMore);

        await service.App.StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal(Ready, await systemd.NextAsync());
        _time.Advance(Timeout * 10);
        Assert.False(systemd.HasMore);

        await service.App.StopAsync(TestContext.Current.CancellationToken);
        Assert.Equal(Stopping, await systemd.NextAsync());
        Assert.False(systemd.HasMore);
    }

    [Fact]
    public async Task Watchdog_OfAServiceWithAnAdminPortOnly_IsToldThriceWithinItsTimeout()
    {
        using ServiceManager systemd = new();
        await using TestService service = await StartAsync(systemd);
        Assert.Equal([Ready, Alive], [await systemd.NextAsync(), await systemd.NextAsync()]);

        _time.Advance((Timeout / 3) - TimeSpan.FromTicks(1));
        Assert.False(systemd.HasMore);
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(Alive, await systemd.NextAsync());
        _time.Advance(Timeout / 3);
        Assert.Equal(Alive, await systemd.NextAsync());

        await service.App.StopAsync(TestContext.Current.CancellationToken);
        Assert.Equal(Stopping, await systemd.NextAsync());
        Assert.False(systemd.HasMore);
        Assert.DoesNotContain(service.LogLines, IsWarning);
    }

    [Fact]
    public async Task Watchdog_OfAnotherProcess_IsNotTold()
    {
        using ServiceManager systemd = new();
        await using TestService service = await StartAsync(systemd, builder => builder.Configuration["WATCHDOG_PID"] = "1");
        Assert.Equal(Ready, await systemd.NextAsync());

        await service.App.StopAsync(TestContext.Current.CancellationToken);

        Assert.Equal(Stopping, await systemd.NextAsync());
        Assert.Equal(0, _time.PendingTimers);
    }

    [Fact]
    public async Task Watchdog_OfAProcessWhoseHealthCheckFails_IsToldAllTheSame()
    {
        using ServiceManager systemd = new();
        await using TestService service = await StartAsync(systemd, builder => builder.Services.AddHealthChecks()
            .AddCheck("database", () => HealthCheckResult.Unhealthy("it is gone"), tags: ["ready"]));

        using HttpResponseMessage ready = await service.GetAsync(service.Admin, "/health/ready");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Equal([Ready, Alive], [await systemd.NextAsync(), await systemd.NextAsync()]);
    }

    [Fact]
    public async Task Watchdog_OnAnAdminPortForClientsWithACertificate_IsTold()
    {
        using X509Certificate2 certificate = _certificates.Issue("127.0.0.1");
        (string certificatePath, string keyPath) = _certificates.Write(certificate);
        using ServiceManager systemd = new();
        await using TestService service = await StartAsync(systemd, builder =>
        {
            builder.Configuration["Admin:CertificatePath"] = certificatePath;
            builder.Configuration["Admin:KeyPath"] = keyPath;
            builder.Configuration["Admin:ClientCaPath"] = _certificates.AuthorityPath;
            builder.Configuration["Admin:AllowedClients:0"] = "collector";
        });

        Assert.Equal([Ready, Alive], [await systemd.NextAsync(), await systemd.NextAsync()]);
        await service.App.StopAsync(TestContext.Current.CancellationToken);
        Assert.DoesNotContain(service.LogLines, IsWarning);
    }

    [Fact]
    public async Task Watchdog_WhileItsListenerRefusesTheHandshake_IsNotTold()
    {
        using X509Certificate2 certificate = _certificates.Issue("127.0.0.1");
        bool refuses = true;
        using SemaphoreSlim asked = new(0);
        using ServiceManager systemd = new();
        await using TestService service = await StartAsync(systemd, builder => Watch(builder, IPAddress.Any, certificate, () =>
        {
            asked.Release();
            return refuses;
        }));

        Assert.Equal(
            [Ready, "STATUS=Its own listener does not answer: Received an unexpected EOF or 0 bytes from the transport stream"],
            [await systemd.NextAsync(), await systemd.NextAsync()]);
        // Once more, and to the end: when the third probe begins, the second has been reported.
        for (int probe = 2; probe <= 3; probe++)
        {
            Assert.True(await asked.WaitAsync(Limit, TestContext.Current.CancellationToken));
            _time.Advance(Timeout / 3);
        }

        Assert.True(await asked.WaitAsync(Limit, TestContext.Current.CancellationToken));
        refuses = false;
        _time.Advance(Timeout / 3);

        Assert.Equal(Alive + "\nSTATUS=Serving", await systemd.NextAsync());
        int port = service.App.Urls.Select(url => new Uri(url)).Single(url => url.Scheme == "https").Port;
        Assert.Equal(
            [
                $"The listener 0.0.0.0:{port} does not answer this process itself: Received an unexpected EOF or 0 bytes from the transport stream. "
                + "The watchdog is not told that it lives, so that systemd restarts it",
                $"The listener 0.0.0.0:{port} answers this process itself again; the watchdog is told so",
            ],
            service.LogLines.Where(line => line.Contains("SystemdService", StringComparison.Ordinal)).Select(Message));
    }

    /// <summary>The other process is played in front of the listener: what it takes never gets there.</summary>
    [Fact]
    public async Task Watchdog_WhileAnotherProcessAnswersOnTheSameListener_IsToldWhatItWasToldBefore()
    {
        bool anotherTakesIt = true;
        using SemaphoreSlim asked = new(0);
        using ServiceManager systemd = new();
        await using TestService service = await StartAsync(systemd, builder => builder.Services.AddOptions<KestrelServerOptions>().PostConfigure<WatchedListener>((kestrel, watched) =>
            kestrel.Listen(IPAddress.Loopback, 0, listener =>
            {
                listener.Use(next => async connection =>
                {
                    asked.Release();
                    if (anotherTakesIt)
                        await connection.Transport.Output.WriteAsync("HTTP/1.1 200 OK\r\n"u8.ToArray(), Token);
                    else
                        await next(connection);
                });
                watched.Watch(listener, isTls: false);
            })));
        Assert.Equal([Ready, Alive], [await systemd.NextAsync(), await systemd.NextAsync()]);

        // Its own answer is 404, which is none.
        anotherTakesIt = false;
        _time.Advance(Timeout / 3);
        Assert.Equal("STATUS=Its own listener does not answer: /health/live was answered with 'HTTP/1.1 404 Not Found'", await systemd.NextAsync());

        // Four connections at the start, the one of its own, and two probes more; when the second begins, the first has been reported.
        anotherTakesIt = true;
        for (int connection = 0; connection < 5; connection++)
            Assert.True(await asked.WaitAsync(Limit, Token));
        for (int probe = 0; probe < 2; probe++)
        {
            _time.Advance(Timeout / 3);
            for (int connection = 0; connection < 4; connection++)
                Assert.True(await asked.WaitAsync(Limit, Token));
        }

        Assert.False(systemd.HasMore);
    }

    [Fact]
    public async Task Probe_OfATrafficListener_IsNoRequestAndNoWarning()
    {
        using X509Certificate2 certificate = _certificates.Issue("127.0.0.1");
        using ServiceManager systemd = new();
        await using TestService service = await StartAsync(systemd, builder => Watch(builder, IPAddress.IPv6Any, certificate, () => false));
        Assert.Equal([Ready, Alive], [await systemd.NextAsync(), await systemd.NextAsync()]);
        _time.Advance(Timeout / 3);
        Assert.Equal(Alive, await systemd.NextAsync());

        string page = await service.ScrapeAsync();
        await service.App.StopAsync(TestContext.Current.CancellationToken);

        Assert.Contains("kestrel_tls_handshake_duration_seconds_count", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http_server_request_duration_seconds_count", page, StringComparison.Ordinal);
        Assert.DoesNotContain(service.LogLines, IsWarning);
    }

    [Fact]
    public async Task Send_ToAManagerThatIsGone_IsLoggedOnceAndServingGoesOn()
    {
        using ServiceManager systemd = new(isAbstract: false);
        await using TestService service = await StartAsync(systemd);
        Assert.Equal([Ready, Alive], [await systemd.NextAsync(), await systemd.NextAsync()]);

        systemd.Dispose();
        await service.App.StopAsync(TestContext.Current.CancellationToken);

        Assert.StartsWith(
            $"systemd cannot be told the state of this process at {systemd.Address}: ",
            Message(Assert.Single(service.LogLines, IsWarning)),
            StringComparison.Ordinal);
    }

    private async Task<TestService> StartAsync(ServiceManager systemd, Action<WebApplicationBuilder>? configure = null) =>
        await TestService.StartAsync(builder =>
        {
            builder.Services.AddSingleton<TimeProvider>(_time);
            builder.Configuration["NOTIFY_SOCKET"] = systemd.Address;
            builder.Configuration["WATCHDOG_USEC"] = $"{(long)Timeout.TotalMicroseconds}";
            configure?.Invoke(builder);
        });

    /// <summary>Puts the application's listener, on a free port, under watch instead of the admin port.</summary>
    private static void Watch(WebApplicationBuilder builder, IPAddress address, X509Certificate2 certificate, Func<bool> refuses) =>
        builder.Services.AddOptions<KestrelServerOptions>().PostConfigure<WatchedListener>((kestrel, watched) =>
            kestrel.Listen(address, 0, listener =>
            {
                watched.Watch(listener);
                listener.Use(next => connection => refuses() ? Task.CompletedTask : next(connection));
                listener.UseHttps(certificate);
            }));

    private static bool IsWarning(string line) =>
        line.Contains("\"level\":\"Warning\"", StringComparison.Ordinal) || line.Contains("\"level\":\"Error\"", StringComparison.Ordinal);

    private static string Message(string line)
    {
        using System.Text.Json.JsonDocument json = System.Text.Json.JsonDocument.Parse(line);
        return json.RootElement.GetProperty("message").GetString()!;
    }
}
