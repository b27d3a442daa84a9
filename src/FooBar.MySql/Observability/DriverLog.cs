using Microsoft.Extensions.Logging;

namespace FooBar.MySql.Observability;

/// <summary>
/// Every log line of the driver. Event ids 2000 to 2099; they do not change their meaning. Neither secrets, nor the server's messages to a
/// statement, nor values are in them. A pool is named by account, server and database.
/// </summary>
internal static partial class DriverLog
{
    [LoggerMessage(2000, LogLevel.Debug, "Pool {Pool} has opened connection {Thread}")]
    public static partial void Opened(ILogger logger, string pool, uint thread);

    [LoggerMessage(2001, LogLevel.Debug, "Pool {Pool} has closed connection {Thread}: {Reason}")]
    public static partial void Closed(ILogger logger, string pool, uint thread, CloseReason reason);

    [LoggerMessage(2002, LogLevel.Information, "Pool {Pool} got connection {Thread} back broken and has closed it")]
    public static partial void Broken(ILogger logger, string pool, uint thread);

    [LoggerMessage(2003, LogLevel.Information, "Pool {Pool} is retired: {Idle} idle connections are closed, {Used} lent ones will be when they come back")]
    public static partial void Retired(ILogger logger, string pool, int idle, int used);

    [LoggerMessage(2004, LogLevel.Warning, "Pool {Pool} got connection {Thread} back from the garbage collector: its owner never closed it. {Where}")]
    public static partial void Leaked(ILogger logger, string pool, uint thread, string where);

    [LoggerMessage(2005, LogLevel.Warning, "Pool {Pool} had no connection to give within the connection timeout: {Used} of {Maximum} are lent, {Opening} being opened, {Waiting} more wait. Said once until a caller finds one at once again")]
    public static partial void Exhausted(ILogger logger, string pool, int used, int maximum, int opening, int waiting);

    [LoggerMessage(2006, LogLevel.Warning, "Pool {Pool} cannot keep its {Minimum} connections open; it goes on trying, and says so once: {Failure}")]
    public static partial void WarmUpFailing(ILogger logger, string pool, int minimum, string failure);

    [LoggerMessage(2007, LogLevel.Information, "Pool {Pool} can open connections again, after {Failures} failed attempts to keep its {Minimum}")]
    public static partial void WarmUpRecovered(ILogger logger, string pool, int failures, int minimum);

    [LoggerMessage(2010, LogLevel.Debug, "A statement on connection {Thread} of {Pool} failed: {Type}, SQLSTATE {SqlState}, phase {Phase}")]
    public static partial void StatementFailed(ILogger logger, string pool, uint thread, string type, string sqlState, string phase);
}
