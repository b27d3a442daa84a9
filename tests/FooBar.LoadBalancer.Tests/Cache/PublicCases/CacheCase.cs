using System.Net;

namespace FooBar.LoadBalancer.Tests.Cache.PublicCases;

/// <summary>What the public list says about a case.</summary>
internal enum CaseKind
{
    /// <summary>HTTP demands it.</summary>
    Required,

    /// <summary>HTTP allows it, and a good cache does it.</summary>
    Optimal,

    /// <summary>HTTP leaves it open; the list only asks what a cache does.</summary>
    Check,
}

/// <summary>Where an answer must have come from.</summary>
internal enum Origin
{
    /// <summary>Does not matter.</summary>
    Any,

    /// <summary>From memory, with nothing of what the backend says to this request.</summary>
    Cache,

    /// <summary>Made by the backend for this request.</summary>
    Backend,

    /// <summary>From memory, after the backend was asked with the tag that it had given.</summary>
    TagValidated,

    /// <summary>From memory, after the backend was asked with the date that it had given.</summary>
    DateValidated,
}

/// <summary>
/// One case of the public list for HTTP caches (cache-tests.fyi), under its name there: what it shows, and the requests that show it, in our words.
/// </summary>
/// <param name="Id">Its name in the list.</param>
/// <param name="Kind">What the list says about it.</param>
/// <param name="Shows">What it shows.</param>
/// <param name="Steps">Requests, each with the backend's answer and what the client must see. They say what this cache does.</param>
internal sealed record CacheCase(string Id, CaseKind Kind, string Shows, params CaseStep[] Steps)
{
    /// <summary>Where this cache does not do what the list wishes for: the reason. Null: it does.</summary>
    public string? Difference { get; init; }

    /// <summary>Declares that the steps are not what the list wishes for.</summary>
    public CacheCase Differs(string reason) => this with { Difference = reason };

    public override string ToString() => Id;
}

/// <summary>
/// One request of a case. Header fields are lines, <c>Name: value</c>; <c>{n}</c> in a value is the date n seconds after the case began.
/// </summary>
internal sealed record CaseStep
{
    public string Method { get; private init; } = "GET";

    /// <summary>Appended to the case's address.</summary>
    public string Suffix { get; private init; } = "";

    public string[] Fields { get; private init; } = [];

    public HttpStatusCode Status { get; private init; } = HttpStatusCode.OK;

    public string[] AnswerFields { get; private init; } = [];

    /// <summary>The body; null for one that tells which request it answers.</summary>
    public string? AnswerBody { get; private init; }

    /// <summary>Whether the backend breaks the connection off instead of answering.</summary>
    public bool Breaks { get; private init; }

    /// <summary>Interim answers that the backend sends first, each a status line and fields.</summary>
    public string[] InterimAnswers { get; private init; } = [];

    /// <summary>How long the backend takes, by the gateway's clock.</summary>
    public TimeSpan Takes { get; private init; }

    /// <summary>How long the client waits after it.</summary>
    public TimeSpan Pause { get; private init; }

    public Origin Origin { get; private init; }

    public int? ExpectedStatus { get; private init; }

    public string? ExpectedBody { get; private init; }

    /// <summary>Lines that the client must see.</summary>
    public string[] Seen { get; private init; } = [];

    /// <summary>Names of fields that it must not see.</summary>
    public string[] Unseen { get; private init; } = [];

    /// <summary>
    /// Lines that the backend must see; a name with nothing behind the colon must not be there. <c>Asked-Method</c> is the request's method.
    /// </summary>
    public string[] AtBackend { get; private init; } = [];

    /// <summary>Age is more than this.</summary>
    public int? OlderThan { get; private init; }

    /// <summary>A GET.</summary>
    public static CaseStep Ask(params string[] fields) => new() { Fields = fields };

    /// <summary>Another method.</summary>
    public static CaseStep Send(string method, params string[] fields) => new() { Method = method, Fields = fields };

    /// <summary>What the backend says, should it be asked.</summary>
    public CaseStep Gets(params string[] fields) => this with { AnswerFields = fields };

    public CaseStep WithStatus(int status) => this with { Status = (HttpStatusCode)status };

    public CaseStep WithBody(string body) => this with { AnswerBody = body };

    public CaseStep At(string suffix) => this with { Suffix = suffix };

    public CaseStep Broken() => this with { Breaks = true };

    public CaseStep Interim(params string[] answers) => this with { InterimAnswers = answers };

    public CaseStep Taking(int seconds) => this with { Takes = TimeSpan.FromSeconds(seconds) };

    public CaseStep Then(int pauseSeconds = 3) => this with { Pause = TimeSpan.FromSeconds(pauseSeconds) };

    public CaseStep FromCache() => this with { Origin = Origin.Cache };

    public CaseStep FromBackend() => this with { Origin = Origin.Backend };

    public CaseStep ByTag() => this with { Origin = Origin.TagValidated };

    public CaseStep ByDate() => this with { Origin = Origin.DateValidated };

    public CaseStep Is(int status, string? body = null) => this with { ExpectedStatus = status, ExpectedBody = body };

    public CaseStep Sees(params string[] lines) => this with { Seen = lines };

    public CaseStep SeesNo(params string[] names) => this with { Unseen = names };

    public CaseStep Asks(params string[] lines) => this with { AtBackend = lines };

    public CaseStep Older(int seconds) => this with { OlderThan = seconds };
}
