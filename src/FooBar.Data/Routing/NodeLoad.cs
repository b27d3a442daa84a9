namespace FooBar.Data;

/// <summary>How many operations each node has in hand. Thread-safe; the counts are a hint, not a limit.</summary>
internal sealed class NodeLoad(int nodes)
{
    private readonly int[] _outstanding = new int[nodes];

    /// <summary>The counts by node index, as they are now.</summary>
    public ReadOnlySpan<int> Outstanding => _outstanding;

    public void Enter(int index) => Interlocked.Increment(ref _outstanding[index]);

    public void Leave(int index) => Interlocked.Decrement(ref _outstanding[index]);
}
