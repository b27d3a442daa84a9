using System.Data.Common;

namespace FooBar.MySql;

/// <summary>
/// A statement or a connection failed: the server said so (<see cref="Number"/> is its error number), or it could not be reached,
/// could not be trusted, broke the protocol or did not answer in time (<see cref="Number"/> is 0).
/// A call that its caller cancelled throws <see cref="MySqlCanceledException"/> instead.
/// </summary>
public sealed class MySqlException : DbException
{
    /// <summary>The key in <see cref="Exception.Data"/> under which <see cref="Number"/> can be read without knowing this type.</summary>
    public const string ServerErrorCodeKey = "Server Error Code";

    internal MySqlException(string message, MySqlFailurePhase phase, MySqlFailureReason reason, bool isTransient = false, Exception? inner = null)
        : base(message, inner)
    {
        Phase = phase;
        Reason = reason;
        IsTransient = isTransient;
        Data[ServerErrorCodeKey] = 0;
    }

    internal MySqlException(int number, string? sqlState, string message, MySqlFailurePhase phase)
        : base(message)
    {
        Number = number;
        SqlState = sqlState;
        Phase = phase;
        Reason = MySqlFailureReason.ServerError;
        IsTransient = Protocol.ServerErrors.IsTransient(number, message);
        Data[ServerErrorCodeKey] = number;
    }

    /// <summary>The server's error number, such as 1062 for a duplicate key; 0 when the failure was not reported by the server.</summary>
    public int Number { get; }

    /// <summary>How far the statement had got. Failures of opening a connection are <see cref="MySqlFailurePhase.NotSent"/>.</summary>
    public MySqlFailurePhase Phase { get; }

    /// <summary>The command of a batch that failed; null when it was not a batch's.</summary>
    protected override DbBatchCommand? DbBatchCommand => FailedCommand;

    internal MySqlBatchCommand? FailedCommand { get; set; }

    /// <summary>
    /// Whether the server has rolled the whole transaction back with it: SQLSTATE 40xxx, such as a deadlock, or a full table of locks.
    /// </summary>
    internal bool EndsTransaction => SqlState is ['4', '0', ..] || Number == Protocol.ServerErrors.LockTableFull;

    /// <summary>Why it failed.</summary>
    public MySqlFailureReason Reason { get; }

    /// <summary>The five characters of the SQL standard's state, such as 23000; null when the failure was not reported by the server.</summary>
    public override string? SqlState { get; }

    /// <summary>
    /// Whether the same work can succeed when it is tried again, possibly on another connection or server. It says nothing about whether
    /// this attempt was executed: that is <see cref="Phase"/>.
    /// </summary>
    public override bool IsTransient { get; }
}
