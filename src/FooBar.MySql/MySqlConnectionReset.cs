namespace FooBar.MySql;

/// <summary>When a pooled session is brought back to the state of a new one, before the first statement of its next owner.</summary>
public enum MySqlConnectionReset
{
    /// <summary>
    /// When a statement of an earlier owner may have left something behind: the server said so, or the statement is not one of the many that
    /// are known to leave nothing. A trigger, a view or a stored function can do so unseen, by GET_LOCK or a user variable: who has such
    /// uses <see cref="Always"/>.
    /// </summary>
    WhenNeeded,

    /// <summary>Before every owner but the first. Costs the server as much as a small query, and prepared statements with it.</summary>
    Always,

    /// <summary>Never; a session carries over what it has, all but an open transaction.</summary>
    Never,
}
