using System.Text.RegularExpressions;
using FooBar.LoadBalancer.Edge.Strictness;
using FooBar.LoadBalancer.Errors;

namespace FooBar.LoadBalancer.Edge;

/// <summary>
/// Answers a certificate authority that asks whether the site's names are ours: the file of exactly the token's name (RFC 8555, 8.3). An ACME
/// client on this host leaves it and takes it away. Comes before the redirect, because the authority begins over plain HTTP.
/// </summary>
internal sealed partial class AcmeChallenge(RequestDelegate next, string webroot, ILogger<AcmeChallenge> logger)
{
    private const string Prefix = "/.well-known/acme-challenge/";

    /// <summary>A token, a dot and the fingerprint of a key: some 90 bytes. A larger file is something else.</summary>
    private const int LargestAnswer = 1024;

    private readonly string _folder = Path.Join(webroot, Prefix);

    /// <summary>Answers what is below the challenges' path for a host that is served; passes on everything else.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        if (context.Request.Path.Value is not { } path || !path.StartsWith(Prefix, StringComparison.Ordinal) || !GatewayRequest.Of(context).Settings.Hosts.Contains(context.Request.Host))
        {
            await next(context).ConfigureAwait(false);
            return;
        }

        bool isRead = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);
        if (!isRead || await AnswerAsync(path[Prefix.Length..], context.RequestAborted).ConfigureAwait(false) is not { } answer)
        {
            await ErrorPage.RefuseAsync(context, Refusal.NoChallenge).ConfigureAwait(false);
            return;
        }

        context.Response.ContentType = "text/plain";
        context.Response.ContentLength = answer.Length;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        if (HttpMethods.IsGet(context.Request.Method))
            await context.Response.Body.WriteAsync(answer, context.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>The file's content; null when there is none that could be an answer.</summary>
    private async Task<byte[]?> AnswerAsync(string token, CancellationToken cancellationToken)
    {
        // Nothing that a path is made of: the name leads to no other folder, whatever it was written as.
        if (!Token().IsMatch(token))
            return null;

        string path = Path.Join(_folder, token);
        try
        {
            FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            await using (file.ConfigureAwait(false))
            {
                byte[] buffer = new byte[LargestAnswer + 1];
                int length = await file.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
                return length > LargestAnswer ? null : buffer[..length];
            }
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            LogUnreadable(path, exception.Message);
            return null;
        }
    }

    [GeneratedRegex("^[A-Za-z0-9_-]{1,128}\\z")]
    private static partial Regex Token();

    [LoggerMessage(1002, LogLevel.Warning, "The answer to an authority's challenge at {Path} cannot be read: {Reason}")]
    private partial void LogUnreadable(string path, string reason);
}
