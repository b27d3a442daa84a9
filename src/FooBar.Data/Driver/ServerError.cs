using System.Data;
using System.Data.Common;
using System.Globalization;
using System.Net.Sockets;

namespace FooBar.Data;

/// <summary>What a failure before COMMIT means for the unit of work that met it.</summary>
internal enum FailureKind
{
    /// <summary>The statement or the work itself is at fault: repeating it elsewhere would fail again.</summary>
    Caller,

    /// <summary>The node refuses to write: its role has changed. Nothing was executed.</summary>
    ReadOnlyNode,

    /// <summary>The node or the way to it is lost, or rolls everything back on its way out. Nothing is committed.</summary>
    NodeLost,

    /// <summary>Another transaction was in the way. Rolled back, or to be rolled back.</summary>
    Conflict,

    /// <summary>A write inside a transaction that we made read-only.</summary>
    WriteInRead,
}

/// <summary>
/// MySQL's error numbers, sorted by what may be done next. Source: MySQL 9.7 Server Error Message Reference, and the behaviour of
/// Group Replication's members when they leave.
/// </summary>
internal static class ServerError
{
    public const int DuplicateKey = 1062;
    private const int OptionPreventsStatement = 1290;
    private const int ReadOnlyMode = 1836;
    private const int LockWaitTimeout = 1205;
    private const int Deadlock = 1213;
    private const int QueryInterrupted = 1317;
    private const int ReadOnlyTransaction = 1792;

    /// <summary>The server's number, 0 when the failure did not come from the server or the driver does not tell.</summary>
    public static int NumberOf(Exception exception)
    {
        // MySqlConnector and MySql.Data fill this entry too, one with an enum, the other with an int.
        object? number = exception is DbException ? exception.Data["Server Error Code"] : null;
        // MySqlConnector has numbers of its own below zero, for a statement's time-out say.
        return number is IConvertible ? Math.Max(0, Convert.ToInt32(number, CultureInfo.InvariantCulture)) : 0;
    }

    /// <summary>What a driver said, where the work has wrapped it in an exception of its own, as object mappers do; else the failure itself.</summary>
    public static Exception CauseOf(Exception failure)
    {
        Exception? transport = null;
        for (Exception? cause = failure; cause is not null; cause = cause.InnerException)
        {
            if (cause is DbException)
                return cause;
            if (cause is IOException or SocketException or TimeoutException or OperationCanceledException)
                transport ??= cause;
        }

        return transport ?? failure;
    }

    /// <summary>What a failure means that came before COMMIT was sent.</summary>
    /// <param name="exception">The failure.</param>
    /// <param name="phase">How far the command had come.</param>
    /// <param name="connection">The state of the connection after the failure.</param>
    public static FailureKind Classify(Exception exception, FailurePhase phase, ConnectionState connection)
    {
        switch (NumberOf(exception))
        {
            // 1290 is also what secure_file_priv and others answer: only the read-only options speak of the node's role.
            case OptionPreventsStatement when exception.Message.Contains("read-only", StringComparison.Ordinal):
            case ReadOnlyMode:
                return FailureKind.ReadOnlyNode;
            case ReadOnlyTransaction:
                return FailureKind.WriteInRead;
            // Interrupted by somebody else, a switchover say: what we interrupt ourselves is not asked for here.
            case LockWaitTimeout or Deadlock or QueryInterrupted:
                return FailureKind.Conflict;
            // Refused at connect: too many connections, host blocked, host not allowed, offline mode, too many of this user's.
            case 1040 or 1129 or 1130 or 3032 or 1203:
            // The server stops, or has ended the session: shutdown, gone away, lost, killed, disconnected for idleness.
            case 1053 or 2006 or 2013 or 1927 or 4031 or 3169:
            // Group Replication rolled back, or did not begin, because the member is leaving.
            case 3100 or 3101 or 3796 or 3797 or 3798 or 3799:
            // What a new primary held until its backlog was applied, and then did not begin: in vain, stopped, or in error.
            case 3781 or 3782 or 3783:
            // The primary is being switched over and begins nothing more; what it had begun it lets finish.
            case 4094:
                return FailureKind.NodeLost;
            case 0 when exception is DbException && phase == FailurePhase.SentUnanswered:
            // Whose transport failed is closed. What was not sent over a connection that is still open is the caller's own: a parameter that is missing,
            // a statement too large to send, a file that the work reads.
            case 0 when connection != ConnectionState.Open
                && exception is DbException or IOException or SocketException or TimeoutException:
                return FailureKind.NodeLost;
            default:
                return FailureKind.Caller;
        }
    }

    /// <summary>
    /// Whether a failure in answer to COMMIT proves that the transaction was rolled back, and why. Null when it does not: what a
    /// leaving member answers (3100, 3101, 3798), a shutdown (1053), an error in the commit itself (1180) and every lost answer may
    /// hide a transaction that the majority has committed.
    /// </summary>
    public static FailureKind? ProvenRollback(Exception exception, FailurePhase phase) => NumberOf(exception) switch
    {
        Deadlock or LockWaitTimeout => FailureKind.Conflict,
        ReadOnlyMode => FailureKind.ReadOnlyNode,
        OptionPreventsStatement when exception.Message.Contains("read-only", StringComparison.Ordinal) => FailureKind.ReadOnlyNode,
        0 when phase == FailurePhase.NotSent => FailureKind.NodeLost,
        _ => null,
    };
}
