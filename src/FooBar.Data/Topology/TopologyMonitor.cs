using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace FooBar.Data;

/// <summary>
/// Learns from the servers who is primary. One watch a node, so that a node that hangs delays nobody's news; each probes in its
/// interval, and at once when a request met a failure. One lock makes their results one sequence of immutable snapshots.
/// A watch survives every exception. Thread-safe.
/// </summary>
internal sealed class TopologyMonitor : IAsyncDisposable
{
    /// <summary>The least time between two probes of a node: a thousand requests that fail at once ask for one probe, not a thousand.</summary>
    private static readonly TimeSpan LeastGap = TimeSpan.FromMilliseconds(25);

    private readonly DatabaseOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Watch[] _watches;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _publishing = new();
    private volatile Snapshot _snapshot;
    private Task _running = Task.CompletedTask;
    private long _startedAt;
    private long? _conflictSince;

    public TopologyMonitor(DatabaseOptions options, ILogger logger)
    {
        (_options, _time, _logger) = (options, options.TimeProvider, logger);
        _watches = [.. options.Nodes.Select((node, index) => new Watch(index, node))];
        _snapshot = new(Topology.Unprobed(options.Nodes.Select(node => node.Name)));
    }

    /// <summary>The newest snapshot.</summary>
    public Topology Current => _snapshot.Topology;

    /// <summary>Whether <see cref="Start"/> has been called.</summary>
    public bool IsStarted { get; private set; }

    /// <summary>Starts the watches. Call once.</summary>
    public void Start()
    {
        if (IsStarted)
            throw new InvalidOperationException("The monitor has been started already.");
        IsStarted = true;
        _startedAt = _time.GetTimestamp();
        _running = Task.WhenAll(_watches.Select(RunAsync));
    }

    /// <summary>Probes every node now: somebody met a failure that the snapshot does not know of yet.</summary>
    public void ProbeNow()
    {
        foreach (Watch watch in _watches)
            watch.Wake();
    }

    /// <summary>The time since a node's last answered probe began, or since the start when it never answered.</summary>
    public TimeSpan AgeOf(int index) => IsStarted
        ? _time.GetElapsedTime(Current.Nodes[index].ProvenAt ?? _startedAt)
        : TimeSpan.Zero;

    /// <summary>Waits for a snapshot that satisfies the condition; null when there is none in time (null for any time).</summary>
    public async Task<Topology?> WaitForAsync(Func<Topology, bool> condition, TimeSpan? within, CancellationToken ct)
    {
        long startedAt = _time.GetTimestamp();
        while (true)
        {
            Snapshot snapshot = _snapshot;
            if (condition(snapshot.Topology))
                return snapshot.Topology;
            TimeSpan? left = within - _time.GetElapsedTime(startedAt);
            if (left <= TimeSpan.Zero)
                return null;
            try
            {
                await snapshot.Replaced.Task.WaitAsync(left ?? Timeout.InfiniteTimeSpan, _time, ct).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                return null;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task RunAsync(Watch watch)
    {
        ITimer tick = _time.CreateTimer(static state => ((Watch)state!).Wake(), watch, _options.ProbeInterval, _options.ProbeInterval);
        await using (tick.ConfigureAwait(false))
        await using (watch.ConfigureAwait(false))
        {
            while (!_stop.IsCancellationRequested)
            {
                try
                {
                    await ProbeAsync(watch).ConfigureAwait(false);
                    await Task.Delay(LeastGap, _time, _stop.Token).ConfigureAwait(false);
                    await watch.WokenAsync(_stop.Token).ConfigureAwait(false);
                }
                catch (OperationCanceledException) when (_stop.IsCancellationRequested)
                {
                    return;
                }
                catch (Exception fault)
                {
                    // A watch that ends is a node that is never seen again: nothing may end it but the stop. The tick paces the retry.
                    DataLog.MonitorFault(_logger, watch.Node.Name, fault);
                    await watch.PausedAsync(_stop.Token).ConfigureAwait(false);
                }
            }
        }
    }

    private async Task ProbeAsync(Watch watch)
    {
        long startedAt = _time.GetTimestamp();
        Func<NodeState, NodeState> change;
        try
        {
            MemberReport report = await watch.AskAsync(_options.ProbeTimeout, _time, _stop.Token).ConfigureAwait(false);
            change = state => state.Answered(report, startedAt);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception failure)
        {
            string error = failure is OperationCanceledException or TimeoutException
                ? $"no answer within {_options.ProbeTimeout.TotalMilliseconds:0} ms"
                : $"{failure.GetType().Name}: {failure.Message}";
            change = state => state.Failed(error);
        }

        Publish(watch, change);
    }

    private void Publish(Watch watch, Func<NodeState, NodeState> change)
    {
        Snapshot old;
        Snapshot current;
        bool conflictProven;
        lock (_publishing)
        {
            old = _snapshot;
            current = new(old.Topology.With(watch.Index, change(old.Topology.Nodes[watch.Index])));
            conflictProven = IsConflictProven(current.Topology);
            _snapshot = current;
        }

        old.Replaced.TrySetResult();
        Tell(old.Topology, current.Topology, conflictProven);
    }

    /// <summary>
    /// The nodes are asked at different instants, so an orderly switchover can look like two primaries for one probe. Nobody writes
    /// then either, but it is an alarm only when every claimant has repeated its claim since. True once a conflict.
    /// Must be called with the publishing lock held.
    /// </summary>
    private bool IsConflictProven(Topology topology)
    {
        if (topology.WriterStatus != WriterStatus.Conflict)
        {
            _conflictSince = null;
            return false;
        }

        _conflictSince ??= _time.GetTimestamp();
        if (!topology.Nodes.All(node => node.Claim != NodeRole.Primary || node.ProvenAt > _conflictSince))
            return false;
        _conflictSince = long.MaxValue;
        return true;
    }

    private void Tell(Topology old, Topology current, bool conflictProven)
    {
        for (int i = 0; i < _watches.Length; i++)
        {
            (NodeState before, NodeState after) = (old.Nodes[i], current.Nodes[i]);
            if (before.Role == after.Role)
                continue;
            LogLevel level = after.Role is NodeRole.Primary or NodeRole.Replica ? LogLevel.Information : LogLevel.Warning;
            DataLog.RoleChanged(_logger, level, after.Name, before.Role, after.Role, after.Reason ?? "it has proved it");
            if (before.Role is NodeRole.Primary or NodeRole.Replica)
                _options.Driver.RetirePool(_watches[i].Node.Application);
        }

        if (current.Epoch != old.Epoch && current.Primary is { } primary)
            DataLog.PrimaryProven(_logger, primary.Name, current.Epoch);
        else if (current.Epoch != old.Epoch)
            DataLog.PrimaryLost(_logger, old.Primary!.Name, current);
        if (conflictProven)
            DataLog.TwoPrimaries(_logger, current);
    }

    /// <summary>A topology and the news that it is no longer the newest.</summary>
    private sealed class Snapshot(Topology topology)
    {
        public Topology Topology { get; } = topology;

        public TaskCompletionSource Replaced { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>One node's probe and what wakes it: the tick and a request's alarm are the same signal.</summary>
    private sealed class Watch(int index, DatabaseNode node) : IAsyncDisposable
    {
        private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(
            new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

        private readonly NodeProbe _probe = new(node.Monitor);
        private Task _asking = Task.CompletedTask;

        public int Index { get; } = index;

        public DatabaseNode Node { get; } = node;

        public void Wake() => _signal.Writer.TryWrite(true);

        public async Task WokenAsync(CancellationToken stop) => await _signal.Reader.ReadAsync(stop).ConfigureAwait(false);

        /// <summary>As <see cref="WokenAsync"/>, but the stop ends it silently.</summary>
        public async Task PausedAsync(CancellationToken stop) =>
            await WokenAsync(stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        /// <summary>
        /// The probe's answer within the deadline, also from a driver that ignores its token: its probe is then left alone, and the
        /// next one begins when it has ended. Waiting for that end takes the deadline too, or one hiccup would count as two failures.
        /// </summary>
        public async Task<MemberReport> AskAsync(TimeSpan deadline, TimeProvider time, CancellationToken stop)
        {
            if (!_asking.IsCompleted)
                await Task.WhenAny(_asking).WaitAsync(deadline, time, stop).ConfigureAwait(false);
            Task<MemberReport> asking = _probe.AskAsync(deadline, time, stop);
            _asking = asking;
            return await asking.WaitAsync(deadline, time, stop).ConfigureAwait(false);
        }

        public async ValueTask DisposeAsync()
        {
            if (_asking.IsCompleted)
                await _probe.DisposeAsync().ConfigureAwait(false);
        }
    }
}
