namespace FooBar.Data;

/// <summary>
/// The answer to a COMMIT was lost: the operation may be committed or not. Repeating the write with the same operation id is safe: it
/// returns the stored result if the first try was committed, and does the work if it was not.
/// </summary>
public sealed class OutcomeUnknownException : Exception
{
    internal OutcomeUnknownException(OperationId operation, string node, TimeSpan elapsed, Exception failure)
        : base($"The outcome of operation {operation} is unknown: node {node} did not confirm the COMMIT (failed after "
            + $"{elapsed.TotalMilliseconds:0} ms: {failure.GetType().Name}: {failure.Message}). Repeat it with the same operation id: "
            + "it will be applied once in all.", failure) => Operation = operation;

    /// <summary>The operation to repeat.</summary>
    public OperationId Operation { get; }
}
