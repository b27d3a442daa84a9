using Microsoft.Extensions.Logging;

namespace FooBar.Data;

/// <summary>
/// One cluster of MySQL servers: knows by its monitor who is primary, and makes sessions that read from replicas and write to the
/// primary. One instance a process; thread-safe. Disposing stops the monitor; the nodes' data sources stay the caller's.
/// </summary>
public sealed class Database : IAsyncDisposable
{
    private readonly ReadRunner _reads;
    private readonly WriteRunner _writes;
    private uint _turn;
    private int _disposed;

    /// <summary>Makes the database; nothing is asked of the servers before <see cref="Start"/>.</summary>
    /// <exception cref="ArgumentException">The options are not valid; the message names the property.</exception>
    public Database(DatabaseOptions options, ILogger<Database> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(logger);
        options.Validate();
        Options = options;
        Logger = logger;
        Monitor = new(options, logger);
        Load = new(options.Nodes.Count);
        Waiting = new(options.MaximumWaiting);
        Gate = new(options.TimeProvider);
        Metrics = new(this, Monitor);
        _reads = new(this);
        _writes = new(this);
    }

    /// <summary>The name of the meter with every instrument of the data layer, for the exporter.</summary>
    public const string MeterName = DataMetrics.MeterName;

    /// <summary>What is known of the nodes now: an immutable snapshot.</summary>
    public Topology Topology => Monitor.Current;

    internal DatabaseOptions Options { get; }

    internal ILogger Logger { get; }

    internal TopologyMonitor Monitor { get; }

    internal NodeLoad Load { get; }

    internal WaitingRoom Waiting { get; }

    internal WriteGate Gate { get; }

    internal DataMetrics Metrics { get; }

    /// <summary>Starts the monitor and returns at once; operations wait for what it finds. Call once.</summary>
    public void Start()
    {
        Metrics.Begin();
        Monitor.Start();
    }

    /// <summary>
    /// A session, for one request or one job, that reads what it writes.
    /// </summary>
    /// <param name="token">What the session before it wrote: the <see cref="DatabaseSession.Token"/> that the request brought back.</param>
    public DatabaseSession CreateSession(CausalToken token = default) => new(this, _reads, _writes, token);

    /// <summary>The first snapshot with a proven primary. Waits for as long as the caller's token allows.</summary>
    public async Task<Topology> WaitForPrimaryAsync(CancellationToken ct)
    {
        RequireStarted();
        Topology? proven = await Monitor.WaitForAsync(
            static topology => topology.Primary is not null, within: null, ct).ConfigureAwait(false);
        return proven!;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        await Monitor.DisposeAsync().ConfigureAwait(false);
        Gate.Dispose();
        Metrics.Dispose();
    }

    internal uint NextTurn() => Interlocked.Increment(ref _turn);

    internal void RequireStarted()
    {
        if (!Monitor.IsStarted)
            throw new InvalidOperationException("The database has not been started: call Start() first.");
    }
}
