using Microsoft.Extensions.Logging;

namespace FooBar.Data;

/// <summary>
/// One cluster of MySQL servers: knows by its monitor who is primary, and makes sessions that read from replicas and write to the
/// primary. One instance a process; thread-safe. Disposing stops the monitor; the nodes' data sources stay the caller's.
/// </summary>
public sealed class Database : IAsyncDisposable
{
    /// <summary>How often it is looked for operations whose time is over.</summary>
    private static readonly TimeSpan DeadlineTick = TimeSpan.FromMilliseconds(100);

    private readonly ReadRunner _reads;
    private readonly WriteRunner _writes;
    private readonly PrimarySampler _sampler;
    private readonly GroupDiscovery _discovery;
    private readonly OperationPruner? _pruner;
    private readonly PlannedSwitchover _switchover;
    private readonly long _timeout;
    private ITimer? _deadlines;
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
        _timeout = After(0, options.OperationTimeout);
        Calls = new(options.Driver, options.TimeProvider);
        Monitor = new(options, Samples, logger);
        _sampler = new(options, Monitor, Samples, logger);
        _discovery = new(options, Monitor, logger);
        Waiting = new(options.MaximumWaiting);
        PrimaryReads = new(options.MaximumPrimaryReads, options.TimeProvider);
        Gate = new(options.TimeProvider);
        Metrics = new(this, Monitor);
        Hedges = options.HedgeAfter is { } after ? new(this, after) : null;
        _reads = new(this, new(this));
        _writes = new(this, new(this));
        _switchover = new(this);
        _pruner = options.OperationRetention is { } retention ? new(this, retention) : null;
    }

    /// <summary>The name of the meter with every instrument of the data layer, for the exporter.</summary>
    public const string MeterName = DataMetrics.MeterName;

    /// <summary>The name of the source of the data layer's traces, for the exporter.</summary>
    public const string ActivitySourceName = DataTracing.SourceName;

    /// <summary>What is known of the nodes now: an immutable snapshot.</summary>
    public Topology Topology => Monitor.Current;

    internal DatabaseOptions Options { get; }

    internal ILogger Logger { get; }

    internal DriverCalls Calls { get; }

    internal TopologyMonitor Monitor { get; }

    internal PrimarySamples Samples { get; } = new();

    internal WaitingRoom Waiting { get; }

    internal PrimaryReads PrimaryReads { get; }

    internal WriteGate Gate { get; }

    internal HedgedReads? Hedges { get; }

    internal DataMetrics Metrics { get; }

    /// <summary>Starts the monitor and returns at once; operations wait for what it finds. Call once.</summary>
    public void Start()
    {
        Metrics.Begin();
        Monitor.Start();
        _deadlines = Options.TimeProvider.CreateTimer(static database => ((Database)database!).EndOverdue(), this, DeadlineTick, DeadlineTick);
        _sampler.Start();
        _discovery.Start();
        _pruner?.Start();
    }

    /// <summary>
    /// A session, for one request or one job, that reads what it writes.
    /// </summary>
    /// <param name="token">What the session before it wrote: the <see cref="DatabaseSession.Token"/> that the request brought back.</param>
    public DatabaseSession CreateSession(CausalToken token = default) => new(this, _reads, _writes, token);

    /// <summary>
    /// Works with these nodes from now on, and with those that <see cref="DatabaseOptions.Discovery"/> finds. Nodes that are there already, equal in everything, go on as they are; what is in hand on those that are
    /// not among them is ended, and repeated elsewhere as if the node were lost. The data sources of a node that is gone may be disposed of
    /// when this returns.
    /// </summary>
    /// <exception cref="ArgumentException">There are none, one is incomplete, or two have one name. Nothing has changed.</exception>
    public void ReplaceNodes(IReadOnlyList<DatabaseNode> nodes)
    {
        DatabaseOptions.ValidateNodes(nodes);
        _discovery.Configure(nodes);
    }

    /// <summary>
    /// Makes another node the primary, in order: no acknowledged write is lost, and writes wait for a moment, those of other processes too. The
    /// nodes need an <see cref="DatabaseNode.Administration"/>. In classic replication every replica is made to follow the new primary.
    /// </summary>
    /// <param name="node">The name of a replica; of the primary itself, nothing is done.</param>
    /// <param name="options">How; null for the defaults, which suit a group.</param>
    /// <param name="ct">Ends it, and takes back what was done, until the next primary is opened.</param>
    /// <exception cref="ArgumentException">An option is out of its range; the message names it. Nothing was done.</exception>
    /// <exception cref="SwitchoverException">It did not come about; the message says what the servers are now.</exception>
    public Task<SwitchoverResult> SwitchOverAsync(string node, SwitchoverOptions? options = null, CancellationToken ct = default)
    {
        RequireStarted();
        options ??= new();
        options.Validate();
        return _switchover.RunAsync(node, options, ct);
    }

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
        if (_pruner is not null)
            await _pruner.DisposeAsync().ConfigureAwait(false);
        await _discovery.DisposeAsync().ConfigureAwait(false);
        await _sampler.DisposeAsync().ConfigureAwait(false);
        await Monitor.DisposeAsync().ConfigureAwait(false);
        if (_deadlines is not null)
            await _deadlines.DisposeAsync().ConfigureAwait(false);
        Gate.Dispose();
        PrimaryReads.Dispose();
        _switchover.Dispose();
        Metrics.Dispose();
    }

    internal uint NextTurn() => Interlocked.Increment(ref _turn);

    /// <summary>The timestamp at which an operation that began at the given one has no more time.</summary>
    internal long DeadlineOf(long startedAt) => startedAt + _timeout;

    /// <summary>The timestamp so much later.</summary>
    internal long After(long timestamp, TimeSpan span) => timestamp + (long)(span.TotalSeconds * Options.TimeProvider.TimestampFrequency);

    internal void RequireStarted()
    {
        if (!Monitor.IsStarted)
            throw new InvalidOperationException("The database has not been started: call Start() first.");
    }

    private void EndOverdue()
    {
        long now = Options.TimeProvider.GetTimestamp();
        foreach (NodeState state in Topology.Nodes)
        {
            foreach (NodeHold hold in state.Node.Work.TakeOverdue(now))
                hold.End(HoldEnd.Deadline);
        }
    }
}
