namespace FooBar.Benchmarks;

/// <summary>Who takes part in a comparison.</summary>
/// <typeparam name="T">What is measured of it in a round.</typeparam>
internal interface IContestant<T>
    where T : class
{
    /// <summary>As it is reported.</summary>
    string Name { get; }

    /// <summary>Gets ready for a workload. Returns what went wrong, or null.</summary>
    Task<string?> BeginAsync(string workload, CancellationToken cancellationToken);

    /// <summary>Works for so long.</summary>
    Task<RoundAnswer<T>> RunAsync(double seconds, CancellationToken cancellationToken);

    /// <summary>Gives up what it took for the workload.</summary>
    Task EndAsync(CancellationToken cancellationToken);
}

/// <summary>What was measured in a round, or why nothing was.</summary>
internal sealed record RoundAnswer<T>(T? Measured, string? Error)
    where T : class;
