namespace FooBar.MySql.Tests.Chaos;

/// <summary>Disposes blocking or not, as its worker waits: <c>await using</c> alone would never block.</summary>
internal readonly struct Closing(bool async, IAsyncDisposable what) : IAsyncDisposable
{
    public ValueTask DisposeAsync()
    {
        if (async) return what.DisposeAsync();

        ((IDisposable)what).Dispose();
        return default;
    }
}
