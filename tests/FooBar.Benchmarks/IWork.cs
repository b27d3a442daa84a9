namespace FooBar.Benchmarks;

/// <summary>What a contestant does in one workload: it is made when the workload begins, and disposing it closes every connection.</summary>
internal interface IWork : IAsyncDisposable
{
    /// <summary>How many callers work at once, each without a pause.</summary>
    int Callers { get; }

    /// <summary>What the rows of one turn take in memory, made without a driver; null where a turn reads none, or nobody asks.</summary>
    long? RowBytes { get; }

    /// <summary>Gets ready, and throws if it does not read what is in the database.</summary>
    Task CheckAsync();

    /// <summary>One caller's turns, until the lap is over.</summary>
    Task TurnsAsync(int caller, Lap lap);
}
