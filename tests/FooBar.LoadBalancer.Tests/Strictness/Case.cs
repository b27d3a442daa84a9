namespace FooBar.LoadBalancer.Tests.Strictness;

/// <summary>One case of the corpus: the bytes of a connection, and what must become of them.</summary>
/// <param name="Name">What is special about it; unique.</param>
/// <param name="Source">Where the shape comes from: a section of an RFC, a vulnerability, published research.</param>
/// <param name="Bytes">What is sent, each character a byte.</param>
/// <param name="Answers">
/// What is answered, in order. None: the connection is closed without an answer. What a client sends after that is either answered by itself or
/// meets a closed connection.
/// </param>
internal sealed record Case(string Name, string Source, string Bytes, params Expected[] Answers)
{
    /// <summary>
    /// Whether the bytes end within a message: the client ends its side when what came whole before is answered, so that nothing else can be
    /// taken for the rest. The server takes such an end for the client's wish to have no answer at all, so it must not come earlier.
    /// </summary>
    public bool IsHalf { get; init; }

    /// <summary>Whether nothing more can be asked after the answers.</summary>
    public bool IsLast { get; init; }

    /// <summary>Whether the backend may have seen the beginning of a request that is refused: its body turned out malformed on the way.</summary>
    public bool MayBegin { get; init; }

    /// <summary>The name that TLS is begun for (SNI).</summary>
    public string ServerName { get; init; } = "localhost";

    /// <summary>Whether it is sent without TLS.</summary>
    public bool IsPlain { get; init; }

    /// <summary>Whether it is answered with frames of HTTP/2, which say that it is not spoken here.</summary>
    public bool IsHttp2Farewell { get; init; }
}
