namespace FooBar.LoadBalancer.Configuration;

/// <summary>Requests that wait while every backend has as many as it may have: <c>Gateway:Queue</c>. First come, first served.</summary>
internal sealed class QueueOptions
{
    /// <summary>Requests that may wait in all, 0 to 100,000; one more is answered with 503 at once. 0: none waits. Default: 1,000.</summary>
    public int Length { get; set; } = 1000;

    /// <summary>
    /// Requests that may wait for each backend that takes requests, 0 to 100,000, within <see cref="Length"/>: with fewer backends the same
    /// queue would take longer. Default: 500.
    /// </summary>
    public int PerBackend { get; set; } = 500;

    /// <summary>Longest wait, 10 ms to 1 min; then the request is answered with 503. Default: 5 s.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Adds what is out of range.</summary>
    internal void Check(OptionErrors errors)
    {
        errors.Range("Queue:Length", Length, 0, 100_000);
        errors.Range("Queue:PerBackend", PerBackend, 0, 100_000);
        errors.Range("Queue:Timeout", Timeout, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(1));
    }
}
