using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace FooBar.LoadBalancer.Edge.Strictness;

/// <summary>
/// Whether a request that the server could read has one meaning only, and the same one for whoever reads it next. Pure functions, one pass
/// over the headers, no allocation.
/// </summary>
internal static class RequestForm
{
    /// <summary>The methods that a site needs; the answer to a method that is not allowed names them.</summary>
    public const string AllowedMethods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

    private const int LongestMethod = 32;
    private const string Http11 = "HTTP/1.1";
    private const string WebSocket = "websocket";

    /// <summary>What is wrong with it; null if nothing is.</summary>
    public static Refusal? Fault(HttpContext context)
    {
        HttpRequest request = context.Request;
        IHeaderDictionary headers = request.Headers;
        string target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        return MethodFault(context, request.Method)
            ?? HeaderForm.Fault(headers)
            ?? HostFault(headers.Host)
            ?? RequestTarget.Fault(target, request.Scheme, headers.Host.ToString())
            ?? FramingFault(request.Protocol, headers)
            ?? ConnectionFault(request, headers)
            ?? ExpectationFault(headers.Expect);
    }

    private static Refusal? MethodFault(HttpContext context, string method) => method switch
    {
        "GET" or "POST" or "HEAD" or "PUT" or "PATCH" or "DELETE" or "OPTIONS" => null,

        // A WebSocket over HTTP/2 (RFC 8441); it goes on as an upgrade over HTTP/1.1.
        "CONNECT" when context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true, Protocol: WebSocket } => null,
        "CONNECT" or "TRACE" or "TRACK" => Refusal.MethodNotAllowed,

        // Methods are case-sensitive (RFC 9110, 9.1), but not to every server: "get" must not become GET on the way.
        _ => method.Length <= LongestMethod && method.All(c => char.IsAsciiLetterUpper(c) || c == '-') ? null : Refusal.MethodUnknown,
    };

    /// <summary>The server has looked at the characters already.</summary>
    private static Refusal? HostFault(StringValues header)
    {
        string host = header.ToString();
        if (host.Length == 0)
            return Refusal.Host;
        int colon = host.LastIndexOf(':');
        if (colon < 0 || host[^1] == ']')
            return null;

        ReadOnlySpan<char> port = host.AsSpan(colon + 1);
        bool isPort = port.Length is > 0 and <= 5
            && port[0] != '0'
            && ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out _);
        return isPort ? null : Refusal.Host;
    }

    /// <summary>
    /// RFC 9112, 6.1 and 6.3. Of a request with both lengths the server keeps Transfer-Encoding and puts Content-Length aside under another
    /// name; it also takes a coding before <c>chunked</c>, and <c>chunked</c> in HTTP/1.0.
    /// </summary>
    private static Refusal? FramingFault(string protocol, IHeaderDictionary headers)
    {
        StringValues coding = headers.TransferEncoding;
        if (coding.Count == 0)
            return null;
        if (protocol != Http11 || headers.ContentLength is not null || headers.ContainsKey("X-Content-Length"))
            return Refusal.AmbiguousLength;
        return coding.Count == 1 && string.Equals(coding[0], "chunked", StringComparison.OrdinalIgnoreCase) ? null : Refusal.TransferCoding;
    }

    private static Refusal? ConnectionFault(HttpRequest request, IHeaderDictionary headers)
    {
        // Of these the server refuses Connection alone over HTTP/2 (RFC 9113, 8.2.2).
        bool isHttp1 = request.Protocol is Http11 or "HTTP/1.0";
        if (!isHttp1 && (headers.Upgrade.Count > 0 || headers.KeepAlive.Count > 0 || headers.ContainsKey(HeaderNames.ProxyConnection)))
            return Refusal.ConnectionOption;

        bool upgrade = false;
        foreach (string? value in headers.Connection)
        {
            if (ConnectionOptions.IsRefused(value))
                return Refusal.ConnectionOption;
            upgrade |= ConnectionOptions.AsksForUpgrade(value);
        }

        return upgrade && !IsWebSocket(request, headers) ? Refusal.Upgrade : null;
    }

    /// <summary>
    /// Whether it is how a WebSocket begins (RFC 6455, 4.2.1). Behind any other upgrade, h2c first of all, the bytes that follow could be requests
    /// that nobody here sees.
    /// </summary>
    private static bool IsWebSocket(HttpRequest request, IHeaderDictionary headers)
    {
        StringValues protocols = headers.Upgrade;
        return request is { Method: "GET", Protocol: Http11 }
            && protocols.Count == 1
            && string.Equals(protocols[0], WebSocket, StringComparison.OrdinalIgnoreCase)
            && headers.SecWebSocketKey.Count == 1
            && headers.TransferEncoding.Count == 0
            && headers.ContentLength is null or 0;
    }

    private static Refusal? ExpectationFault(StringValues expect) => expect.Count switch
    {
        0 => null,
        1 when string.Equals(expect[0], "100-continue", StringComparison.OrdinalIgnoreCase) => null,
        _ => Refusal.Expectation,
    };
}
