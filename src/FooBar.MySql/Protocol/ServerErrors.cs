namespace FooBar.MySql.Protocol;

/// <summary>What the driver needs to know about the server's error numbers (MySQL 9.7, Server Error Message Reference).</summary>
internal static class ServerErrors
{
    /// <summary>ER_LOCK_WAIT_TIMEOUT: undoes the statement, or with innodb_rollback_on_timeout the transaction.</summary>
    public const int LockWaitTimeout = 1205;

    /// <summary>ER_LOCK_TABLE_FULL: undoes the transaction.</summary>
    public const int LockTableFull = 1206;

    /// <summary>ER_UNKNOWN_STMT_HANDLER: no prepared statement has this number.</summary>
    public const int UnknownStatement = 1243;

    /// <summary>ER_NEED_REPREPARE: its tables change faster than it can be prepared anew.</summary>
    public const int NeedsPreparing = 1615;

    /// <summary>ER_SP_DOES_NOT_EXIST, which is also said of a savepoint.</summary>
    public const int NoSuchSavepoint = 1305;

    /// <summary>ER_NO_SUCH_THREAD: the session to kill has ended.</summary>
    public const int NoSuchThread = 1094;

    /// <summary>ER_KILL_DENIED_ERROR: the session to kill is another user's, or nobody's while it is being reset.</summary>
    public const int KillDenied = 1095;

    /// <summary>ER_QUERY_INTERRUPTED: by KILL QUERY.</summary>
    public const int QueryInterrupted = 1317;

    /// <summary>ER_MUST_CHANGE_PASSWORD: said to every command until it is changed.</summary>
    public const int PasswordExpired = 1820;

    /// <summary>Whether trying again, perhaps elsewhere, can succeed.</summary>
    public static bool IsTransient(int number, string message) => number switch
    {
        1040 or 1129 or 1203 => true, // too many connections, host blocked, too many of this user's
        1205 or 1213 => true, // lock wait, deadlock
        1836 => true, // read-only mode: a primary that was demoted
        1290 => message.Contains("read-only", StringComparison.Ordinal), // the same; the number also stands for --secure-file-priv and others
        3100 or 3101 or 3781 or 3782 or 3783 or 3796 or 3797 or 3798 or 3799 => true, // Group Replication refused or rolled back
        _ => EndsSession(number),
    };

    /// <summary>Whether the server closes the connection behind this error, so that it must not go back to the pool.</summary>
    public static bool EndsSession(int number) => number switch
    {
        1053 or 1077 or 1078 or 1079 => true, // shutdown
        1152 or 1153 or 1154 or 1155 or 1156 or 1157 or 1158 or 1159 or 1160 or 1161 => true, // broken packets and network errors
        1184 => true, // aborted
        3032 => true, // offline mode
        3169 or 4031 => true, // killed session, closed for inactivity
        _ => false,
    };
}
