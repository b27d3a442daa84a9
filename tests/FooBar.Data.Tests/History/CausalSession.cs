namespace FooBar.Data.Tests.History;

/// <summary>
/// A causal session as a cookie holds it: the token's text, taken by one call and brought back by it, to the next call on whichever instance.
/// Thread-safe; calls may overlap.
/// </summary>
internal sealed class CausalSession(int number)
{
    private readonly Lock _lock = new();
    private Taken _taken = new("", 0);
    private int? _lastAppended;

    public int Number => number;

    /// <summary>The list that an append in this session was last acknowledged in; null for none.</summary>
    public int? LastAppended
    {
        get
        {
            lock (_lock)
            {
                return _lastAppended;
            }
        }
    }

    /// <summary>The token to bring.</summary>
    public Taken Take()
    {
        lock (_lock)
        {
            return _taken;
        }
    }

    /// <summary>An append was acknowledged: whoever takes the token from now on demands it.</summary>
    public void Appended(int key, Taken before, string after)
    {
        lock (_lock)
        {
            _lastAppended = key;
            _taken = new(_taken == before ? after : CausalToken.Parse(_taken.Token).Union(CausalToken.Parse(after)).ToString(), _taken.Version + 1);
        }
    }

    /// <summary>A read was answered: its token replaces the one that it brought, unless somebody was quicker.</summary>
    public void HasRead(Taken before, string after)
    {
        lock (_lock)
        {
            if (_taken == before)
                _taken = new(after, _taken.Version + 1);
        }
    }

    /// <summary>A token as one call takes it.</summary>
    /// <param name="Token">Its text, which two that demand different things may share: that of who must ask the primary.</param>
    /// <param name="Version">The how-manieth of the session.</param>
    internal readonly record struct Taken(string Token, int Version);
}
