namespace FooBar.Data.Tests.History;

/// <summary>What a history must never show.</summary>
internal enum Rule
{
    /// <summary>An acknowledged append is not in its final list.</summary>
    Lost,

    /// <summary>An append, whatever its caller was told, is in a list more than once.</summary>
    Duplicated,

    /// <summary>Two answers of one append differ, or are not the id of its row.</summary>
    AnswerDiffers,

    /// <summary>An append is in a list though every one of its calls, or every one until then, was told that it was not applied.</summary>
    Denied,

    /// <summary>A value is in a list to which nobody appended it, or nobody had until then.</summary>
    Invented,

    /// <summary>A value was read that is not in the final list, and that nobody was told to be there: a dirty read, or one of something lost.</summary>
    ReadAndGone,

    /// <summary>A read (but for <see cref="ReadKind.Any"/>) missed an append that had been acknowledged in its own causal session.</summary>
    OwnWriteMissed,

    /// <summary>A read that may be no older than t missed an append that had been acknowledged longer ago than t.</summary>
    TooOld,

    /// <summary>A read of the latest missed an append that had been acknowledged.</summary>
    NotLatest,

    /// <summary>Two reads of one list, or a read and the final list, have the same two values in another order.</summary>
    OrderDiffers,
}
