namespace FooBar.Data;

/// <summary>
/// The reads that the primary answers because no replica could, and no more of them at a time than the limit: with all replicas gone their
/// whole load must not take the writes' node down too. Thread-safe.
/// </summary>
internal sealed class PrimaryReads(int limit, TimeProvider time) : IDisposable
{
    /// <summary>How long one waits for its place. The work of a read is short; a line that is longer than that only grows.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _places = new(limit);

    public bool TryEnter() => _places.Wait(0);

    /// <summary>False when no place came free in time.</summary>
    public async Task<bool> EnterAsync(TimeSpan left, CancellationToken ct)
    {
        if (left <= TimeSpan.Zero)
            return false;
        using CancellationTokenSource patience = new(left < Patience ? left : Patience, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, ct);
        try
        {
            await _places.WaitAsync(either.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return false;
        }
    }

    public void Leave() => _places.Release();

    public void Dispose() => _places.Dispose();
}
