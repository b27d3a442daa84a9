using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace FooBar.LoadBalancer.Tests.Support;

/// <summary>A backend on real Kestrel and real TLS, that counts what reaches it.</summary>
internal sealed class TestBackend : IAsyncDisposable
{
    private X509Certificate2 _certificate;
    private WebApplication? _app;
    private int _port;
    private int _requests;
    private int _healthChecks;

    private TestBackend(string name, X509Certificate2 certificate)
    {
        Name = name;
        _certificate = certificate;
    }

    public string Name { get; }

    public string Url => $"https://127.0.0.1:{_port}";

    public int Port => _port;

    /// <summary>Requests so far, health checks not counted.</summary>
    public int Requests => Volatile.Read(ref _requests);

    public int HealthChecks => Volatile.Read(ref _healthChecks);

    public volatile int HealthStatus = StatusCodes.Status200OK;

    /// <summary>Whether health checks get no answer at all, as from a process that hangs.</summary>
    public volatile bool HealthHangs;

    /// <summary>Whether new connections are ended before the handshake, while those that there are go on.</summary>
    public volatile bool RefusesConnections;

    /// <summary>The authority of which a client must show a certificate, in the handshake; null: clients need none.</summary>
    public X509Certificate2? ClientAuthority { get; set; }

    /// <summary>The subjects of the certificates that requests and health checks came with.</summary>
    public ConcurrentQueue<string?> Clients { get; } = [];

    /// <summary>Answers everything but health checks.</summary>
    public RequestDelegate Handler { get; set; } = context => context.Response.WriteAsync("hello");

    public static async Task<TestBackend> StartAsync(string name, X509Certificate2 certificate, X509Certificate2? clientAuthority = null)
    {
        TestBackend backend = new(name, certificate) { ClientAuthority = clientAuthority };
        await backend.StartAsync();
        return backend;
    }

    /// <summary>Listens on the port of its first start again.</summary>
    public async Task StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;

            // The gateway passes 100 of them and adds its own.
            kestrel.Limits.MaxRequestHeaderCount = 200;
            kestrel.RequestHeaderEncodingSelector = _ => Encoding.Latin1;
            kestrel.ResponseHeaderEncodingSelector = _ => Encoding.Latin1;
            kestrel.Listen(IPAddress.Loopback, _port, listener =>
            {
                listener.Protocols = HttpProtocols.Http1AndHttp2;

                // By callback, which lets a test serve even a certificate that no server should have.
                SslServerAuthenticationOptions handshake = new()
                {
                    ServerCertificateContext = SslStreamCertificateContext.Create(_certificate, null, offline: true),
                    ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
                };
                if (ClientAuthority is { } authority)
                {
                    handshake.ClientCertificateRequired = true;
                    handshake.CertificateChainPolicy = new X509ChainPolicy
                    {
                        TrustMode = X509ChainTrustMode.CustomRootTrust,
                        CustomTrustStore = { authority },
                        RevocationMode = X509RevocationMode.NoCheck,
                    };
                }

                listener.Use(next => connection =>
                {
                    if (!RefusesConnections)
                        return next(connection);
                    connection.Abort();
                    return Task.CompletedTask;
                });
                listener.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(handshake) });
            });
        });

        // A killed process does not wait for its requests.
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(host => host.ShutdownTimeout = TimeSpan.Zero);
        _app = builder.Build();
        _app.UseWebSockets();
        _app.Run(context =>
        {
            Clients.Enqueue(context.Connection.ClientCertificate?.Subject);
            if (context.Request.Path == "/health/ready")
            {
                Interlocked.Increment(ref _healthChecks);
                context.Response.StatusCode = HealthStatus;
                return HealthHangs
                    ? Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted)
                    : Task.CompletedTask;
            }

            Interlocked.Increment(ref _requests);
            return Handler(context);
        });
        await _app.StartAsync(TestContext.Current.CancellationToken);
        _port = new Uri(_app.Urls.Single()).Port;
    }

    /// <summary>Stops listening and drops every connection.</summary>
    public async Task KillAsync()
    {
        if (_app is null)
            return;
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
        _app = null;
    }

    /// <summary>Comes back on the same port with another certificate.</summary>
    public async Task ReplaceCertificateAsync(X509Certificate2 certificate)
    {
        await KillAsync();
        _certificate.Dispose();
        _certificate = certificate;
        await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _certificate.Dispose();
    }
}
