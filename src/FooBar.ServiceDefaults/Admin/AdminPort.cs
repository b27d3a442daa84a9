using System.Net;
using System.Security.Cryptography.X509Certificates;
using FooBar.ServiceDefaults.Systemd;
using FooBar.ServiceDefaults.Tls;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace FooBar.ServiceDefaults.Admin;

/// <summary>
/// The listener for the people and machines that run the process, and what is published on it. A request belongs to it by the listener
/// that accepted its connection: nothing in the request, neither the Host header nor a forwarded one, can move it across.
/// </summary>
public sealed class AdminPort
{
    private readonly Dictionary<string, RequestDelegate> _endpoints = new(StringComparer.Ordinal);
    private readonly List<(string Folder, RequestDelegate Endpoint)> _folders = [];
    private ListenOptions? _listener;
    private X509Certificate2? _own;

    /// <summary>Where it listens. Where port 0 is configured, null until the server has started and then with the actual port.</summary>
    public Uri? Address => _listener?.EndPoint is IPEndPoint { Port: > 0 } bound ? new Uri($"{(_own is null ? "http" : "https")}://{bound}/") : null;

    /// <summary>
    /// Publishes an endpoint on the admin port for GET and HEAD. Only before the server starts: the table is read without a lock.
    /// </summary>
    /// <param name="path">The exact path, case-sensitive, e.g. <c>/metrics</c>.</param>
    /// <param name="endpoint">Answers it.</param>
    /// <exception cref="ArgumentException">The path is taken.</exception>
    public void Map(string path, RequestDelegate endpoint) => _endpoints.Add(path, endpoint);

    /// <summary>The name of the socket that systemd may pass for it: <c>FileDescriptorName=admin</c>.</summary>
    public const string SocketName = "admin";

    /// <summary>
    /// Publishes everything below a folder, for every method: what is known there and who may do it is the endpoint's own to say. Only before
    /// the server starts. A path of <see cref="Map"/> comes first.
    /// </summary>
    /// <param name="folder">With a slash at either end, case-sensitive, e.g. <c>/gateway/</c>.</param>
    /// <param name="endpoint">Answers it.</param>
    public void MapBelow(string folder, RequestDelegate endpoint) => _folders.Add((folder, endpoint));

    /// <summary>
    /// Whether the Host header is one that this port goes by: a loopback address or localhost, the address that was connected to, or a name in its
    /// certificate. A page in a browser on this machine reaches the port under a name of its own (DNS rebinding), and under no other.
    /// </summary>
    public bool IsAddressedBy(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        string host = context.Request.Host.Host.Trim('[', ']');
        if (IPAddress.TryParse(host, out IPAddress? address))
        {
            return IPAddress.IsLoopback(address) || address.Equals(Plain(context.Connection.LocalIpAddress));
        }

        return host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (_own is not null && Uri.CheckHostName(host) == UriHostNameType.Dns && _own.MatchesHostname(host, allowCommonName: false));
    }

    /// <summary>The common name of the certificate that the client has shown; null where the port asks for none.</summary>
    public static string? ClientOf(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Connection.ClientCertificate is { } certificate ? ListenerHandshake.CommonNameOf(certificate) : null;
    }

    /// <summary>Listens on the socket that systemd has opened for it, if there is one, otherwise on the configured address.</summary>
    internal void Listen(KestrelServerOptions kestrel, AdminOptions options, WatchedListener watched, SystemdEnvironment systemd)
    {
        // Two processes that take turns have one such socket between them; each would find the port of the other taken.
        if (systemd.Sockets.FirstOrDefault(socket => socket.Name == SocketName) is { } passed)
            kestrel.ListenHandle((ulong)passed.Descriptor, listener => Configure(listener, options, watched));
        else
            kestrel.Listen(options.EndPoint, listener => Configure(listener, options, watched));
    }

    private void Configure(ListenOptions listener, AdminOptions options, WatchedListener watched)
    {
        _listener = listener;
        listener.Protocols = HttpProtocols.Http1;
        watched.Watch(listener, options.UsesTls);
        listener.Use(next => connection =>
        {
            connection.Features.Set(AdminConnection.Mark);
            return next(connection);
        });
        if (!options.UsesTls)
        {
            return;
        }

        ListenerCertificates certificates = Certificates(options);
        listener.UseHttps(ListenerHandshake.Create(certificates, options.AllowedClients));
        _own = certificates.Own;
    }

    /// <summary>Whether the admin listener accepted the connection of the request with these features.</summary>
    public static bool Owns(IFeatureCollection features) => features?.Get<AdminConnection>() is not null;

    internal Task AnswerAsync(HttpContext context)
    {
        // A scrape is no traffic: counted, it would hide an outage behind a steady trickle of quick answers.
        if (context.Features.Get<IHttpMetricsTagsFeature>() is { } metrics)
        {
            metrics.MetricsDisabled = true;
        }

        string path = context.Request.Path.Value ?? "";
        if (!_endpoints.TryGetValue(path, out RequestDelegate? endpoint))
        {
            return AnswerBelowAsync(context, path);
        }

        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            context.Response.Headers.Allow = "GET, HEAD";
            return Task.CompletedTask;
        }

        context.Response.Headers.CacheControl = "no-store";
        return endpoint(context);
    }

    private Task AnswerBelowAsync(HttpContext context, string path)
    {
        foreach ((string folder, RequestDelegate endpoint) in _folders)
        {
            if (path.StartsWith(folder, StringComparison.Ordinal))
            {
                context.Response.Headers.CacheControl = "no-store";
                return endpoint(context);
            }
        }

        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    /// <summary>A socket for both families shows an IPv4 address as ::ffff:192.0.2.1.</summary>
    private static IPAddress? Plain(IPAddress? address) => address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;

    /// <summary>The validator has read the same files a moment ago; what has become of them since is said as it would say it.</summary>
    private static ListenerCertificates Certificates(AdminOptions options)
    {
        List<string> failures = [];
        return ListenerCertificates.Load(AdminOptions.Section, options.CertificatePath, options.KeyPath, options.ClientCaPath, failures)
            ?? throw new ServiceConfigurationException(failures);
    }

    /// <summary>Marks a connection of the admin listener; Kestrel shows a connection's features to each of its requests.</summary>
    private sealed class AdminConnection
    {
        public static readonly AdminConnection Mark = new();
    }
}
