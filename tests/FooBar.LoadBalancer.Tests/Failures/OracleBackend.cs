using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace FooBar.LoadBalancer.Tests.Failures;

/// <summary>
/// A backend in a process of its own that writes down what arrives before it does anything, so that its notes outlive it. What is keyed, it and its
/// twin do once between them, as the site does by its database.
/// </summary>
internal static class OracleBackend
{
    /// <summary>The argument that makes the test program one.</summary>
    public const string Role = "oracle";

    /// <summary>Where the notes of an instance lie in the folder that both share.</summary>
    public static string Notes(string folder, string name) => Path.Join(folder, name + ".notes");

    /// <summary>Where each operation that was done has a file.</summary>
    public static string Operations(string folder) => Path.Join(folder, "operations");

    /// <summary>Serves until SIGTERM, and then drains and finishes what it has.</summary>
    public static async Task ServeAsync(string name, int port, string certificatePath, string keyPath, string folder)
    {
        await using FileStream notes = new(Notes(folder, name), FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        Lock writing = new();
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port, listener =>
        {
            listener.Protocols = HttpProtocols.Http1;
            listener.UseHttps(X509Certificate2.CreateFromPemFile(certificatePath, keyPath));
        }));
        builder.Host.UseConsoleLifetime(console => console.SuppressStatusMessages = true);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(15));
        builder.Services.AddHostedService<OrderlyStop>();
        await using WebApplication app = builder.Build();
        app.Run(context => (context.Request.Method, context.Request.Path.Value!.Split('/')) switch
        {
            (_, ["", "health", "ready"]) => ReadyAsync(context, app.Lifetime),
            ("GET", ["", "get", string id]) => GetAsync(context, id, framed: true),
            ("GET", ["", "stream", string id]) => GetAsync(context, id, framed: false),
            ("POST", ["", "plain", string id]) => PostAsync(context, id, keyed: false),
            ("POST", ["", "keyed"]) => PostAsync(context, context.Request.Query["op"].ToString(), keyed: true),
            _ => Task.CompletedTask,
        });
        await app.StartAsync();
        await Console.Out.WriteLineAsync($"{new Uri(app.Urls.Single()).Port}");
        await app.WaitForShutdownAsync();

        Task GetAsync(HttpContext context, string id, bool framed)
        {
            Note($"{(framed ? "get" : "stream")} {id} whole");
            return AnswerAsync(context, id, framed);
        }

        async Task PostAsync(HttpContext context, string id, bool keyed)
        {
            using MemoryStream body = new();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            bool isWhole = body.ToArray().AsSpan().SequenceEqual(Pattern.Of(id, (int)body.Length));
            Note($"{(keyed ? "keyed" : "plain")} {id} {(isWhole ? "whole" : "BROKEN")}");
            if (keyed)
                Do(id);
            await AnswerAsync(context, id, framed: true);
        }

        void Do(string id)
        {
            try
            {
                using FileStream first = new(Path.Join(Operations(folder), id), FileMode.CreateNew);
            }
            catch (IOException) when (File.Exists(Path.Join(Operations(folder), id)))
            {
                // Done before, here or there.
            }
        }

        void Note(string text)
        {
            // One write, at the end of the file: it is there when the process is killed, and never half.
            lock (writing)
                notes.Write(Encoding.ASCII.GetBytes(text + "\n"));
        }
    }

    private static Task ReadyAsync(HttpContext context, IHostApplicationLifetime lifetime)
    {
        context.Response.StatusCode = lifetime.ApplicationStopping.IsCancellationRequested ? 503 : 200;
        return Task.CompletedTask;
    }

    private static async Task AnswerAsync(HttpContext context, string id, bool framed)
    {
        byte[] body = Pattern.Of(id, int.Parse(context.Request.Query["bytes"].ToString(), CultureInfo.InvariantCulture));
        if (framed)
            context.Response.ContentLength = body.Length;
        foreach (byte[] part in body.Chunk(16 * 1024))
        {
            await context.Response.Body.WriteAsync(part, context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
    }

    /// <summary>Not ready for two checks before the listener closes, as the site does it.</summary>
    private sealed class OrderlyStop(IHostApplicationLifetime lifetime) : IHostedLifecycleService
    {
        public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public async Task StoppingAsync(CancellationToken cancellationToken)
        {
            lifetime.StopApplication();
            await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
