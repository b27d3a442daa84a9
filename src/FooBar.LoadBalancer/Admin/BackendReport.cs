using FooBar.LoadBalancer.Balancing;
using FooBar.LoadBalancer.Orders;

namespace FooBar.LoadBalancer.Admin;

/// <summary>
/// A backend as the admin API shows it: a <see cref="BackendSnapshot"/> in JSON's terms, times in seconds, and what people have ordered of it. Its state is
/// what a person wants, its health what checks and requests say, whatever a person wants (<c>up</c>, <c>down</c>, <c>not_ready</c> or <c>unknown</c>); whether
/// it takes requests follows from both, from its weight, and from the other backends. Immutable.
/// </summary>
internal sealed record BackendReport(
    string Name,
    string Url,
    AdminState State,
    string Health,
    double? SinceSeconds,
    bool TakesRequests,
    int Weight,
    int ConfiguredWeight,
    double SlowStartShare,
    double TrafficShare,
    int InFlight,
    int MostInFlight,
    int MaxInFlight,
    int Queued,
    CheckReport? LastCheck,
    DateTimeOffset? LastPassed,
    string? LastFailure,
    int Ejections,
    double HeldForSeconds,
    double DowntimeSeconds,
    OrderReport? StateOrder,
    OrderReport? WeightOrder)
{
    /// <summary>The backend at that moment, and what was ordered of it; null if nothing was.</summary>
    public static BackendReport Of(BackendSnapshot backend, BackendOrder? order) => new(
        backend.Name,
        backend.Url,
        backend.AdminState,
        BackendStateNames.Of(AdminState.Ready, backend.Health),
        backend.Since is { } since ? Seconds(since) : null,
        backend.TrafficShare > 0,
        backend.Weight,
        backend.ConfiguredWeight,
        Math.Round(backend.SlowStartShare, 3),
        Math.Round(backend.TrafficShare, 3),
        backend.InFlight,
        backend.MostInFlight,
        backend.MaxInFlight,
        backend.Queued,
        backend.LastCheck is { } check ? new(check.Passed, check.Status, check.Failure, Seconds(check.Duration), Seconds(check.Age)) : null,
        backend.LastPassed,
        backend.LastFailure,
        backend.Ejections,
        Seconds(backend.HeldFor),
        Seconds(backend.Downtime),
        OrderReport.Of(order?.State),
        OrderReport.Of(order?.Weight));

    private static double Seconds(TimeSpan time) => Math.Round(time.TotalSeconds, 3);
}

/// <summary>The latest check of a backend. Immutable.</summary>
internal sealed record CheckReport(bool Passed, int? Status, string? Failure, double DurationSeconds, double AgeSeconds);

/// <summary>Who ordered something of a backend last, when and why. Immutable.</summary>
internal sealed record OrderReport(string By, DateTimeOffset Since, string? Reason)
{
    /// <summary>The order; null if there was none.</summary>
    public static OrderReport? Of(IOrder? order) => order is null ? null : new(order.By, order.Since, order.Reason);
}
