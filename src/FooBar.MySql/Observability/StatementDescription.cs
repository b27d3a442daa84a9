using System.Collections.Concurrent;

namespace FooBar.MySql.Observability;

/// <summary>What measurements say about a statement: its first word, if that is one of MySQL's, and its text without literals.</summary>
internal sealed record StatementDescription(string? Operation, string Text)
{
    private const int Capacity = 1_024;

    /// <summary>A text beyond this rarely comes twice.</summary>
    private const int LongestKeptText = 4 * 1024;

    // For all sessions together: each would else make the same of the same text. Only asked while somebody listens.
    private static readonly ConcurrentDictionary<(string Text, bool NoBackslashEscapes), StatementDescription> Known = new();

    private static readonly HashSet<string> Operations = new(StringComparer.OrdinalIgnoreCase)
    {
        "ALTER", "ANALYZE", "BEGIN", "CALL", "CHECK", "COMMIT", "CREATE", "DEALLOCATE", "DELETE", "DESC", "DESCRIBE", "DO", "DROP", "EXECUTE",
        "EXPLAIN", "FLUSH", "GRANT", "HANDLER", "INSERT", "KILL", "LOAD", "LOCK", "OPTIMIZE", "PREPARE", "RELEASE", "RENAME", "REPLACE", "RESET",
        "REVOKE", "ROLLBACK", "SAVEPOINT", "SELECT", "SET", "SHOW", "SIGNAL", "START", "STOP", "TABLE", "TRUNCATE", "UNLOCK", "UPDATE", "USE",
        "VALUES", "WITH", "XA",
    };

    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> OperationLookup =
        Operations.GetAlternateLookup<ReadOnlySpan<char>>();

    public static StatementDescription Of(string text, bool noBackslashEscapes)
    {
        if (Known.TryGetValue((text, noBackslashEscapes), out StatementDescription? known)) return known;

        string sanitized = StatementSanitizer.Sanitize(text, noBackslashEscapes);
        StatementDescription description = new(FirstWord(sanitized), sanitized);
        if (text.Length <= LongestKeptText)
        {
            // A program has a fixed set of statements. One that makes up texts without end pays with making them anew.
            if (Known.Count >= Capacity) Known.Clear();
            Known[(text, noBackslashEscapes)] = description;
        }

        return description;
    }

    private static string? FirstWord(string sanitized)
    {
        ReadOnlySpan<char> text = sanitized.AsSpan().TrimStart("( ");
        int length = 0;
        while (length < text.Length && char.IsAsciiLetter(text[length])) length++;
        return OperationLookup.TryGetValue(text[..length], out string? operation) ? operation : null;
    }
}
