using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using FooBar.AppHost.Benchmarks;
using FooBar.AppHost.Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FooBar.Benchmarks.Gateway;

/// <summary>
/// What stands behind the proxies: as little as an application can be, over TLS on one port and without it on another, so that the machine's time goes to
/// who is measured.
/// </summary>
internal static class BackendServer
{
    /// <summary>The program's first argument when it is to be a backend.</summary>
    public const string Argument = "backend";

    /// <summary>Tells what of a request arrived here, for <see cref="ProxyCheck"/>.</summary>
    public const string SeenPath = "/seen";

    /// <summary>Tells how often <see cref="GatewayWorkload.Cacheable"/> was asked for.</summary>
    public const string AskedPath = "/asked";

    /// <summary>What the proxies' own checks ask for.</summary>
    public const string HealthPath = "/health/ready";

    private const string PlainText = "text/plain";

    private static readonly byte[] Kilobyte = Body(1 << 10);
    private static readonly byte[] HundredKilobytes = Body(100 << 10);
    private static readonly byte[] Done = "OK"u8.ToArray();

    private static long _asked;

    /// <summary>How long the answer to a path is; what a proxy passes on must be as long.</summary>
    public static int LengthOf(string path) => Answer(path).Length;

    /// <summary>Serves until it is killed; says where, once it does, as a line of JSON.</summary>
    public static async Task<int> RunAsync(CertificateFiles certificate)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;

            // Longer than any proxy keeps a connection that it does not use: one that we end just when it is used again would be a failed request.
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromHours(1);
            kestrel.Listen(IPAddress.Loopback, 0, listener =>
            {
                listener.Protocols = HttpProtocols.Http1;
                listener.UseHttps(https =>
                {
                    https.ServerCertificate = X509Certificate2.CreateFromPemFile(certificate.CertificatePath, certificate.KeyPath);
                    https.SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
                });
            });
            kestrel.Listen(IPAddress.Loopback, 0, listener => listener.Protocols = HttpProtocols.Http1);
        });
        await using WebApplication app = builder.Build();
        app.Run(AnswerAsync);
        await app.StartAsync();
        int[] ports = [.. app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(address => new Uri(address).Port)];
        await Console.Out.WriteLineAsync(new BackendAddress(ports[0], ports[1]).ToLine());
        await ((IHost)app).WaitForShutdownAsync();
        return 0;
    }

    private static Task AnswerAsync(HttpContext context) => context.Request.Path.Value switch
    {
        GatewayWorkload.Upload => ReceiveAsync(context),
        AskedPath => context.Response.WriteAsJsonAsync(Volatile.Read(ref _asked)),
        SeenPath => context.Response.WriteAsJsonAsync(Seen(context)),
        { } path => WriteAsync(context, Answer(path)),
        null => Task.CompletedTask,
    };

    private static byte[] Answer(string path) => path switch
    {
        GatewayWorkload.Small or GatewayWorkload.Cacheable => Kilobyte,
        GatewayWorkload.Large => HundredKilobytes,
        _ => Done,
    };

    private static async Task ReceiveAsync(HttpContext context)
    {
        PipeReader body = context.Request.BodyReader;
        ReadResult read;
        do
        {
            read = await body.ReadAsync();
            body.AdvanceTo(read.Buffer.End);
        }
        while (!read.IsCompleted);
        await WriteAsync(context, Done);
    }

    private static async Task WriteAsync(HttpContext context, byte[] answer)
    {
        HttpResponse response = context.Response;
        response.ContentType = PlainText;
        response.ContentLength = answer.Length;
        if (context.Request.Path.Value == GatewayWorkload.Cacheable)
        {
            response.Headers.CacheControl = "public, max-age=600";
            Interlocked.Increment(ref _asked);
        }

        response.BodyWriter.Write(answer);
        await response.BodyWriter.FlushAsync();
    }

    private static SeenRequest Seen(HttpContext context)
    {
        ITlsHandshakeFeature? tls = context.Features.Get<ITlsHandshakeFeature>();
        return new SeenRequest(
            int.Parse(context.TraceIdentifier.AsSpan(context.TraceIdentifier.IndexOf(':') + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture),
            tls is null ? "none" : $"{tls.Protocol} {tls.NegotiatedCipherSuite}",
            context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase));
    }

    private static byte[] Body(int length)
    {
        byte[] body = new byte[length];
        for (int index = 0; index < length; index++) body[index] = (byte)('a' + (index % 26));
        return body;
    }
}

/// <summary>What of a request arrived at a backend.</summary>
/// <param name="Number">The how many-th on its connection it is, from 1.</param>
/// <param name="Tls">Version and suite of that connection, or <c>none</c>.</param>
/// <param name="Headers">By their names.</param>
internal sealed record SeenRequest(int Number, string Tls, IReadOnlyDictionary<string, string> Headers);

/// <summary>Where a backend listens, on 127.0.0.1.</summary>
internal sealed record BackendAddress(int HttpsPort, int HttpPort)
{
    public string ToLine() => JsonSerializer.Serialize(this);

    public static BackendAddress Parse(string line) => JsonSerializer.Deserialize<BackendAddress>(line) ?? throw new ArgumentException("No address.", nameof(line));
}
