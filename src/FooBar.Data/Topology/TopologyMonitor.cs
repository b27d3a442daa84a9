using Microsoft.Extensions.Logging;

namespace FooBar.Data;

/// <summary>
/// Learns from the servers who is primary. One watch a node, so that a node that hangs delays nobody's news; each probes in its
/// interval, at once when a request met a failure, and more often for a while after the primary changed or was lost. A probe that meets silence
/// while operations are answered says nothing for ten seconds: the node, or this process, has too much to do, and to give it up would cancel what is being done
/// and connect anew. A watch survives every exception. Thread-safe.
/// </summary>
internal sealed class TopologyMonitor : IAsyncDisposable
{
    /// <summary>The least time between two probes of a node: a thousand requests that fail at once ask for one probe, not a thousand.</summary>
    private static readonly TimeSpan LeastGap = TimeSpan.FromMilliseconds(25);

    /// <summary>The time from one probe to the next while the group may be changing, if the configured one is not shorter.</summary>
    private static readonly TimeSpan HurriedInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>How long after the last change of the primary, or the loss of it, the group may still be changing.</summary>
    private static readonly TimeSpan HurryFor = TimeSpan.FromSeconds(30);

    /// <summary>How old a node's last proof may become while its operations are answered. Who answers those and no probe may be anything by then.</summary>
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(10);

    /// <summary>Characters of a failure that a snapshot and the log show.</summary>
    private const int LongestReason = 500;

    private readonly DatabaseOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly PrimarySamples _samples;
    private readonly TopologyPublisher _publisher;
    private readonly Lock _watching = new();
    private readonly List<Task> _ended = [];
    private NodeWatch[] _watches;
    private ITimer? _calm;
    private long _startedAt;
    private long _hurriedAt;
    private bool _hurried;
    private bool _stopped;

    public TopologyMonitor(DatabaseOptions options, PrimarySamples samples, ILogger logger)
    {
        (_options, _time, _samples, _logger) = (options, options.TimeProvider, samples, logger);
        _watches = [.. options.Nodes.Select(node => new NodeWatch(new Node(node, options.Driver), options.Driver))];
        _publisher = new(options, _watches.Select(watch => watch.Node), logger);
    }

    /// <summary>The newest snapshot.</summary>
    public Topology Current => _publisher.Current;

    /// <inheritdoc cref="TopologyPublisher.EpochAge" />
    public TimeSpan EpochAge => _publisher.EpochAge;

    /// <summary>The failovers seen since the start.</summary>
    public FailoverRecord Failovers => _publisher.Failovers;

    /// <summary>Whether <see cref="Start"/> has been called.</summary>
    public bool IsStarted { get; private set; }

    /// <summary>Starts the watches. Call once.</summary>
    public void Start()
    {
        lock (_watching)
        {
            if (IsStarted)
                throw new InvalidOperationException("The monitor has been started already.");
            IsStarted = true;
            _startedAt = _time.GetTimestamp();
            _calm = _time.CreateTimer(_ => CalmDown(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            foreach (NodeWatch watch in _watches)
                watch.Start(_time, _options.ProbeInterval, RunAsync);
        }
    }

    /// <summary>
    /// Watches these nodes from now on. Those that are there already, equal in everything, go on as they are; what is in hand on those that
    /// are not among them is ended, and goes the way of a lost node.
    /// </summary>
    public void Replace(IReadOnlyList<DatabaseNode> nodes)
    {
        lock (_watching)
        {
            if (_stopped)
                return;
            NodeWatch[] before = _watches;
            _watches = [.. nodes.Select(node => Array.Find(before, watch => watch.Node.Configuration == node) ?? new NodeWatch(new Node(node, _options.Driver), _options.Driver))];
            _publisher.Publish(topology => topology.WithNodes(_watches.Select(watch => watch.Node), _time.GetTimestamp()));
            if (!IsStarted)
                return;
            foreach (NodeWatch gone in before.Except(_watches))
            {
                _ = gone.EndAsync();
                _ended.RemoveAll(task => task.IsCompleted);
                _ended.Add(gone.Running);
            }

            foreach (NodeWatch added in _watches.Except(before))
                added.Start(_time, _hurried ? Hurried : _options.ProbeInterval, RunAsync);
        }
    }

    /// <summary>Probes every node now: somebody met a failure that the snapshot does not know of yet.</summary>
    public void ProbeNow()
    {
        foreach (NodeWatch watch in Volatile.Read(ref _watches))
            watch.Wake();
    }

    /// <summary>Changes what is known otherwise than by a probe.</summary>
    public void Publish(Func<Topology, Topology> change)
    {
        if (_publisher.Publish(change))
            Hurry();
    }

    /// <summary>The time since a node's last answered probe began, or since the start when it never answered.</summary>
    public TimeSpan AgeOf(NodeState node) => IsStarted ? _time.GetElapsedTime(node.ProvenAt ?? _startedAt) : TimeSpan.Zero;

    /// <inheritdoc cref="TopologyPublisher.WaitForAsync" />
    public Task<Topology?> WaitForAsync(Func<Topology, bool> condition, TimeSpan? within, CancellationToken ct) =>
        _publisher.WaitForAsync(condition, within, ct);

    public async ValueTask DisposeAsync()
    {
        NodeWatch[] watches;
        lock (_watching)
        {
            _stopped = true;
            watches = _watches;
        }

        foreach (NodeWatch watch in watches)
            await watch.EndAsync().ConfigureAwait(false);
        await Task.WhenAll([.. watches.Select(watch => watch.Running), .. _ended]).ConfigureAwait(false);
        if (_calm is not null)
            await _calm.DisposeAsync().ConfigureAwait(false);
    }

    private TimeSpan Hurried => HurriedInterval < _options.ProbeInterval ? HurriedInterval : _options.ProbeInterval;

    private async Task RunAsync(NodeWatch watch)
    {
        await using (watch.ConfigureAwait(false))
        {
            while (!watch.Stop.IsCancellationRequested)
            {
                try
                {
                    await ProbeAsync(watch).ConfigureAwait(false);
                    await watch.WokenNotBeforeAsync(LeastGap, _time).ConfigureAwait(false);
                }
                catch (OperationCanceledException) when (watch.Stop.IsCancellationRequested)
                {
                    return;
                }
                catch (Exception fault)
                {
                    // A watch that ends is a node that is never seen again: nothing may end it but the stop. The tick paces the retry.
                    DataLog.MonitorFault(_logger, watch.Node.Name, fault);
                    await watch.PausedAsync().ConfigureAwait(false);
                }
            }
        }
    }

    private async Task ProbeAsync(NodeWatch watch)
    {
        long startedAt = _time.GetTimestamp();
        Func<NodeState, NodeState> change;
        watch.Node.ForgetAnswers();
        try
        {
            MemberReport report = await watch.AskAsync(_options.ProbeTimeout, _time).ConfigureAwait(false);
            change = state => state.Answered(report, startedAt) is var answered && _samples.NewestIn(report.Executed) is { } sample
                ? answered with { FreshAsOf = sample.TakenAt }
                : answered;
        }
        catch (OperationCanceledException) when (watch.Stop.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception silence) when (silence is OperationCanceledException or TimeoutException)
        {
            if (watch.Node.HasAnswered && Current.Nodes.Any(state => state.Node == watch.Node && AgeOf(state) < LongestSilence))
                return;
            change = state => state.Failed($"no answer within {_options.ProbeTimeout.TotalMilliseconds:0} ms");
        }
        catch (Exception failure)
        {
            change = state => state.Failed(Describe(failure));
        }

        Publish(topology => topology.With(state => state.Node == watch.Node ? change(state) : state));
    }

    /// <summary>With what is behind it: some drivers say only there that it was the certificate.</summary>
    private static string Describe(Exception failure)
    {
        string text = $"{failure.GetType().Name}: {failure.Message}";
        for (Exception? cause = failure.InnerException; cause is not null && text.Length < LongestReason; cause = cause.InnerException)
        {
            if (!text.Contains(cause.Message, StringComparison.Ordinal))
                text = $"{text} ({cause.Message})";
        }

        return text.Length <= LongestReason ? text : text[..LongestReason];
    }

    private void Hurry()
    {
        lock (_watching)
        {
            (_hurried, _hurriedAt) = (true, _time.GetTimestamp());
            foreach (NodeWatch watch in _watches)
                watch.TickEvery(Hurried);
            _calm?.Change(HurryFor, Timeout.InfiniteTimeSpan);
        }
    }

    private void CalmDown()
    {
        lock (_watching)
        {
            // A callback that comes late must not end the hurry of a change after its own.
            if (_time.GetElapsedTime(_hurriedAt) < HurryFor)
                return;
            _hurried = false;
            foreach (NodeWatch watch in _watches)
                watch.TickEvery(_options.ProbeInterval);
        }
    }
}
