using System.Threading.Channels;

namespace FooBar.LoadBalancer.Health;

/// <summary>Tells a backend's checker that a check is due. Signals that nobody has waited for yet count once. Thread-safe.</summary>
internal sealed class CheckSignal
{
    private readonly Channel<bool> _due = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>A check is due.</summary>
    public void Set() => _due.Writer.TryWrite(true);

    /// <summary>Waits until a check is due.</summary>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken) => _due.Reader.ReadAsync(cancellationToken);
}
