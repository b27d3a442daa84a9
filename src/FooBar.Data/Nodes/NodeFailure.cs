using System.Data.Common;

namespace FooBar.Data;

/// <summary>What a failure means for the operation that met it on a node.</summary>
internal static class NodeFailure
{
    /// <summary>What a failure on the open connection means for the unit of work that met it, before its COMMIT.</summary>
    public static FailureKind Classify(Exception failure, DbConnection connection, NodeHold hold, IDriverAdapter driver)
    {
        // Whatever driver and work make of it.
        if (hold.Ended == HoldEnd.NodeLost)
            return FailureKind.NodeLost;
        Exception cause = ServerError.CauseOf(failure);
        // The node's failure to answer in time.
        if (hold.Ended == HoldEnd.Deadline && cause is OperationCanceledException or DbException)
            return FailureKind.NodeLost;
        // Some drivers say by the server's number that they were cancelled.
        if (hold.Ended == HoldEnd.Caller)
            return FailureKind.Caller;
        return ServerError.Classify(cause, driver.PhaseOf(cause), connection.State);
    }

    /// <summary>Whether the node is lost, or the way to it, and another one may be asked.</summary>
    /// <param name="failure">What was thrown.</param>
    /// <param name="connection">On which; null when it could not be opened.</param>
    /// <param name="hold">The operation's.</param>
    /// <param name="driver">The driver's adapter.</param>
    /// <param name="caller">The caller's token.</param>
    public static bool IsLoss(Exception failure, DbConnection? connection, NodeHold hold, IDriverAdapter driver, CancellationToken caller) =>
        connection is null
            ? hold.Ended == HoldEnd.NodeLost || NodeConnection.IsNodeFailure(failure, caller)
            : Classify(failure, connection, hold, driver) == FailureKind.NodeLost;

    /// <summary>Whether the server refused the work because it wrote.</summary>
    public static bool IsWriteRefused(Exception failure, DbConnection? connection, NodeHold hold, IDriverAdapter driver) =>
        connection is not null && Classify(failure, connection, hold, driver) is FailureKind.WriteInRead or FailureKind.ReadOnlyNode;
}
