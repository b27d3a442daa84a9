namespace FooBar.LoadBalancer.Health;

/// <summary>What one check, one request, or a comparison of many requests says about a backend. What comes from a check stands first.</summary>
internal enum Evidence
{
    /// <summary>A check passed.</summary>
    CheckPassed,

    /// <summary>A check was answered with 503: the instance asks for no more requests.</summary>
    CheckNotReady,

    /// <summary>A check was answered with something else that is not 200 to 299.</summary>
    CheckFailed,

    /// <summary>A check met silence, while requests were answered: the backend is slow, not dead.</summary>
    CheckOvertaken,

    /// <summary>A check met silence, and no request was answered either.</summary>
    CheckTimedOut,

    /// <summary>A check got no connection, or a broken one.</summary>
    CheckUnanswered,

    /// <summary>A request could not connect.</summary>
    ConnectFailed,

    /// <summary>A request failed after it was connected: a reset, a broken or torn answer, silence.</summary>
    RequestFailed,

    /// <summary>A request was answered with 502, 503 or 504, as by a proxy that reaches nothing.</summary>
    Unavailable,

    /// <summary>A request was answered with another status from 500 on.</summary>
    ServerError,

    /// <summary>A request was answered with a status below 500.</summary>
    RequestPassed,

    /// <summary>Its answers begin far later than those of the others.</summary>
    Slow,

    /// <summary>Its answers begin about as soon as those of the others.</summary>
    NotSlow,
}
