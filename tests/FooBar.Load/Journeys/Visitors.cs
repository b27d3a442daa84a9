using System.Collections.Concurrent;
using System.Globalization;
using FooBar.Testing.Site;

namespace FooBar.Load.Journeys;

/// <summary>
/// The visitors of a load. Each has its own cookies and connections, follows no redirect, and trusts one CA alone. Readers share them by
/// turns; who posts has one to itself, as a browser has one person before it: two posts at once in one browser would take each other's
/// causal cookie away. When none is free, one more comes. Thread-safe; dispose when nothing runs any more.
/// </summary>
public sealed class Visitors : IDisposable
{
    private readonly Func<HttpClient> _create;
    private readonly ConcurrentBag<Visitor> _all = [];
    private readonly ConcurrentQueue<Visitor> _free = new();
    private readonly Visitor[] _readers;
    private readonly string _run = Guid.NewGuid().ToString("N")[..8];
    private long _requests;

    /// <summary>Makes the first visitors; nothing is sent yet.</summary>
    /// <param name="site">The site's address.</param>
    /// <param name="caPath">PEM file of the only CA to trust.</param>
    /// <param name="count">How many come at first, at least 1.</param>
    /// <param name="version">HTTP/1.1 or HTTP/2; 1.1 when null.</param>
    public Visitors(Uri site, string caPath, int count, Version? version = null)
        : this(() => VerifiedHttp.Create(site, caPath, version), count)
    {
    }

    /// <summary>Makes the first visitors; nothing is sent yet.</summary>
    /// <param name="create">Makes a client with cookies of its own that follows no redirect.</param>
    /// <param name="count">How many come at first, at least 1.</param>
    public Visitors(Func<HttpClient> create, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        _create = create;
        _readers = [.. Enumerable.Range(0, count).Select(_ => Create())];
        foreach (Visitor visitor in _readers)
        {
            _free.Enqueue(visitor);
        }
    }

    /// <summary>How many there are by now.</summary>
    public int Count => _all.Count;

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (Visitor visitor in _all)
        {
            visitor.Close();
        }
    }

    /// <summary>The visitor whose turn it is to read.</summary>
    internal Visitor Reader(int index) => _readers[index % _readers.Length];

    /// <summary>A visitor that nobody else posts with until it is returned.</summary>
    internal Visitor Rent() => _free.TryDequeue(out Visitor? visitor) ? visitor : Create();

    internal void Return(Visitor visitor) => _free.Enqueue(visitor);

    private Visitor Create()
    {
        Visitor visitor = new(_create(), () => string.Create(CultureInfo.InvariantCulture, $"{_run}-{Interlocked.Increment(ref _requests)}"));
        _all.Add(visitor);
        return visitor;
    }
}
