using System.Globalization;
using System.Text;
using System.Text.Json;
using FooBar.LoadBalancer.Edge;
using FooBar.LoadBalancer.Edge.Strictness;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace FooBar.LoadBalancer.Errors;

/// <summary>The gateway's own answers when something is wrong: a small page for people, problem details for programs.</summary>
internal static class ErrorPage
{
    private const string Json = "application/problem+json";
    private const string Html = "text/html; charset=utf-8";

    /// <summary>Notes why the request is refused, and answers with the status that says so.</summary>
    /// <param name="context">The request's context.</param>
    /// <param name="refusal">Why.</param>
    /// <param name="status">Another status than the refusal's own; 0 for that.</param>
    public static Task RefuseAsync(HttpContext context, Refusal refusal, int status = 0)
    {
        GatewayRequest.Of(context).Refuse(refusal);
        return WriteAsync(context, status != 0 ? status : refusal.Status());
    }

    /// <summary>
    /// Answers with the status, in the form that the Accept header prefers, and with the request id. An answer that has begun cannot be
    /// taken back: its connection or stream is aborted instead, so that the client does not take it for a whole one.
    /// </summary>
    /// <param name="context">The request's context.</param>
    /// <param name="status">The status.</param>
    /// <param name="retryAfterSeconds">With 429 and 503: when it is worth trying again, in whole seconds (RFC 9110, 10.2.3).</param>
    public static Task WriteAsync(HttpContext context, int status, int retryAfterSeconds = 1)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return Task.CompletedTask;
        }

        // A failed forward leaves its own status and headers behind.
        context.Response.Clear();
        byte[] body = Prepare(context, status, retryAfterSeconds);
        return HttpMethods.IsHead(context.Request.Method)
            ? Task.CompletedTask
            : context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    /// <summary>Sets status and headers of such an answer, which must not have begun, and returns its body, which is not written.</summary>
    public static byte[] Prepare(HttpContext context, int status, int retryAfterSeconds = 1)
    {
        HttpResponse response = context.Response;
        response.StatusCode = status;
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        if (status is StatusCodes.Status503ServiceUnavailable or StatusCodes.Status429TooManyRequests)
            response.Headers.RetryAfter = retryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        if (status == StatusCodes.Status405MethodNotAllowed)
            response.Headers.Allow = RequestForm.AllowedMethods;

        ErrorText text = ErrorText.For(status);
        string requestId = GatewayRequest.Of(context).Id;
        bool html = PrefersHtml(context.Request.Headers.Accept);
        byte[] body = html ? HtmlBody(text, requestId) : JsonBody(text, status, requestId);
        response.ContentType = html ? Html : Json;
        response.ContentLength = body.Length;
        if (html)
            response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        return body;
    }

    /// <summary>Notes the status for the access log where there is nobody left to answer.</summary>
    public static void Discard(HttpContext context, int status)
    {
        if (context.Response.HasStarted)
            return;
        context.Response.Clear();
        context.Response.StatusCode = status;
    }

    /// <summary>Browsers name text/html; a client that accepts anything, or names JSON before it, is a program.</summary>
    internal static bool PrefersHtml(StringValues accept)
    {
        if (!MediaTypeHeaderValue.TryParseList(accept, out IList<MediaTypeHeaderValue>? types))
            return false;

        double html = types.Where(type => type.MediaType.Equals("text/html", StringComparison.OrdinalIgnoreCase)).Max(Quality) ?? 0;
        double json = types.Where(IsJson).Max(Quality) ?? 0;
        return html > 0 && html >= json;
    }

    private static double? Quality(MediaTypeHeaderValue type) => type.Quality ?? 1;

    private static bool IsJson(MediaTypeHeaderValue type) =>
        type.Type.Equals("application", StringComparison.OrdinalIgnoreCase)
        && (type.SubType.Equals("json", StringComparison.OrdinalIgnoreCase) || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase));

    private static byte[] HtmlBody(ErrorText text, string requestId) => Encoding.UTF8.GetBytes($$"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{{text.Title}}</title>
        <style>
        :root { color-scheme: light dark; }
        body { font: 1.125rem/1.5 system-ui, sans-serif; max-width: 38rem; margin: 15vh auto; padding: 0 1rem; }
        code { overflow-wrap: anywhere; }
        </style>
        </head>
        <body>
        <main>
        <h1>{{text.Title}}</h1>
        <p>{{text.Detail}}</p>
        <p>Request id: <code>{{requestId}}</code></p>
        </main>
        </body>
        </html>

        """);

    private static byte[] JsonBody(ErrorText text, int status, string requestId)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            // RFC 9457; about:blank says that the status tells all there is to tell, and asks for the status's own phrase as the title (4.2.1).
            json.WriteStartObject();
            json.WriteString("type"u8, "about:blank"u8);
            json.WriteString("title"u8, ReasonPhrases.GetReasonPhrase(status));
            json.WriteNumber("status"u8, status);
            json.WriteString("detail"u8, $"{text.Title}. {text.Detail}");
            json.WriteString("requestId"u8, requestId);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }
}
