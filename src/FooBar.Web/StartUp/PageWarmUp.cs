using System.Text;
using Microsoft.AspNetCore.Http.Features;

namespace FooBar.Web.StartUp;

/// <summary>
/// Asks this instance's own pages, before it says that it is ready, until the runtime has compiled what they need: otherwise the first visitors
/// wait for the compiler, and many of them at once wait for each other. The requests go through the pipeline and not over the network; they
/// post nothing, and count neither as requests nor in the log. Writes are rehearsed, and rolled back.
/// </summary>
internal sealed partial class PageWarmUp(
    Func<CancellationToken, Task> rehearseWrite, IHttpContextFactory contexts, TimeProvider time, ILogger<PageWarmUp> logger)
{
    /// <summary>What has run 30 times is compiled for good, a moment later, in the background; some of it is found only then.</summary>
    private const int Rounds = 60;

    /// <summary>An instance that is slow because the machine is busy helps more by serving.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private static readonly (string Method, string Path)[] Pages =
    [
        (HttpMethods.Get, "/"),

        // The first notice of all: none is ever removed.
        (HttpMethods.Get, "/posts/1"),
        (HttpMethods.Get, "/posts/new"),

        // Without the token of a form this posts nothing: it is answered with a form.
        (HttpMethods.Post, "/posts/new"),
    ];

    private readonly TaskCompletionSource<RequestDelegate> _pipeline = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Takes the pipeline, from the first middleware on, as it is built.</summary>
    public RequestDelegate Take(RequestDelegate pipeline)
    {
        _pipeline.TrySetResult(pipeline);
        return pipeline;
    }

    /// <summary>
    /// Returns when the pages are warm, the time for it is over, or one of them fails: they are served then as they are. The database must be
    /// prepared.
    /// </summary>
    /// <exception cref="OperationCanceledException">The instance stops.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        long startedAt = time.GetTimestamp();
        using CancellationTokenSource limit = new(Limit, time);
        using CancellationTokenSource enough = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        int requests = 0;
        try
        {
            RequestDelegate pipeline = await _pipeline.Task.WaitAsync(enough.Token).ConfigureAwait(false);
            for (int round = 0; round < Rounds; round++)
            {
                // All at once, as visitors come: then no replica is without a connection of ours when another one hangs.
                await Task.WhenAll(Pages.Select(page => AskAsync(pipeline, page.Method, page.Path, enough.Token))).ConfigureAwait(false);
                requests += Pages.Length;
                await rehearseWrite(enough.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // Warm enough.
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            // Whatever it is, visitors meet it or not; a cold instance is better than none.
            LogGivenUp(requests, failure.Message);
            return;
        }

        LogWarm(requests, time.GetElapsedTime(startedAt).TotalSeconds);
    }

    private async Task AskAsync(RequestDelegate pipeline, string method, string path, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        FeatureCollection features = new();
        features.Set<IHttpRequestFeature>(new HttpRequestFeature
        {
            Protocol = HttpProtocol.Http11,
            Scheme = Uri.UriSchemeHttps,
            Method = method,
            Path = path,
            RawTarget = path,
        });
        features.Set<IHttpResponseFeature>(new HttpResponseFeature());
        features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(Stream.Null));
        HttpContext context = contexts.Create(features);
        try
        {
            context.Request.Host = new HostString("localhost");
            context.RequestAborted = cancel;
            if (HttpMethods.IsPost(method))
            {
                context.Request.ContentType = "application/x-www-form-urlencoded";
                context.Request.Body = new MemoryStream(Encoding.ASCII.GetBytes("title=&author=&body="));
            }

            await pipeline(context).ConfigureAwait(false);
            if (context.Response.StatusCode >= StatusCodes.Status500InternalServerError)
                throw new InvalidOperationException($"{method} {path} was answered with {context.Response.StatusCode}");
        }
        finally
        {
            contexts.Dispose(context);
        }
    }

    [LoggerMessage(5005, LogLevel.Information, "Start-up: asked its own pages {Requests} times in {Seconds:0.0} s; it is ready now")]
    private partial void LogWarm(int requests, double seconds);

    [LoggerMessage(5006, LogLevel.Warning, "Start-up: asked its own pages {Requests} times and gave it up, for {Reason}; it is ready now")]
    private partial void LogGivenUp(int requests, string reason);
}
