using FooBar.MySql.Protocol;

namespace FooBar.MySql.Statements;

/// <summary>A statement in one session: its text, and its number on the server while it is prepared there.</summary>
internal sealed class PreparedStatement(StatementText text, bool noBackslashEscapes)
{
    public StatementText Text { get; } = text;

    /// <summary>How the session read strings when the text was scanned.</summary>
    public bool NoBackslashEscapes { get; } = noBackslashEscapes;

    /// <summary>The number that the server gave; null while it is not prepared there.</summary>
    public uint? Id { get; set; }

    /// <summary>Grows with every use of a statement of the session.</summary>
    public long LastUse { get; set; }

    /// <summary>The columns of the last result: the same bytes need not be read into the same definitions again.</summary>
    public ColumnDefinition[] Columns { get; set; } = [];
}
