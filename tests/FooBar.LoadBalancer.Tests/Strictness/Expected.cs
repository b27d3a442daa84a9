using System.Text;
using FooBar.LoadBalancer.Tests.Strictness.Wire;

namespace FooBar.LoadBalancer.Tests.Strictness;

/// <summary>What must become of one request.</summary>
internal abstract record Expected
{
    /// <summary>It is refused with the status, and the access log has the reason; no backend has it.</summary>
    public static Expected Refused(int status, string reason) => new Refusal(status, reason);

    /// <summary>It is refused by the server itself, which over HTTP/2 says the status and nothing else.</summary>
    public static Expected RefusedBare(int status, string reason) => new Bare(status, reason);

    /// <summary>The backend gets it with this line, these headers and no others but the gateway's own, and the client gets its answer.</summary>
    /// <param name="line">Method and target.</param>
    /// <param name="headers">Its headers; the host is localhost unless one of them says otherwise.</param>
    public static Forward Forwarded(string line, params string[] headers) => new(line, headers, null);

    /// <summary>It is redirected there.</summary>
    public static Expected Redirected(string location) => new Redirect(location);

    internal sealed record Refusal(int Status, string Reason) : Expected;

    internal sealed record Bare(int Status, string Reason) : Expected;

    internal sealed record Redirect(string Location) : Expected;

    internal sealed record Forward(string Line, string[] Headers, string? Body) : Expected
    {
        /// <summary>See <see cref="SeenRequest.Form"/>.</summary>
        public string Form
        {
            get
            {
                IEnumerable<(string Name, string Value)> headers = Headers.Select(header =>
                {
                    int colon = header.IndexOf(':', StringComparison.Ordinal);
                    return (header[..colon], header[(colon + 1)..].TrimStart(' '));
                });
                if (!Headers.Any(header => header.StartsWith("Host:", StringComparison.Ordinal)))
                    headers = headers.Append(("Host", "localhost"));
                return SeenRequest.Write(Line, headers, Encoding.Latin1.GetBytes(Body ?? ""));
            }
        }

        /// <summary>With this body, and the header that gives its length unless another framing is among the headers.</summary>
        public Forward With(string body) => this with
        {
            Body = body,
            Headers = Headers.Contains("Transfer-Encoding: chunked") ? Headers : [.. Headers, $"Content-Length: {body.Length}"],
        };
    }
}
