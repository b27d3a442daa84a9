namespace FooBar.MySql.Statements;

/// <summary>
/// The statements of one session by their text. Bounded, first in first out: a program has a fixed set of statements, and one that makes
/// up texts without end must not fill the server's max_prepared_stmt_count.
/// </summary>
internal sealed class StatementCache
{
    private const int Capacity = 128;

    /// <summary>A text beyond this is a bulk load or a script, which rarely comes twice.</summary>
    private const int LongestKeptText = 16 * 1024;

    private readonly Dictionary<string, PreparedStatement> _statements = [];
    private readonly Queue<string> _order = new();
    private readonly List<uint> _toClose = [];

    /// <summary>Numbers of statements that the server still holds and nobody will use again. Whoever sends them clears the list.</summary>
    public List<uint> ToClose => _toClose;

    /// <exception cref="ArgumentException">The text has a positional placeholder.</exception>
    public PreparedStatement Get(string text, bool noBackslashEscapes)
    {
        bool isKnown = _statements.TryGetValue(text, out PreparedStatement? known);
        if (isKnown && known!.NoBackslashEscapes == noBackslashEscapes) return known;

        PreparedStatement statement = new(StatementText.Parse(text, noBackslashEscapes), noBackslashEscapes);
        if (text.Length > LongestKeptText) return statement;

        if (isKnown)
        {
            Close(known!);
        }
        else
        {
            if (_order.Count == Capacity) Evict();
            _order.Enqueue(text);
        }

        _statements[text] = statement;
        return statement;
    }

    /// <summary>After use: a statement that is not kept must not stay on the server either.</summary>
    public void Release(string text, PreparedStatement statement)
    {
        if (text.Length > LongestKeptText) Close(statement);
    }

    /// <summary>The server has dropped every prepared statement; the texts stay valid.</summary>
    public void ForgetIds()
    {
        _toClose.Clear();
        foreach (PreparedStatement statement in _statements.Values) statement.Id = null;
    }

    private void Evict()
    {
        if (_statements.Remove(_order.Dequeue(), out PreparedStatement? evicted)) Close(evicted);
    }

    private void Close(PreparedStatement statement)
    {
        if (statement.Id is { } id) _toClose.Add(id);
        statement.Id = null;
    }
}
