namespace FooBar.LoadBalancer.Configuration;

/// <summary>Second tries at another backend: <c>Gateway:Retries</c>. With both limits at 0 there are none.</summary>
internal sealed class RetryOptions
{
    /// <summary>Retries in the last 10 s as a share of the requests in the last 10 s, 0 to 1. Default: 0.2.</summary>
    public double Budget { get; set; } = 0.2;

    /// <summary>
    /// Retries a second that are allowed however few requests there are, on average over the last 10 s, 0 to 1,000. Default: 3.
    /// </summary>
    public int Minimum { get; set; } = 3;

    /// <summary>
    /// Time from a request's first try, 100 ms to 1 h: after it no second try begins, and a second try whose answer has not begun by then
    /// is given up. Default: 30 s.
    /// </summary>
    public TimeSpan Deadline { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Adds what is out of range.</summary>
    internal void Check(OptionErrors errors)
    {
        errors.Range("Retries:Budget", Budget, 0.0, 1.0);
        errors.Range("Retries:Minimum", Minimum, 0, 1000);
        errors.Range("Retries:Deadline", Deadline, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1));
    }
}
