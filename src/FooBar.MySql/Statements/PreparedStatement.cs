namespace FooBar.MySql.Statements;

/// <summary>A statement in one session: its text, and its number on the server while it is prepared there.</summary>
internal sealed class PreparedStatement(StatementText text, bool noBackslashEscapes)
{
    public StatementText Text { get; } = text;

    /// <summary>How the session read strings when the text was scanned.</summary>
    public bool NoBackslashEscapes { get; } = noBackslashEscapes;

    /// <summary>The number that the server gave; null while it is not prepared there.</summary>
    public uint? Id { get; set; }
}
