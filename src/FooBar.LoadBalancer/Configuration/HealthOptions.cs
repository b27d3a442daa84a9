using System.Globalization;

namespace FooBar.LoadBalancer.Configuration;

/// <summary>
/// When a backend takes traffic: <c>Gateway:Health</c>. A check passes when the backend answers with 200 to 299 in time; an answer of 503
/// takes it out at once, because it is the backend's own wish, as long as another is up.
/// </summary>
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

    /// <summary>
    /// Requests in a row that were reset, torn, met with silence or answered with 502, 503 or 504, and take a backend out unless it is the
    /// last one that is up, 1 to 1,000,000. Default: 5.
    /// </summary>
    public int FailuresToEject { get; set; } = 5;

    /// <summary>
    /// Requests in a row that were answered with a status from 500 on, and take a backend out unless it is the last one that is up,
    /// 1 to 1,000,000. Default: 5.
    /// </summary>
    public int ServerErrorsToEject { get; set; } = 5;

    /// <summary>
    /// How many times as long as usual among the others a backend's answers have to take to begin for it to count as slow, 1.5 to 100;
    /// 0: no backend does. Default: 5.
    /// </summary>
    public double LatencyFactor { get; set; } = 5;

    /// <summary>How much longer than usual among the others they have to take besides, 10 ms to 60 s. Default: 500 ms.</summary>
    public TimeSpan LatencyDifference { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Comparisons in a row, one with each check and over 20 new answers at least, that find a backend slow and take it out unless it is the last
    /// one that is up, 1 to 100. Default: 3.
    /// </summary>
    public int SlowToEject { get; set; } = 3;

    /// <summary>
    /// How much longer a backend stays out with each time that requests take it out although its checks pass, 0 to 1 h: the first time it is
    /// back as soon as they pass, the second time not before this; one that is slow already the first time. 0: whenever they pass. Default: 30 s.
    /// </summary>
    public TimeSpan EjectionTime { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The longest that it stays out so, 1 s to 24 h. An ejection is forgotten when the backend was up for as long. Default: 5 min.
    /// </summary>
    public TimeSpan MaxEjectionTime { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Time in which a backend that came back gets from a tenth of its weight to all of it, 0 to 5 min; 0: it has all of it at once, as it has
    /// when it comes up for the first time since the gateway started. Longer for instances that are cold when they say that they are ready. Default: 1 s.
    /// </summary>
    public TimeSpan SlowStart { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Adds what is out of range.</summary>
    internal void Check(OptionErrors errors)
    {
        if (!Path.StartsWith('/'))
            errors.Add($"Health:Path is \"{Path}\"; it must start with /");
        errors.Range("Health:Interval", Interval, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(60));
        errors.Range("Health:Timeout", Timeout, TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(60));
        errors.Range("Health:FailuresToDown", FailuresToDown, 1, 100);
        errors.Range("Health:SuccessesToUp", SuccessesToUp, 1, 100);
        errors.Range("Health:FailuresToEject", FailuresToEject, 1, 1_000_000);
        errors.Range("Health:ServerErrorsToEject", ServerErrorsToEject, 1, 1_000_000);
        if (LatencyFactor != 0 && LatencyFactor is not (>= 1.5 and <= 100))
            errors.Add(string.Create(CultureInfo.InvariantCulture, $"Health:LatencyFactor is {LatencyFactor}; it must be from 1.5 to 100, or 0"));
        errors.Range("Health:LatencyDifference", LatencyDifference, TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(60));
        errors.Range("Health:SlowToEject", SlowToEject, 1, 100);
        errors.Range("Health:EjectionTime", EjectionTime, TimeSpan.Zero, TimeSpan.FromHours(1));
        errors.Range("Health:MaxEjectionTime", MaxEjectionTime, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
        errors.Range("Health:SlowStart", SlowStart, TimeSpan.Zero, TimeSpan.FromMinutes(5));
    }
}
