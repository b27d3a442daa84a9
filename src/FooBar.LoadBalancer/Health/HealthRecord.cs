using System.Globalization;
using FooBar.LoadBalancer.Balancing;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Metrics;

namespace FooBar.LoadBalancer.Health;

/// <summary>
/// The one place where evidence about a backend, from checks and from requests, becomes its state: it decides, publishes, and calls for a
/// check where one is due. Thread-safe.
/// </summary>
internal sealed partial class HealthRecord(
    BackendPool pool,
    CurrentSettings settings,
    GatewayMetrics metrics,
    TimeProvider time,
    ILogger<HealthRecord> logger)
{
    private readonly long _start = time.GetTimestamp();

    /// <summary>How much longer a backend stays out at least because requests took it out; zero if its checks may bring it back.</summary>
    public TimeSpan HeldFor(Backend backend)
    {
        TimeSpan left = (backend.Health.Penalty.Until ?? TimeSpan.Zero) - time.GetElapsedTime(_start);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <summary>
    /// Notes how long the answer to a request took to begin. A request whose client took its time does not belong here, such as one with a body.
    /// </summary>
    public void Answered(Backend backend, TimeSpan latency)
    {
        // Of one that comes back it is known that it is slow at first.
        if (!backend.StartsSlowly)
            backend.Latency.Add(time.GetElapsedTime(_start), latency);
    }

    /// <summary>Compares a backend's answers with those of the others, if there are enough new ones. To be called now and then.</summary>
    public void Compare(Backend backend)
    {
        HealthOptions options = settings.Options.Health;
        if (options.LatencyFactor == 0 || backend is not { IsOffered: true, StartsSlowly: false, Health.State.Status: BackendStatus.Up })
            return;

        TimeSpan now = time.GetElapsedTime(_start);
        TimeSpan from = now - LatencyOutlier.Window;
        LatencySamples samples = backend.Latency;
        LatencyMedian own = samples.Since(samples.JudgedAt > from ? samples.JudgedAt : from);
        if (LatencyOutlier.Judge(own, pool.Up.Where(other => other != backend).Select(other => other.Latency.Since(from)), options) is not { } verdict)
            return;

        // The next verdict needs answers of its own: a moment in which everything stood still is seen once, not as long as its answers are young.
        samples.JudgedAt = now;
        string? failure = verdict.IsSlow
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"its answers begin after {own.Median.TotalMilliseconds} ms, those of the others after {verdict.Usual.TotalMilliseconds} ms (medians)")
            : null;
        Add(backend, verdict.IsSlow ? Evidence.Slow : Evidence.NotSlow, failure);
    }

    /// <summary>Takes a check in.</summary>
    /// <param name="backend">The backend that it is about.</param>
    /// <param name="result">What it came to.</param>
    /// <param name="duration">How long it took.</param>
    public void Add(Backend backend, CheckResult result, TimeSpan duration) =>
        Add(backend, result.Evidence, result.Failure, new LastCheck(time.GetTimestamp(), result, duration));

    /// <summary>Takes one piece of evidence in. While a backend is in maintenance, nothing counts.</summary>
    /// <param name="backend">The backend that it is about.</param>
    /// <param name="evidence">What it says.</param>
    /// <param name="failure">What was wrong, in words for a log; null if nothing was.</param>
    /// <param name="check">The check that it comes from; null if it comes from a request.</param>
    public void Add(Backend backend, Evidence evidence, string? failure, LastCheck? check = null)
    {
        // Nearly every request: nothing to forget, nothing to write.
        HealthState state = backend.Health.State;
        if ((evidence == Evidence.RequestPassed && state is { Failures: 0, ServerErrors: 0 }) || (evidence == Evidence.NotSlow && state.Slow == 0))
            return;

        HealthState before;
        HealthState after;
        lock (pool.Gate)
        {
            if (backend.AdminState == AdminState.Maintenance)
                return;

            BackendHealth known = backend.Health;
            before = known.State;
            int others = pool.Up.Count(other => other != backend);
            // One time for all that comes of it: a penalty is counted from the very moment of the change.
            long at = time.GetTimestamp();
            TimeSpan now = time.GetElapsedTime(_start, at);
            HealthOptions options = settings.Options.Health;
            after = HealthStateMachine.Next(before, evidence, others == 0 && MayBeLast(backend), options, known.Penalty.Holds(now));

            // Told first: who sees the new state finds it in the log.
            if (after.Status != before.Status)
                Tell(backend, after.Status, evidence, failure, others);
            if (evidence <= Evidence.CheckUnanswered || after != before)
            {
                pool.Report(backend, known.In(after, at, time) with
                {
                    LastPassed = evidence == Evidence.CheckPassed ? time.GetUtcNow() : known.LastPassed,
                    LastFailure = failure ?? known.LastFailure,
                    LastCheck = check ?? known.LastCheck,
                    Penalty = known.Penalty.After(before.Status, after.Status, evidence, now, options),
                    Ejections = known.Ejections + (EjectionPenalty.IsEjection(before.Status, after.Status, evidence) ? 1 : 0),
                });
            }
        }

        // Again with each piece of evidence: a request may have been claimed before the backend went out, and begun to wait after it.
        if (HealthStateMachine.IsGone(after, evidence))
            backend.LetGo();
        if (HealthStateMachine.NeedsCheck(before, after, evidence))
            backend.CheckSignal.Set();
    }

    /// <summary>
    /// Whether a backend could be the last one. Not if a person has taken it out. And not one that nobody knows, but for the gateway's own start:
    /// after that it takes nothing before a check has passed.
    /// </summary>
    private bool MayBeLast(Backend backend) =>
        backend.IsOffered && (backend.Health.State.Status != BackendStatus.Unknown || !pool.HasStarted);

    private void Tell(Backend backend, BackendStatus status, Evidence evidence, string? failure, int left)
    {
        switch (status)
        {
            case BackendStatus.Up:
                LogUp(backend.Name, backend.Url);
                break;
            case BackendStatus.Draining:
                LogDraining(backend.Name, failure, left);
                break;
            default:
                LogDown(backend.Name, failure, left);
                if (evidence > Evidence.CheckUnanswered)
                    metrics.Ejected(backend, evidence);
                break;
        }
    }

    [LoggerMessage(1101, LogLevel.Information, "Backend {Backend} at {Url} is up")]
    private partial void LogUp(string backend, Uri url);

    [LoggerMessage(1102, LogLevel.Warning, "Backend {Backend} is down: {Failure}. Backends left: {Left}")]
    private partial void LogDown(string backend, string? failure, int left);

    [LoggerMessage(1103, LogLevel.Warning, "Backend {Backend} is not ready: {Failure}. Backends left: {Left}")]
    private partial void LogDraining(string backend, string? failure, int left);
}
