namespace FooBar.MySql;

/// <summary>
/// How far a statement had got when it failed. It decides whether the statement may be run again: what was not sent cannot have
/// been executed, what was sent and not answered may have been, and what was answered has the outcome that the server told.
/// </summary>
public enum MySqlFailurePhase
{
    /// <summary>
    /// The statement never left this process whole, so the server cannot have executed it: the connection could not be opened, no pooled
    /// connection came free, a parameter is missing, or the send itself failed. Running it again is safe.
    /// </summary>
    NotSent,

    /// <summary>
    /// The statement was sent and its final answer did not arrive: the connection was lost, or the time ran out. It may or may not have
    /// been executed. Rows that had begun to arrive do not change that; only the end of the result does.
    /// </summary>
    SentUnanswered,

    /// <summary>The server answered with an error. <see cref="MySqlException.Number"/> says what became of the statement.</summary>
    Answered,
}
