using System.Text;

namespace FooBar.LoadBalancer.Tests.Strictness.Http2;

/// <summary>One case over HTTP/2: what a stream carries, and what must become of it.</summary>
/// <param name="Name">What is special about it; unique.</param>
/// <param name="Source">Where the shape comes from.</param>
/// <param name="Frames">What is sent on stream 1.</param>
/// <param name="Answer">What is answered; null: the server resets the stream, or ends the connection.</param>
internal sealed record Http2Case(string Name, string Source, IReadOnlyList<Frame> Frames, Expected? Answer)
{
    /// <summary>Whether the backend may have seen the beginning of a request that turned out malformed on the way.</summary>
    public bool MayBegin { get; init; }

    /// <summary>The one form in which the backend may have had it before it turned out malformed; null if it must not have had it.</summary>
    public Expected.Forward? MayForward { get; init; }

    /// <summary>The name that TLS is begun for (SNI).</summary>
    public string ServerName { get; init; } = "localhost";

    /// <summary>A request without a body, of the usual pseudo headers and these fields.</summary>
    public static IReadOnlyList<Frame> Get(params (string, string)[] fields) => Fields([.. Usual("GET"), .. fields]);

    /// <summary>A request of exactly these fields.</summary>
    public static IReadOnlyList<Frame> Fields(params (string, string)[] fields) => [Head(1, endStream: true, fields)];

    /// <summary>A request with a body, of the usual pseudo headers and these fields.</summary>
    public static IReadOnlyList<Frame> Post(string body, params (string, string)[] fields) =>
    [
        Head(1, endStream: false, [.. Usual("POST"), .. fields]),
        Data(body, endStream: true),
    ];

    /// <summary>The usual pseudo headers.</summary>
    public static (string, string)[] Usual(string method, string path = "/") => [(":method", method), (":scheme", "https"), (":authority", "localhost"), (":path", path)];

    /// <summary>A HEADERS frame.</summary>
    public static Frame Head(int stream, bool endStream, params (string, string)[] fields) =>
        new(Frame.Headers, (byte)(Frame.EndHeaders | (endStream ? Frame.EndStream : 0)), stream, HeaderBlock.Write(fields));

    /// <summary>A DATA frame on stream 1.</summary>
    public static Frame Data(string body, bool endStream) => new(Frame.Data, endStream ? Frame.EndStream : (byte)0, 1, Encoding.Latin1.GetBytes(body));
}
