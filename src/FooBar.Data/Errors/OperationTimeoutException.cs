namespace FooBar.Data;

/// <summary>
/// The work of an operation took longer than <see cref="DatabaseOptions.OperationTimeout"/> left for it, and was ended. Nothing of it stands: a
/// write was rolled back. The same work would most likely take as long again.
/// </summary>
public sealed class OperationTimeoutException : TimeoutException
{
    internal OperationTimeoutException(string operation, string node, TimeSpan elapsed, TimeSpan allowed, Exception ended)
        : base($"The {operation} took {elapsed.TotalSeconds:0.0} s and {allowed.TotalSeconds:0.###} s are allowed ({nameof(DatabaseOptions)}."
            + $"{nameof(DatabaseOptions.OperationTimeout)}); its work on node {node} was ended, and nothing of it stands.", ended)
    {
    }
}
