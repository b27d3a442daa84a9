using System.Diagnostics.Metrics;
using FooBar.LoadBalancer.Balancing;
using FooBar.LoadBalancer.Edge;
using FooBar.LoadBalancer.Edge.Strictness;
using FooBar.LoadBalancer.Forwarding;
using FooBar.LoadBalancer.Health;

namespace FooBar.LoadBalancer.Metrics;

/// <summary>Every instrument of the gateway. Thread-safe.</summary>
/// <remarks>
/// Labels are bounded: <c>backend</c> is a configured name, or <c>none</c> for a request that reached no backend; <c>outcome</c> is one
/// of <see cref="OutcomeNames"/>; <c>reason</c> and <c>result</c> are among <see cref="RetryNames"/> and <see cref="Refusals"/>.
/// </remarks>
internal sealed class GatewayMetrics : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "FooBar.Gateway";

    /// <summary>The label for the name of a backend.</summary>
    public const string BackendLabel = "backend";

    private const string ReasonLabel = "reason";
    private const string NoBackend = "none";

    /// <summary>Seconds, from an answer out of a backend's memory to the longest silence that is waited for.</summary>
    private static readonly double[] DurationBuckets =
        [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 5, 10, 30];

    private readonly Meter _meter;
    private readonly Counter<long> _requests;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _accessLogDropped;
    private readonly Counter<long> _shed;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _ejections;
    private readonly Histogram<double> _forwardDuration;

    /// <summary>Creates the instruments, those of <see cref="BackendMetrics"/> included.</summary>
    public GatewayMetrics(IMeterFactory meters, BackendPool pool, TimeProvider time)
    {
        _meter = meters.Create(MeterName);
        _requests = _meter.CreateCounter<long>(
            "gateway.requests", "{request}", "Requests that ended, by the backend tried last and by how they ended.");
        _refused = _meter.CreateCounter<long>("gateway.refused", "{request}", "Requests that the gateway refused, by why.");
        _forwardDuration = _meter.CreateHistogram(
            "gateway.forward.duration",
            "s",
            "Time from choosing a backend to the end of its answer.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = DurationBuckets });
        _shed = ShedCounter(_meter);
        _retries = _meter.CreateCounter<long>(
            "gateway.retries", "{retry}", "Second tries at another backend: made, or wanted and not made, by why.");
        _ejections = _meter.CreateCounter<long>(
            "gateway.backend.ejections", "{ejection}", "Times that failing requests took a backend out, by how they failed.");
        _accessLogDropped = _meter.CreateCounter<long>(
            "gateway.access_log.dropped", "{line}", "Lines of the access log that were not written.");

        BackendMetrics.Create(_meter, pool, time);
    }

    /// <summary>What is refused, by the limit that it met or by where there was no room. The meter has one such counter, however often it is asked.</summary>
    public static Counter<long> ShedCounter(Meter meter) =>
        meter.CreateCounter<long>("gateway.shed", "{refusal}", "Connections and requests that were refused or cut, by the limit that they met.");

    /// <summary>Counts a request that ended.</summary>
    public void RequestEnded(GatewayRequest request)
    {
        _requests.Add(
            1,
            new KeyValuePair<string, object?>(BackendLabel, request.Backend ?? NoBackend),
            new KeyValuePair<string, object?>("outcome", request.Outcome.Text()));
        if (request.Outcome.ShedReason() is { } reason)
            _shed.Add(1, new KeyValuePair<string, object?>(ReasonLabel, reason));
        if (request.Refusal is { } refusal)
            _refused.Add(1, new KeyValuePair<string, object?>(ReasonLabel, refusal.Text()));
    }

    /// <summary>Counts a second try that was made, or that was wanted and not made.</summary>
    public void Retry(RetryReason reason, RetryVerdict verdict) => _retries.Add(
        1,
        new KeyValuePair<string, object?>(ReasonLabel, reason.Text()),
        new KeyValuePair<string, object?>("result", verdict.Text()));

    /// <summary>Counts a backend that failing requests took out.</summary>
    public void Ejected(Backend backend, Evidence evidence) => _ejections.Add(
        1,
        new KeyValuePair<string, object?>(BackendLabel, backend.Name),
        new KeyValuePair<string, object?>(ReasonLabel, evidence switch
        {
            Evidence.ConnectFailed => "connect_failed",
            Evidence.ServerError => "server_errors",
            Evidence.Slow => "slow",
            _ => "failures",
        }));

    /// <summary>Records how long a backend was busy with one try.</summary>
    public void ForwardEnded(Backend backend, TimeSpan duration) =>
        _forwardDuration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>(BackendLabel, backend.Name));

    /// <summary>Counts access-log lines that were not written.</summary>
    public void AccessLogDropped(int lines) => _accessLogDropped.Add(lines);

    /// <inheritdoc />
    public void Dispose() => _meter.Dispose();
}
