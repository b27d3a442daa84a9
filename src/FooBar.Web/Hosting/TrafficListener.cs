using System.Net;
using FooBar.ServiceDefaults;
using FooBar.ServiceDefaults.Stopping;
using FooBar.ServiceDefaults.Systemd;
using FooBar.ServiceDefaults.Tls;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace FooBar.Web.Hosting;

/// <summary>The listener that the gateway connects to: HTTP/1.1 over TLS, for whom <see cref="WebOptions.AllowedClients"/> names.</summary>
internal static class TrafficListener
{
    /// <summary>Largest request body in bytes. A notice has 10,000 characters at most; percent-encoded that is about 120 kB.</summary>
    public const long MaxRequestBodyBytes = 1024 * 1024;

    public static WebApplicationBuilder AddTrafficListener(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<WebOptions>().BindConfiguration(WebOptions.Section).ValidateOnStart();
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

        WatchedListener watched = kestrel.ApplicationServices.GetRequiredService<WatchedListener>();
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = MaxRequestBodyBytes;
        kestrel.Listen(IPAddress.Parse(web.Address), web.HttpsPort, listener =>
        {
            // The gateway keeps a pool of HTTP/1.1 connections; a second protocol here would be a second thing to harden.
            listener.Protocols = HttpProtocols.Http1;
            listener.UseNextRequestGrace(static () => (Drain.FirstRequest, Drain.NextRequest));
            watched.Watch(listener);
            listener.UseHttps(ListenerHandshake.Create(Certificates(web), web.AllowedClients));
        });
    }

    /// <summary>The validator has read the same files a moment ago; what has become of them since is said as it would say it.</summary>
    private static ListenerCertificates Certificates(WebOptions web)
    {
        List<string> failures = [];
        return ListenerCertificates.Load(WebOptions.Section, web.CertificatePath, web.KeyPath, web.ClientCaPath, failures)
            ?? throw new ServiceConfigurationException(failures);
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
