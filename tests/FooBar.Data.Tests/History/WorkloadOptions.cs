namespace FooBar.Data.Tests.History;

/// <summary>What a <see cref="Workload"/> does.</summary>
internal sealed class WorkloadOptions
{
    /// <summary>Operations that are begun in a second, whatever becomes of the ones before. An append that is sent twice is one. Default 250.</summary>
    public double RatePerSecond { get; init; } = 250;

    /// <summary>The share of appends among them; the others are reads. 0 to 1; default 0.3.</summary>
    public double AppendShare { get; init; } = 0.3;

    /// <summary>The share of the appends that are sent to two instances at once, under one operation id. 0 to 1; default 0.1.</summary>
    public double TwiceShare { get; init; } = 0.1;

    /// <summary>
    /// The share of the appends that are read again by the same causal session, or as the latest, at the moment of their answer: what comes a
    /// few milliseconds too late is missed by no other read. These reads come on top of the rate. 0 to 1; default 0.3.
    /// </summary>
    public double ReadAtOnceShare { get; init; } = 0.3;

    /// <summary>How long an operation may take before its caller cancels it. Default 15 s.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How many operations may be under way at once; one more is not begun, and is counted. Default 2,000.</summary>
    public int MaximumInFlight { get; init; } = 2000;

    /// <summary>The causal sessions, each of which is used by any client on any instance. Default 20.</summary>
    public int Sessions { get; init; } = 20;

    /// <summary>The clients. Default 20.</summary>
    public int Clients { get; init; } = 20;

    /// <summary>The lists that are appended to at a time. Default 8.</summary>
    public int OpenLists { get; init; } = 8;

    /// <summary>The appends after which a list is closed and a new one opened. Default 20.</summary>
    public int AppendsPerList { get; init; } = 20;

    /// <summary>Chooses who does what, where and in which order. Default: the test run's.</summary>
    public int Seed { get; init; } = Testing.Catalogue.Seed;
}
