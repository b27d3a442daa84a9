namespace FooBar.Data.Tests.History;

/// <summary>
/// A causal session as a cookie holds it: the token's text, taken by one call and brought back by it, to the next call on whichever instance.
/// Thread-safe; calls may overlap.
/// </summary>
internal sealed class CausalSession(int number)
{
    private readonly Lock _lock = new();
    private string _token = "";
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
    public string Token
    {
        get
        {
            lock (_lock)
            {
                return _token;
            }
        }
    }

    /// <summary>An append was acknowledged: whoever takes the token from now on demands it.</summary>
    public void Appended(int key, string before, string after)
    {
        lock (_lock)
        {
            _lastAppended = key;
            _token = _token == before ? after : CausalToken.Parse(_token).Union(CausalToken.Parse(after)).ToString();
        }
    }

    /// <summary>A read was answered: its token replaces the one that it brought, unless somebody was quicker.</summary>
    public void HasRead(string before, string after)
    {
        lock (_lock)
        {
            if (_token == before)
                _token = after;
        }
    }
}
