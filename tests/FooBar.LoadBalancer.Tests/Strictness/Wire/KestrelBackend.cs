using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using FooBar.LoadBalancer.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace FooBar.LoadBalancer.Tests.Strictness.Wire;

/// <summary>The kind of server that the site has, and what it makes of the requests that reach it.</summary>
internal sealed class KestrelBackend : IRecordingBackend
{
    private readonly ConcurrentQueue<SeenRequest> _seen = new();
    private readonly TestBackend _backend;
    private int _unfinished;

    private KestrelBackend(TestBackend backend)
    {
        _backend = backend;
        backend.Handler = HandleAsync;
    }

    public string Url => _backend.Url;

    public IReadOnlyList<SeenRequest> Seen => [.. _seen];

    public IReadOnlyList<string> Faults => [.. _seen.SelectMany(request => request.Faults().Select(fault => $"{fault}: {request.Form}"))];

    public int Unfinished => Volatile.Read(ref _unfinished);

    public int HealthChecks => _backend.HealthChecks;

    public static async Task<KestrelBackend> StartAsync(X509Certificate2 certificate) => new(await TestBackend.StartAsync("web-1", certificate));

    public ValueTask DisposeAsync() => _backend.DisposeAsync();

    private async Task HandleAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        using MemoryStream body = new();
        try
        {
            await request.Body.CopyToAsync(body, context.RequestAborted);
        }
        catch (Exception exception) when (exception is BadHttpRequestException or OperationCanceledException or IOException)
        {
            Interlocked.Increment(ref _unfinished);
            context.Abort();
            return;
        }

        string line = $"{request.Method} {context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget}";
        List<(string, string)> headers = [.. request.Headers.SelectMany(header => header.Value.Select(value => (header.Key, value ?? "")))];
        bool hasBody = request.Headers.ContentLength is not null || request.Headers.TransferEncoding.Count > 0;
        List<(string, string)> trailers = request.CheckTrailersAvailable()
            ? [.. context.Features.GetRequiredFeature<IHttpRequestTrailersFeature>().Trailers.SelectMany(trailer => trailer.Value.Select(value => (trailer.Key, value ?? "")))]
            : [];
        _seen.Enqueue(new SeenRequest(line, headers, hasBody ? body.ToArray() : null) { Trailers = trailers });
        context.Response.Headers["X-Answer-To"] = line;
        context.Response.ContentLength = line.Length;
        if (!HttpMethods.IsHead(request.Method))
            await context.Response.WriteAsync(line);
    }
}
