namespace FooBar.AppHost;

/// <summary>An expected failure. The message is the one line that the user sees: it names the thing and the way out.</summary>
internal sealed class FoobarException : Exception
{
    public FoobarException(string message)
        : base(message)
    {
    }

    public FoobarException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
