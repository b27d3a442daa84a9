namespace FooBar.Benchmarks.Gateway;

/// <summary>Asks a proxy for something over and over.</summary>
internal interface IProxyLoad
{
    /// <summary>Asks for so long.</summary>
    /// <exception cref="BenchmarkException">An answer was not what it should be, or a connection failed.</exception>
    Task<LoadLap> RunAsync(LoadTarget target, TimeSpan duration, CancellationToken cancellationToken);
}

/// <summary>What is asked.</summary>
/// <param name="Port">Where it listens for HTTPS, on 127.0.0.1.</param>
/// <param name="ResidentMegabytes">Its resident memory at this moment.</param>
internal sealed record LoadTarget(int Port, Func<double> ResidentMegabytes);

/// <summary>What the load generator saw.</summary>
/// <param name="Requests">How many were answered.</param>
/// <param name="Elapsed">In which time.</param>
/// <param name="P50">Half of them took no longer.</param>
/// <param name="P99">99 of 100 took no longer.</param>
internal sealed record LoadLap(long Requests, TimeSpan Elapsed, TimeSpan P50, TimeSpan P99)
{
    /// <summary>How many of the connections resumed a session, in percent; null where none was opened for that.</summary>
    public double? ResumedPercent { get; init; }

    /// <summary>The proxy's resident memory meanwhile, in megabytes; null where it is the same afterwards.</summary>
    public double? ResidentMegabytes { get; init; }
}
