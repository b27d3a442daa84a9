using System.Diagnostics.CodeAnalysis;

namespace FooBar.MySql.Tests.Chaos;

/// <summary>A statement was cancelled as its trigger says: the one failure that a test of cancellation takes for an outcome.</summary>
[SuppressMessage("Design", "CA1032", Justification = "Thrown in one place.")]
internal sealed class InterruptedException(MySqlFailurePhase phase, TimeSpan elapsed, Exception inner) : Exception(inner.Message, inner)
{
    public MySqlFailurePhase Phase => phase;

    /// <summary>From the cancellation until the call had ended.</summary>
    public TimeSpan Elapsed => elapsed;

    /// <summary>How far the statement had got; null when it was not the trigger that ended it.</summary>
    /// <param name="failure">What was thrown.</param>
    /// <param name="trigger">What may have ended it.</param>
    /// <param name="isSent">Whether a reader of it is there: a call of that one is refused with nothing but the token.</param>
    public static MySqlFailurePhase? PhaseOf(Exception failure, Trigger trigger, bool isSent) => failure switch
    {
        MySqlException { Reason: MySqlFailureReason.TimedOut } late when trigger.Way == Way.CommandTimeout => late.Phase,
        MySqlCanceledException cancelled when trigger.Way != Way.CommandTimeout && cancelled.CancellationToken == trigger.Token => cancelled.Phase,
        MySqlCanceledException => null,
        OperationCanceledException early when trigger.Way == Way.Token && early.CancellationToken == trigger.Token =>
            isSent ? MySqlFailurePhase.SentUnanswered : MySqlFailurePhase.NotSent,
        _ => null,
    };
}
