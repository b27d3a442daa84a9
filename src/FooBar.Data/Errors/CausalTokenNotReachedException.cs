namespace FooBar.Data;

/// <summary>
/// The primary did not hold what the session's token says was written, within <see cref="DatabaseOptions.PrimaryWait"/>: it has just
/// been cut off from the rest, or the database was restored to an earlier state. The read was not done, for its answer would have
/// been older than the session's own writes. Repeat it, or drop the token to accept what there is.
/// </summary>
public sealed class CausalTokenNotReachedException : Exception
{
    internal CausalTokenNotReachedException(string node, TimeSpan elapsed, GtidSet token)
        : base($"Primary {node} did not reach the session's own writes within {elapsed.TotalSeconds:0.0} s ({token}). It may have just "
            + "been cut off: repeat the read. If the database was restored to an earlier state, drop the session's causal token.")
    {
    }
}
