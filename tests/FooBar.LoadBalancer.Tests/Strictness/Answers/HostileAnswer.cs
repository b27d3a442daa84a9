using FooBar.LoadBalancer.Tests.Strictness.Wire;

namespace FooBar.LoadBalancer.Tests.Strictness.Answers;

/// <summary>What a client must see of a backend's answer.</summary>
internal enum Seen
{
    /// <summary>All of it, as an answer in order.</summary>
    Whole,

    /// <summary>502 in its place.</summary>
    BadGateway,

    /// <summary>An answer that is visibly not whole; or 502, if none of it was sent on when it turned out broken.</summary>
    Broken,

    /// <summary>504 in its place.</summary>
    TimedOut,

    /// <summary>An answer that is visibly not whole, because nothing more came; or 504.</summary>
    Stalled,
}

/// <summary>One way for a backend to answer.</summary>
/// <param name="Name">What is special about it; unique.</param>
/// <param name="Play">Sends it.</param>
/// <param name="Seen">What the client must see.</param>
internal sealed record HostileAnswer(string Name, Func<SeenRequest, RawExchange, Task> Play, Seen Seen)
{
    /// <summary>The method that is asked with.</summary>
    public string Method { get; init; } = "GET";

    /// <summary>The status of an answer that is seen whole.</summary>
    public int Status { get; init; } = 200;

    /// <summary>The body of an answer that is seen whole.</summary>
    public string Body { get; init; } = "hello";

    /// <summary>Headers that must not be in an answer that is seen whole.</summary>
    public string[] Without { get; init; } = [];

    /// <summary>Whether the backend answers when it has the request's head, and does not wait for its body.</summary>
    public bool IsEarly { get; init; }
}
