using System.Collections.Immutable;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Reflection;
using FooBar.MySql.Pool;

namespace FooBar.MySql.Observability;

/// <summary>
/// Every instrument of the driver, for all data sources of the process together; labels say which. Names, units and buckets are those of
/// OpenTelemetry's conventions for database clients. Thread-safe.
/// </summary>
internal static class Instruments
{
    public const string PoolName = "db.client.connection.pool.name";

    private const string State = "db.client.connection.state";

    private static readonly string? Version =
        typeof(Instruments).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;

    private static readonly Meter Meter = new(MySqlTelemetry.MeterName, Version);

    private static readonly InstrumentAdvice<double> Buckets = new() { HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10] };

    private static ImmutableList<SessionPool> pools = [];

    static Instruments()
    {
        Observe("count", "{connection}", "The number of connections that are currently in the state that the label says.", States);
        Observe("idle.max", "{connection}", "The maximum number of idle open connections allowed.", Sums(static pool => pool.Options.MaximumPoolSize));
        Observe("idle.min", "{connection}", "The minimum number of idle open connections allowed.", Sums(static pool => pool.Options.MinimumPoolSize));
        Observe("max", "{connection}", "The maximum number of open connections allowed.", Sums(static pool => pool.Options.MaximumPoolSize));
        Observe("pending_requests", "{request}", "The number of current pending requests for an open connection.", Sums(static pool => pool.WaiterCount));
    }

    public static ActivitySource Source { get; } = new(MySqlTelemetry.ActivitySourceName, Version);

    public static Histogram<double> OperationDuration { get; } = Durations("operation.duration", "Duration of database client operations.");

    /// <summary>The one that the conventions do not have.</summary>
    public static Counter<long> ReadFailures { get; } = Meter.CreateCounter<long>(
        "foobar.db.client.read_failures", "{failure}", "The number of statements that failed behind their first row.");

    public static Counter<long> Timeouts { get; } = Meter.CreateCounter<long>(
        "db.client.connection.timeouts", "{timeout}", "The number of connection timeouts that have occurred trying to obtain a connection from the pool.");

    public static Histogram<double> CreateTime { get; } = Durations("connection.create_time", "The time it took to create a new connection.");

    public static Histogram<double> WaitTime { get; } = Durations("connection.wait_time", "The time it took to obtain an open connection from the pool.");

    public static Histogram<double> UseTime { get; } =
        Durations("connection.use_time", "The time between borrowing a connection and returning it to the pool.");

    public static void Add(SessionPool pool) => ImmutableInterlocked.Update(ref pools, static (known, pool) => known.Add(pool), pool);

    public static void Remove(SessionPool pool) => ImmutableInterlocked.Update(ref pools, static (known, pool) => known.Remove(pool), pool);

    private static Histogram<double> Durations(string name, string description) =>
        Meter.CreateHistogram("db.client." + name, "s", description, tags: null, Buckets);

    private static void Observe(string name, string unit, string description, Func<IEnumerable<Measurement<int>>> measure) =>
        Meter.CreateObservableUpDownCounter("db.client.connection." + name, measure, unit, description);

    private static IEnumerable<Measurement<int>> States() =>
    [
        .. Sums(static pool => pool.Figures.Idle, new KeyValuePair<string, object?>(State, "idle"))(),
        .. Sums(static pool => pool.Figures.Used, new KeyValuePair<string, object?>(State, "used"))(),
    ];

    /// <summary>One measurement a name: of two pools with the same, an exporter would keep one.</summary>
    private static Func<IEnumerable<Measurement<int>>> Sums(Func<SessionPool, int> figure, params KeyValuePair<string, object?>[] more) => () =>
        pools.GroupBy(static pool => pool.Options.Labels.PoolName, (name, same) => new Measurement<int>(same.Sum(figure), [new(PoolName, name), .. more]));
}
