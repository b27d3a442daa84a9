namespace FooBar.Data;

/// <summary>The work of a read tried to write, and the server refused: a mistake in the caller, so nothing is repeated.</summary>
public sealed class WriteInReadException : InvalidOperationException
{
    internal WriteInReadException(string node, Exception refusal)
        : base($"The work of a ReadAsync tried to write on node {node} and was refused: use WriteAsync.", refusal)
    {
    }
}
