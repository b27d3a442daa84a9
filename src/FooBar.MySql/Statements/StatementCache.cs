namespace FooBar.MySql.Statements;

/// <summary>
/// The statements of one session by their text. Bounded: a program that makes up texts without end must not fill the server's
/// max_prepared_stmt_count. The least recently used goes first. Not thread-safe.
/// </summary>
internal sealed class StatementCache(int capacity)
{
    /// <summary>A text beyond this is a bulk load or a script, which rarely comes twice.</summary>
    private const int LongestKeptText = 16 * 1024;

    private readonly Dictionary<string, PreparedStatement> _statements = [];
    private readonly List<uint> _toClose = [];
    private long _uses;

    /// <summary>Numbers of statements that the server still holds and nobody will use again. Whoever sends them clears the list.</summary>
    public List<uint> ToClose => _toClose;

    /// <summary>
    /// The number that the server gave to the last statement that it was asked to prepare; it counts on with every one. Null when it is not
    /// known any more: a statement that failed to be prepared, or one that prepares others, may have counted too.
    /// </summary>
    public uint? LastId { get; set; } = 0;

    /// <exception cref="ArgumentException">The text has a positional placeholder.</exception>
    public PreparedStatement Get(string text, bool noBackslashEscapes)
    {
        if (_statements.TryGetValue(text, out PreparedStatement? known) && known.NoBackslashEscapes == noBackslashEscapes)
        {
            known.LastUse = ++_uses;
            return known;
        }

        PreparedStatement statement = new(StatementText.Parse(text, noBackslashEscapes), noBackslashEscapes) { LastUse = ++_uses };
        if (!IsKept(text) || capacity == 0) return statement;

        if (known is not null) Close(known);
        else if (_statements.Count == capacity) EvictLeastRecentlyUsed();
        _statements[text] = statement;
        return statement;
    }

    /// <summary>After use: a statement that is not kept must not stay on the server either.</summary>
    public void Release(string text, PreparedStatement statement)
    {
        if (!IsKept(text) || capacity == 0) Close(statement);
    }

    /// <summary>The server has dropped every prepared statement; the texts stay valid.</summary>
    public void ForgetIds()
    {
        _toClose.Clear();
        foreach (PreparedStatement statement in _statements.Values) statement.Id = null;
    }

    /// <summary>The server has dropped one prepared statement, and perhaps counted others.</summary>
    public void Forget(PreparedStatement statement)
    {
        statement.Id = null;
        LastId = null;
    }

    /// <summary>The server is to drop a statement; it is prepared anew when it is used again.</summary>
    public void Close(PreparedStatement statement)
    {
        if (statement.Id is { } id) _toClose.Add(id);
        statement.Id = null;
    }

    /// <summary>Whether a text is short enough to be kept, where anything is.</summary>
    public static bool IsKept(string text) => text.Length <= LongestKeptText;

    private void EvictLeastRecentlyUsed()
    {
        // Passing over all of them costs less than keeping them in order at every use: a program has a fixed set of statements. Texts that the
        // server has not prepared, as those without parameters, come first: it costs less to lose them.
        (string text, PreparedStatement statement) = _statements.MinBy(static entry => (entry.Value.Id is not null, entry.Value.LastUse));
        _statements.Remove(text);
        Close(statement);
    }
}
