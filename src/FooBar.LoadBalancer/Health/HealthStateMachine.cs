using FooBar.LoadBalancer.Configuration;

namespace FooBar.LoadBalancer.Health;

/// <summary>The rules by which a backend's state follows from its checks and its requests: pure functions.</summary>
/// <remarks>
/// Requests can take a backend out, and so can silence, but never the last one that is up: if all look broken, the cause is more likely one
/// that they share, such as more work than the machine can do, and a page now and then, or late, is better than none. Silence of a check while
/// requests are answered says nothing: the backend is slow, and its share would slow the others. Only checks bring a backend back. One that is not ready, but says so, is asked when none is
/// up: what it waits for is most likely missing for all, and an instance knows better than an error page what to do meanwhile.
/// </remarks>
internal static class HealthStateMachine
{
    /// <summary>The state after one more piece of evidence.</summary>
    /// <param name="state">The state before it.</param>
    /// <param name="evidence">What a check or a request says.</param>
    /// <param name="isLast">Whether no other backend is up.</param>
    /// <param name="options">The numbers.</param>
    /// <param name="held">Whether checks may not bring it back yet; see <see cref="EjectionPenalty"/>.</param>
    public static HealthState Next(HealthState state, Evidence evidence, bool isLast, HealthOptions options, bool held = false) => state.Status switch
    {
        // Nothing is known that one check could contradict, so the first decides alone: a start needs no second round. A gateway that starts under
        // load may be the slow one itself, so silence is no reason to turn everybody away.
        BackendStatus.Unknown => evidence switch
        {
            Evidence.CheckPassed => new(BackendStatus.Up),
            Evidence.CheckNotReady => new(BackendStatus.Draining),
            Evidence.CheckTimedOut when isLast => new(BackendStatus.Up, Against: 1),
            Evidence.CheckFailed or Evidence.CheckTimedOut or Evidence.CheckUnanswered => new(BackendStatus.Down),
            _ => state,
        },
        BackendStatus.Up => Up(state, evidence, isLast, options),
        _ => evidence switch
        {
            Evidence.CheckPassed when state.Against + 1 >= options.SuccessesToUp && !held => new(BackendStatus.Up),
            Evidence.CheckPassed => state with { Against = Math.Min(state.Against + 1, options.SuccessesToUp), Failures = 0 },
            Evidence.CheckNotReady => new(BackendStatus.Draining),
            Evidence.CheckFailed or Evidence.CheckTimedOut or Evidence.CheckUnanswered when state.Status == BackendStatus.Down => state with { Against = 0 },
            // All of them not ready, and then late to say so again: their visitors are better off waiting for one than with an error page.
            Evidence.CheckTimedOut when state.Status == BackendStatus.Draining && isLast => state with { Against = 0 },
            Evidence.CheckFailed or Evidence.CheckTimedOut or Evidence.CheckUnanswered or Evidence.ConnectFailed when state.Status == BackendStatus.Draining =>
                state.Failures + 1 >= options.FailuresToDown ? new(BackendStatus.Down) : state with { Against = 0, Failures = state.Failures + 1 },
            _ => state,
        },
    };

    /// <summary>
    /// Whether the backend should be checked now and not at its next turn: after the first failed check, and after a request that makes
    /// it doubtful.
    /// </summary>
    /// <param name="before">The state before the evidence.</param>
    /// <param name="after">The state after it.</param>
    /// <param name="evidence">The evidence.</param>
    public static bool NeedsCheck(HealthState before, HealthState after, Evidence evidence) => before.Status != BackendStatus.Down && evidence switch
    {
        Evidence.CheckFailed or Evidence.CheckTimedOut or Evidence.CheckUnanswered => after is { Status: BackendStatus.Up, Against: 1 } or { Status: BackendStatus.Draining, Failures: 1 },
        Evidence.ConnectFailed => before.Status != BackendStatus.Unknown,
        Evidence.RequestFailed or Evidence.Unavailable or Evidence.ServerError => before.Status == BackendStatus.Up && after.Status != BackendStatus.Up,
        _ => false,
    };

    /// <summary>
    /// Whether requests that wait on the backend should wait no longer: it is out and does not answer. One that answers, be it with
    /// "not ready", finishes what it has.
    /// </summary>
    /// <param name="after">The state after the evidence.</param>
    /// <param name="evidence">The evidence.</param>
    public static bool IsGone(HealthState after, Evidence evidence) =>
        after.Status == BackendStatus.Down && evidence is Evidence.CheckTimedOut or Evidence.CheckUnanswered or Evidence.ConnectFailed;

    private static HealthState Up(HealthState state, Evidence evidence, bool isLast, HealthOptions options)
    {
        HealthState next = evidence switch
        {
            Evidence.CheckPassed or Evidence.CheckOvertaken => state with { Against = 0 },

            // Its own wish, which needs no second opinion.
            Evidence.CheckNotReady => new(BackendStatus.Draining),
            Evidence.CheckFailed or Evidence.CheckUnanswered when state.Against + 1 >= options.FailuresToDown => new(BackendStatus.Down),
            Evidence.CheckTimedOut when state.Against + 1 >= options.FailuresToDown =>
                isLast ? state with { Against = options.FailuresToDown } : new(BackendStatus.Down),
            Evidence.CheckFailed or Evidence.CheckTimedOut or Evidence.CheckUnanswered => state with { Against = state.Against + 1 },
            Evidence.ConnectFailed when !isLast => new(BackendStatus.Down),
            Evidence.RequestFailed => state with { Failures = state.Failures + 1 },
            Evidence.Unavailable => state with { Failures = state.Failures + 1, ServerErrors = state.ServerErrors + 1 },
            Evidence.ServerError => state with { ServerErrors = state.ServerErrors + 1 },
            Evidence.RequestPassed => state with { Failures = 0, ServerErrors = 0 },
            Evidence.Slow => state with { Slow = state.Slow + 1 },
            Evidence.NotSlow => state with { Slow = 0 },
            _ => state,
        };

        bool broken = next.Failures >= options.FailuresToEject || next.ServerErrors >= options.ServerErrorsToEject || next.Slow >= options.SlowToEject;
        return broken && !isLast && IsAgainst(evidence) ? new(BackendStatus.Down) : next;
    }

    /// <summary>A check that passes does not take a backend out, even if it stayed in only for being the last.</summary>
    private static bool IsAgainst(Evidence evidence) => evidence is Evidence.RequestFailed or Evidence.Unavailable or Evidence.ServerError or Evidence.Slow;
}
