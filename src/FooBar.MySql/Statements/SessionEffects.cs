namespace FooBar.MySql.Statements;

/// <summary>What a statement has to do with the state of its session, as far as its text tells.</summary>
[Flags]
internal enum SessionEffects
{
    /// <summary>It only reads, and neither leaves anything behind nor sees what others left.</summary>
    None = 0,

    /// <summary>It shows what the statements before it were: ROW_COUNT(), FOUND_ROWS(), SHOW WARNINGS and the like.</summary>
    SeesLast = 1 << 0,

    /// <summary>It shows LAST_INSERT_ID(), which lives until the next generated id, however long ago that is.</summary>
    SeesInsertId = 1 << 1,

    /// <summary>It may leave something behind: a variable, a lock, a temporary table; or nobody knows.</summary>
    Leaves = 1 << 2,

    /// <summary>It may change what is stored, or an open transaction; a statement without it only reads.</summary>
    Writes = 1 << 3,

    /// <summary>It begins or ends a transaction.</summary>
    Transacts = 1 << 4,
}
