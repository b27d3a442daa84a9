using System.Threading.Channels;

namespace FooBar.Data;

/// <summary>One node's probe and what wakes it: the tick and a request's alarm are the same signal. For one loop; the waking is thread-safe.</summary>
internal sealed class NodeWatch(Node node, IDriverAdapter driver) : IAsyncDisposable
{
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    private readonly NodeProbe _probe = new(node.Configuration.Monitor, driver);
    private readonly CancellationTokenSource _stop = new();
    private Task _asking = Task.CompletedTask;
    private ITimer? _tick;

    public Node Node { get; } = node;

    /// <summary>The loop that probes the node.</summary>
    public Task Running { get; private set; } = Task.CompletedTask;

    /// <summary>Ends when the node is watched no more.</summary>
    public CancellationToken Stop => _stop.Token;

    public void Start(TimeProvider time, TimeSpan interval, Func<NodeWatch, Task> loop)
    {
        _tick = time.CreateTimer(static state => ((NodeWatch)state!).Wake(), this, interval, interval);
        Running = loop(this);
    }

    public Task EndAsync() => _stop.CancelAsync();

    public void TickEvery(TimeSpan interval) => _tick?.Change(interval, interval);

    public void Wake() => _signal.Writer.TryWrite(true);

    public async Task WokenAsync() => await _signal.Reader.ReadAsync(Stop).ConfigureAwait(false);

    /// <summary>As <see cref="WokenAsync"/>, but not before a time has passed; who wakes it until then has woken it.</summary>
    public async Task WokenNotBeforeAsync(TimeSpan gap, TimeProvider time)
    {
        long since = time.GetTimestamp();
        await WokenAsync().ConfigureAwait(false);
        if (gap - time.GetElapsedTime(since) is { } left && left > TimeSpan.Zero)
        {
            await Task.Delay(left, time, Stop).ConfigureAwait(false);
            _signal.Reader.TryRead(out _);
        }
    }

    /// <summary>As <see cref="WokenAsync"/>, but the stop ends it silently.</summary>
    public async Task PausedAsync() => await WokenAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <summary>
    /// The probe's answer within the deadline, also from a driver that ignores its token: its probe is then left alone, and the
    /// next one begins when it has ended. Waiting for that end takes the deadline too, or one hiccup would count as two failures.
    /// </summary>
    public async Task<MemberReport> AskAsync(TimeSpan deadline, TimeProvider time)
    {
        if (!_asking.IsCompleted)
            await Task.WhenAny(_asking).WaitAsync(deadline, time, Stop).ConfigureAwait(false);
        long startedAt = time.GetTimestamp();
        Task<MemberReport> asking = _probe.AskAsync(deadline, time, Stop);
        _asking = asking;
        MemberReport report = await asking.WaitAsync(deadline, time, Stop).ConfigureAwait(false);
        Node.Standing.Answered(time.GetElapsedTime(startedAt));
        return report;
    }

    public async ValueTask DisposeAsync()
    {
        if (_tick is not null)
            await _tick.DisposeAsync().ConfigureAwait(false);
        if (_asking.IsCompleted)
            await _probe.DisposeAsync().ConfigureAwait(false);
    }
}
