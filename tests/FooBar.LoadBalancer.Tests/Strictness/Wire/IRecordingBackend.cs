namespace FooBar.LoadBalancer.Tests.Strictness.Wire;

/// <summary>A backend that keeps what reaches it. Thread-safe.</summary>
internal interface IRecordingBackend : IAsyncDisposable
{
    string Url { get; }

    /// <summary>The requests that came whole, health checks left out, in their order.</summary>
    IReadOnlyList<SeenRequest> Seen { get; }

    /// <summary>What was wrong with the way in which something was written.</summary>
    IReadOnlyList<string> Faults { get; }

    /// <summary>How many requests broke off.</summary>
    int Unfinished { get; }

    /// <summary>How many health checks came.</summary>
    int HealthChecks { get; }
}
