using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using FooBar.ServiceDefaults.Stopping;
using FooBar.ServiceDefaults.Systemd;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace FooBar.Web.Hosting;

/// <summary>The listener that the gateway connects to: HTTP/1.1 over TLS.</summary>
internal static class TrafficListener
{
    /// <summary>Largest request body in bytes. A notice has 10,000 characters at most; percent-encoded that is about 120 kB.</summary>
    public const long MaxRequestBodyBytes = 1024 * 1024;

    public static WebApplicationBuilder AddTrafficListener(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<WebOptions>().BindConfiguration("Web").ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<WebOptions>, WebOptionsValidator>();
        builder.Services.AddSingleton<KnownProxies>();
        builder.Services.AddOptions<ForwardedHeadersOptions>().Configure<KnownProxies>(BelieveOnly);
        builder.Services.AddHostedService<Drain>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = Drain.ShutdownTimeout);
        builder.WebHost.ConfigureKestrel(Listen);
        return builder;
    }

    private static void Listen(KestrelServerOptions kestrel)
    {
        WebOptions web;
        try
        {
            web = kestrel.ApplicationServices.GetRequiredService<IOptions<WebOptions>>().Value;
        }
        catch (OptionsValidationException)
        {
            // The validation at start reports it, together with the mistakes of the other sections.
            return;
        }

        X509Certificate2 certificate = X509Certificate2.CreateFromPemFile(web.CertificatePath, web.KeyPath);
        X509Certificate2Collection chain = [];
        chain.ImportFromPemFile(web.CertificatePath);

        WatchedListener watched = kestrel.ApplicationServices.GetRequiredService<WatchedListener>();
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = MaxRequestBodyBytes;
        kestrel.Listen(IPAddress.Parse(web.Address), web.HttpsPort, listener =>
        {
            // The gateway keeps a pool of HTTP/1.1 connections; a second protocol here would be a second thing to harden.
            listener.Protocols = HttpProtocols.Http1;
            listener.UseNextRequestGrace(static () => (Drain.FirstRequest, Drain.NextRequest));
            watched.Watch(listener, () => certificate);
            listener.UseHttps(https =>
            {
                https.ServerCertificate = certificate;
                https.ServerCertificateChain = [.. chain.Skip(1)];
                https.SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
            });
        });
    }

    private static void BelieveOnly(ForwardedHeadersOptions options, KnownProxies proxies)
    {
        options.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost;
        options.KnownIPNetworks.Clear();
        options.KnownProxies.Clear();
        foreach (IPAddress proxy in proxies.Addresses)
            options.KnownProxies.Add(proxy);
    }
}
