namespace FooBar.MySql.Sessions;

/// <summary>How a call is interrupted, by its time-out or by its caller.</summary>
internal enum InterruptBy
{
    /// <summary>The statement is stopped on the server; the connection stays usable if it stops in time.</summary>
    Killing,

    /// <summary>
    /// Its answer is given a little more time, and then the connection is cut off: for a COMMIT, of which nobody could say what a KILL has
    /// made of it.
    /// </summary>
    Waiting,

    /// <summary>The connection is cut off at once.</summary>
    Aborting,
}
