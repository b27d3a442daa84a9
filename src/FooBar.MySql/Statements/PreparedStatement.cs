namespace FooBar.MySql.Statements;

/// <summary>A statement in one session: its text, and its number on the server while it is prepared there.</summary>
internal sealed class PreparedStatement(StatementText text)
{
    public StatementText Text { get; } = text;

    /// <summary>The number that the server gave; null while it is not prepared there.</summary>
    public uint? Id { get; set; }
}
