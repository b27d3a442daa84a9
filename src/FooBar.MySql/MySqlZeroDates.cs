namespace FooBar.MySql;

/// <summary>What a date with a zero in it ('0000-00-00', '2024-00-10') is to a program; the server's sql_mode decides whether it lets one in.</summary>
public enum MySqlZeroDates
{
    /// <summary>Reading it as a date throws <see cref="InvalidCastException"/>.</summary>
    Error,

    /// <summary>It reads as NULL.</summary>
    Null,

    /// <summary>It reads as <see cref="DateTime.MinValue"/>.</summary>
    MinValue,
}
