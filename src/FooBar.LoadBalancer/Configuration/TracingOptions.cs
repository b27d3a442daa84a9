namespace FooBar.LoadBalancer.Configuration;

/// <summary>Traces: <c>Gateway:Tracing</c>.</summary>
internal sealed class TracingOptions
{
    /// <summary>The share of the requests whose traces are recorded, 0 to 1. Default: 0.01.</summary>
    public double SampleRatio { get; set; } = 0.01;

    /// <summary>Adds what is out of range.</summary>
    internal void Check(OptionErrors errors) => errors.Range("Tracing:SampleRatio", SampleRatio, 0, 1);
}
