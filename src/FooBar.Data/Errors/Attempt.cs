namespace FooBar.Data;

/// <summary>One failed try of an operation, for the message of the last exception.</summary>
/// <param name="Node">The node's name.</param>
/// <param name="Role">What it was tried as.</param>
/// <param name="Elapsed">From the start of the try to its failure.</param>
/// <param name="Failure">Why it failed.</param>
internal sealed record Attempt(string Node, NodeRole Role, TimeSpan Elapsed, Exception Failure)
{
    public override string ToString() =>
        $"{Node} as {Role} after {Elapsed.TotalMilliseconds:0} ms: {Failure.GetType().Name}: {Failure.Message}";
}
