namespace FooBar.Data;

/// <summary>
/// The answer to a COMMIT was lost, and what became of it could not be found out in the operation's time: it may be committed or not.
/// Repeating the write with the same operation id is safe: it returns the stored result if a try was committed, and does the work if
/// none was. The inner exception is the COMMIT's failure.
/// </summary>
public sealed class OutcomeUnknownException : Exception
{
    internal OutcomeUnknownException(OperationId operation, Attempt commit, TimeSpan elapsed, Exception unresolved)
        : base($"The outcome of operation {operation} is unknown: node {commit.Node} did not confirm the COMMIT (failed after "
            + $"{commit.Elapsed.TotalMilliseconds:0} ms: {commit.Failure.GetType().Name}: {commit.Failure.Message}), and it could not be "
            + $"found out in {elapsed.TotalSeconds:0.0} s ({unresolved.GetType().Name}: {unresolved.Message}). Repeat it with the same "
            + "operation id: it will be applied once in all.", commit.Failure) => Operation = operation;

    /// <summary>The operation to repeat.</summary>
    public OperationId Operation { get; }
}
