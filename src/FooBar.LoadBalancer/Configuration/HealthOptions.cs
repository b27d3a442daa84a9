namespace FooBar.LoadBalancer.Configuration;

/// <summary>Active health checks: <c>Gateway:Health</c>. A check passes when the backend answers with 200 to 299 in time.</summary>
internal sealed class HealthOptions
{
    /// <summary>Path that is asked for with GET. It starts with a slash. Default: <c>/health/ready</c>.</summary>
    public string Path { get; set; } = "/health/ready";

    /// <summary>Time from the start of one check of a backend to the next, 100 ms to 60 s. Default: 1 s.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Time that a check may take, connection and TLS included, 50 ms to 60 s. Default: 1 s.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Failed checks in a row that take a backend out, 1 to 100. Default: 2.</summary>
    public int FailuresToDown { get; set; } = 2;

    /// <summary>Passed checks in a row that bring a backend back, 1 to 100. Default: 2.</summary>
    public int SuccessesToUp { get; set; } = 2;
}
