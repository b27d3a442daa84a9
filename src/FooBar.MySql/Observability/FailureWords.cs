using System.Globalization;

namespace FooBar.MySql.Observability;

/// <summary>What is said about a failure outside of its exception: never the server's message, which quotes values.</summary>
internal static class FailureWords
{
    /// <summary>
    /// The value of <c>error.type</c>: the server's error number; else why it failed, in a word; else the exception's type.
    /// </summary>
    public static string TypeOf(Exception failure) => failure switch
    {
        MySqlException { Number: not 0 } answer => Text(answer.Number),
        MySqlException { Reason: MySqlFailureReason.TimedOut } => "timeout",
        MySqlException { Reason: MySqlFailureReason.ConnectionLost } => "connection_lost",
        MySqlException { Reason: MySqlFailureReason.ProtocolViolation } => "protocol_violation",
        MySqlException { Reason: MySqlFailureReason.NotTrusted } => "not_trusted",
        MySqlException { Reason: MySqlFailureReason.Refused } => "refused",
        OperationCanceledException => "cancelled",
        _ => failure.GetType().FullName!,
    };

    /// <summary>The server's error number; null when the failure is not the server's word.</summary>
    public static string? StatusCodeOf(Exception failure) => failure is MySqlException { Number: not 0 } answer ? Text(answer.Number) : null;

    /// <summary>The message, where it is of the driver's own making; null for all others, which may quote values.</summary>
    public static string? DescriptionOf(Exception failure) => failure is MySqlException { Number: 0 } or MySqlCanceledException ? failure.Message : null;

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
