using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace FooBar.Data;

/// <summary>
/// Learns from the servers who is primary. One watch a node, so that a node that hangs delays nobody's news; each probes in its
/// interval, at once when a request met a failure, and more often for a while after the primary changed or was lost. One lock makes
/// their results one sequence of immutable snapshots. A probe that meets silence while operations are answered says nothing: the node, or
/// this process, has too much to do, and to give it up would cancel what is being done and connect anew. Who has work in hand on a node that loses its role is told by a token.
/// A watch survives every exception. Thread-safe.
/// </summary>
internal sealed class TopologyMonitor : IAsyncDisposable
{
    /// <summary>The least time between two probes of a node: a thousand requests that fail at once ask for one probe, not a thousand.</summary>
    private static readonly TimeSpan LeastGap = TimeSpan.FromMilliseconds(25);

    /// <summary>The time from one probe to the next while the group may be changing, if the configured one is not shorter.</summary>
    private static readonly TimeSpan HurriedInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>How long after the last change of the primary, or the loss of it, the group may still be changing.</summary>
    private static readonly TimeSpan HurryFor = TimeSpan.FromSeconds(30);

    private readonly DatabaseOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Watch[] _watches;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _publishing = new();
    private readonly TopologyWaiters _waiters = new();
    private volatile Topology _current;
    private Task _running = Task.CompletedTask;
    private ITimer? _calm;
    private long _startedAt;
    private long _hurriedAt;
    private long? _conflictSince;
    private volatile FailoverRecord _failovers = FailoverRecord.None;

    public TopologyMonitor(DatabaseOptions options, ILogger logger)
    {
        (_options, _time, _logger) = (options, options.TimeProvider, logger);
        _watches = [.. options.Nodes.Select((node, index) => new Watch(index, node))];
        _current = Topology.Unprobed(options.Nodes.Select(node => node.Name));
    }

    /// <summary>The newest snapshot.</summary>
    public Topology Current => _current;

    /// <summary>The failovers seen since the start.</summary>
    public FailoverRecord Failovers => _failovers;

    /// <summary>Whether <see cref="Start"/> has been called.</summary>
    public bool IsStarted { get; private set; }

    /// <summary>Starts the watches. Call once.</summary>
    public void Start()
    {
        if (IsStarted)
            throw new InvalidOperationException("The monitor has been started already.");
        IsStarted = true;
        _startedAt = _time.GetTimestamp();
        _calm = _time.CreateTimer(_ => CalmDown(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        foreach (Watch watch in _watches)
            watch.StartTicking(_time, _options.ProbeInterval);
        _running = Task.WhenAll(_watches.Select(RunAsync));
    }

    /// <summary>Probes every node now: somebody met a failure that the snapshot does not know of yet.</summary>
    public void ProbeNow()
    {
        foreach (Watch watch in _watches)
            watch.Wake();
    }

    /// <summary>
    /// Ends when the node loses the role that it has now: it is lost, proves nothing any more, or is no longer the primary. Not when a
    /// replica becomes the primary. Has ended already for a node that is neither.
    /// </summary>
    public CancellationToken LossOf(int index)
    {
        // In this order: a role lost before the token was read is seen below, one that is lost later ends the token.
        CancellationToken loss = _watches[index].Loss;
        return Serves(Current.Nodes[index].Role) ? loss : new CancellationToken(canceled: true);
    }

    /// <summary>A node has answered an operation: a statement of our own, not one that the application may have had no need to send.</summary>
    public void NoteAnswer(int index) => _watches[index].NoteAnswer();

    /// <summary>The time since a node's last answered probe began, or since the start when it never answered.</summary>
    public TimeSpan AgeOf(int index) => IsStarted
        ? _time.GetElapsedTime(Current.Nodes[index].ProvenAt ?? _startedAt)
        : TimeSpan.Zero;

    /// <summary>
    /// Waits for a snapshot that satisfies the condition; null when there is none in time (null for any time). The condition is asked for
    /// each snapshot with the publishing lock held: it must be quick, and must not throw.
    /// </summary>
    public async Task<Topology?> WaitForAsync(Func<Topology, bool> condition, TimeSpan? within, CancellationToken ct)
    {
        LinkedListNode<TopologyWaiters.Waiter> place;
        lock (_publishing)
        {
            if (condition(_current))
                return _current;
            place = _waiters.Add(condition);
        }

        try
        {
            return await place.Value.Found.WaitAsync(within ?? Timeout.InfiniteTimeSpan, _time, ct).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return null;
        }
        finally
        {
            lock (_publishing)
                _waiters.Remove(place);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        if (_calm is not null)
            await _calm.DisposeAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task RunAsync(Watch watch)
    {
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
        watch.ForgetAnswers();
        try
        {
            MemberReport report = await watch.AskAsync(_options.ProbeTimeout, _time, _stop.Token).ConfigureAwait(false);
            change = state => state.Answered(report, startedAt);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception silence) when (silence is OperationCanceledException or TimeoutException)
        {
            if (watch.HasAnswered)
                return;
            change = state => state.Failed($"no answer within {_options.ProbeTimeout.TotalMilliseconds:0} ms");
        }
        catch (Exception failure)
        {
            change = state => state.Failed($"{failure.GetType().Name}: {failure.Message}");
        }

        Publish(watch, change);
    }

    private void Publish(Watch watch, Func<NodeState, NodeState> change)
    {
        Topology old;
        Topology current;
        bool conflictProven;
        List<CancellationTokenSource> lost = [];
        List<TopologyWaiters.Waiter> served;
        Exception? fault = null;
        lock (_publishing)
        {
            old = _current;
            current = old.With(watch.Index, change(old.Nodes[watch.Index]));
            conflictProven = IsConflictProven(current);
            // Before anyone can learn of the new roles: no session of an earlier role is lent for the new one.
            RetireSessions(old, current, ref fault);
            _current = current;
            // After that: see LossOf.
            for (int i = 0; i < _watches.Length; i++)
            {
                if (LosesRole(old.Nodes[i].Role, current.Nodes[i].Role))
                    lost.Add(_watches[i].RenewLoss());
            }

            _failovers = _failovers.With(current, _time);
            if (current.Epoch != old.Epoch && old.Epoch > 0)
                Hurry();
            served = _waiters.TakeSatisfied(current);
        }

        foreach (TopologyWaiters.Waiter waiter in served)
            waiter.Serve(current);
        // On other threads: what is registered with these tokens closes sockets.
        foreach (CancellationTokenSource loss in lost)
            _ = loss.CancelAsync();
        Tell(old, current, conflictProven);
        if (fault is not null)
            DataLog.MonitorFault(_logger, watch.Node.Name, fault);
    }

    private static bool Serves(NodeRole role) => role is NodeRole.Primary or NodeRole.Replica;

    private static bool LosesRole(NodeRole before, NodeRole after) =>
        Serves(before) && before != after && after != NodeRole.Primary;

    /// <summary>An adapter that throws keeps nobody from the news.</summary>
    private void RetireSessions(Topology old, Topology current, ref Exception? fault)
    {
        for (int i = 0; i < _watches.Length; i++)
        {
            if (!Serves(old.Nodes[i].Role) || old.Nodes[i].Role == current.Nodes[i].Role)
                continue;
            try
            {
                _options.Driver.RetirePool(_watches[i].Node.Application);
            }
            catch (Exception thrown)
            {
                fault = thrown;
            }
        }
    }

    /// <summary>Must be called with the publishing lock held.</summary>
    private void Hurry()
    {
        _hurriedAt = _time.GetTimestamp();
        foreach (Watch watch in _watches)
            watch.TickEvery(HurriedInterval < _options.ProbeInterval ? HurriedInterval : _options.ProbeInterval);
        _calm!.Change(HurryFor, Timeout.InfiniteTimeSpan);
    }

    private void CalmDown()
    {
        lock (_publishing)
        {
            // A callback that comes late must not end the hurry of a change after its own.
            if (_time.GetElapsedTime(_hurriedAt) < HurryFor)
                return;
            foreach (Watch watch in _watches)
                watch.TickEvery(_options.ProbeInterval);
        }
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
        }

        if (current.Epoch != old.Epoch && current.Primary is { } primary)
            DataLog.PrimaryProven(_logger, primary.Name, current.Epoch);
        else if (current.Epoch != old.Epoch)
            DataLog.PrimaryLost(_logger, old.Primary!.Name, current);
        if (conflictProven)
            DataLog.TwoPrimaries(_logger, current);
    }

    /// <summary>One node's probe and what wakes it: the tick and a request's alarm are the same signal.</summary>
    private sealed class Watch(int index, DatabaseNode node) : IAsyncDisposable
    {
        private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(
            new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

        private readonly NodeProbe _probe = new(node.Monitor);
        private volatile CancellationTokenSource _loss = new();
        private volatile bool _answered;
        private Task _asking = Task.CompletedTask;
        private ITimer? _tick;

        public int Index { get; } = index;

        public DatabaseNode Node { get; } = node;

        /// <summary>Ends when the node loses its role.</summary>
        public CancellationToken Loss => _loss.Token;

        /// <summary>Begins anew, and gives the source to cancel. It is never disposed of: late readers still take its token.</summary>
        public CancellationTokenSource RenewLoss() => Interlocked.Exchange(ref _loss, new());

        /// <summary>Whether an operation was answered since <see cref="ForgetAnswers"/>.</summary>
        public bool HasAnswered => _answered;

        public void NoteAnswer()
        {
            // Read first: every operation passes here.
            if (!_answered)
                _answered = true;
        }

        public void ForgetAnswers() => _answered = false;

        public void StartTicking(TimeProvider time, TimeSpan interval) =>
            _tick = time.CreateTimer(static state => ((Watch)state!).Wake(), this, interval, interval);

        public void TickEvery(TimeSpan interval) => _tick?.Change(interval, interval);

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
            if (_tick is not null)
                await _tick.DisposeAsync().ConfigureAwait(false);
            if (_asking.IsCompleted)
                await _probe.DisposeAsync().ConfigureAwait(false);
        }
    }
}
