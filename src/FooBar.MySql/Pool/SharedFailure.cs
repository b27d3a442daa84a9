namespace FooBar.MySql.Pool;

/// <summary>The failure of one attempt to open a session, as the answer to those who wait to make the same attempt.</summary>
internal static class SharedFailure
{
    /// <summary>
    /// Whether another attempt right now would find the same. Not after a time-out, because each has a deadline of its own, and not when the
    /// server had no room, which may be there a moment later.
    /// </summary>
    public static bool IsForAll(Exception failure) =>
        failure is MySqlException { Reason: not MySqlFailureReason.TimedOut } and not MySqlException { Number: not 0, IsTransient: true };

    /// <summary>Each gets an exception of its own: what is thrown collects the stack of its thrower.</summary>
    public static MySqlException Copy(MySqlException failure) => failure.Number != 0
        ? new MySqlException(failure.Number, failure.SqlState, failure.Message, failure.Phase)
        : new MySqlException(failure.Message, failure.Phase, failure.Reason, failure.IsTransient, failure.InnerException);
}
