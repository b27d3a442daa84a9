using Microsoft.Extensions.Logging;

namespace FooBar.Data;

/// <summary>Every log line of the data layer. Event ids 3000 to 3099. Transitions, not successes; no connection strings.</summary>
internal static partial class DataLog
{
    [LoggerMessage(EventId = 3000, Message = "Node {Node} was {Before} and is now {After}: {Reason}")]
    public static partial void RoleChanged(ILogger logger, LogLevel level, string node, NodeRole before, NodeRole after, string reason);

    [LoggerMessage(3001, LogLevel.Information, "Node {Node} has proved to be the primary (epoch {Epoch})")]
    public static partial void PrimaryProven(ILogger logger, string node, long epoch);

    [LoggerMessage(3002, LogLevel.Warning, "Node {Node} is no longer proven to be the primary and no other is; writes wait. Nodes: {Topology}")]
    public static partial void PrimaryLost(ILogger logger, string node, Topology topology);

    [LoggerMessage(3003, LogLevel.Error, "More than one node claims to be the primary; nobody writes until one of them steps down. Nodes: {Topology}")]
    public static partial void TwoPrimaries(ILogger logger, Topology topology);

    [LoggerMessage(3004, LogLevel.Error, "The monitor of node {Node} met an error of its own and goes on")]
    public static partial void MonitorFault(ILogger logger, string node, Exception fault);

    [LoggerMessage(3010, LogLevel.Warning, "Operation {Operation} met a failure of node {Node} before COMMIT and is repeated once the primary is proven: {Failure}")]
    public static partial void WriteRepeated(ILogger logger, OperationId operation, string node, string failure);

    [LoggerMessage(3011, LogLevel.Error, "The outcome of operation {Operation} on node {Node} stays unknown")]
    public static partial void OutcomeUnknown(ILogger logger, OperationId operation, string node, Exception failure);

    [LoggerMessage(3014, LogLevel.Warning, "The COMMIT of operation {Operation} was not answered by node {Node}; it is repeated under its key to find out: {Failure}")]
    public static partial void CommitUnanswered(ILogger logger, OperationId operation, string node, string failure);

    [LoggerMessage(3015, LogLevel.Information, "The unanswered COMMIT of operation {Operation} on node {Lost} is resolved: {Outcome}, as node {Node} shows, {Milliseconds:0} ms after the operation began")]
    public static partial void CommitResolved(ILogger logger, OperationId operation, string lost, string outcome, string node, double milliseconds);

    [LoggerMessage(3012, LogLevel.Warning, "Operation {Operation} is committed on node {Node}, but its GTID could not be learned; the session reads from the primary from now on")]
    public static partial void TokenLost(ILogger logger, OperationId operation, string node, Exception failure);

    [LoggerMessage(3013, LogLevel.Warning, "A causal token was dropped: primary {Node} does not hold what it demands and nobody can. It is another database's, or this one was restored")]
    public static partial void ForeignToken(ILogger logger, string node);

    [LoggerMessage(3016, LogLevel.Warning, "Old operations could not be deleted; it is tried again: {Failure}")]
    public static partial void PruneFailed(ILogger logger, string failure);

    [LoggerMessage(3020, LogLevel.Information, "Node {Node} is watched from now on")]
    public static partial void NodeAdded(ILogger logger, string node);

    [LoggerMessage(3021, LogLevel.Information, "Node {Node} is watched no more; it was {Role}")]
    public static partial void NodeRemoved(ILogger logger, string node, NodeRole role);

    [LoggerMessage(3022, LogLevel.Warning, "Node {Node} fails what is sent there and is left out for {Seconds:0} s, as long as another one can answer: {Failure}")]
    public static partial void Ejected(ILogger logger, string node, double seconds, string failure);

    [LoggerMessage(3023, LogLevel.Warning, "Primary {Node} lacks what the primary held before: the database was restored, or a promotion has lost it. How old answers may be is measured anew")]
    public static partial void HistoryReplaced(ILogger logger, string node);

    [LoggerMessage(3024, LogLevel.Information, "Switched over from {From} to {To}; no server took writes for {Milliseconds:0} ms")]
    public static partial void SwitchedOver(ILogger logger, string from, string to, double milliseconds);

    [LoggerMessage(3025, LogLevel.Warning, "Member {Host}:{Port} of the group is not taken on: its address ({Addresses}) is in no network that discovery allows")]
    public static partial void MemberRefused(ILogger logger, string host, int port, string addresses);

    [LoggerMessage(3026, LogLevel.Warning, "Member {Host}:{Port} of the group cannot be taken on: its host name has no address: {Reason}")]
    public static partial void MemberNotFound(ILogger logger, string host, int port, string reason);

    [LoggerMessage(3027, LogLevel.Warning, "Statements on {Node} that wait for rows cannot be interrupted, and may hold up the switchover: {Reason}")]
    public static partial void RowWaitersNotInterrupted(ILogger logger, string node, string reason);
}
