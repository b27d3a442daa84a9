using System.Net;

namespace FooBar.LoadBalancer.Upstream;

/// <summary>
/// An answer for the forwarder. Its fields are in <see cref="Head"/> and not in <see cref="HttpResponseMessage.Headers"/>: they are copied once, by
/// <see cref="ResponseFields"/>, and not into one collection after the other.
/// </summary>
internal sealed class UpstreamResponse : HttpResponseMessage
{
    /// <summary>An answer whose body is still to be read.</summary>
    public UpstreamResponse(ResponseHead head, ResponseBody body)
        : base((HttpStatusCode)head.Status)
    {
        Head = head;
        Body = body;
        Version = HttpVersion.Version11;
        Content = new UpstreamContent(body);
    }

    /// <summary>Status and fields.</summary>
    public ResponseHead Head { get; }

    /// <summary>The body, and the trailers behind it.</summary>
    public ResponseBody Body { get; }
}
