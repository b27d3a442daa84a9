namespace FooBar.LoadBalancer.Upstream;

/// <summary>
/// Whether a backend sends an answer of known length as fast as it must. Only the time counts in which the gateway waits for it: a client that is slow is
/// no fault of the backend's. One exchange's steps run one after the other: no locks.
/// </summary>
/// <param name="grace">Waiting that is free.</param>
/// <param name="time">The clock.</param>
internal struct BackendPace(TimeSpan grace, TimeProvider time)
{
    /// <summary>Slower than this, on average over the waiting beyond the grace, is a trickle that ends when nobody knows.</summary>
    public const int BytesPerSecond = 1024;

    private TimeSpan _waited;
    private long _received;

    /// <summary>When a wait begins.</summary>
    public readonly long Begin() => time.GetTimestamp();

    /// <summary>Counts what a wait has brought.</summary>
    /// <exception cref="IOException">The backend is too slow.</exception>
    public void End(long began, int received)
    {
        _waited += time.GetElapsedTime(began);
        _received += received;
        if (_waited > grace + TimeSpan.FromSeconds((double)_received / BytesPerSecond))
            throw new IOException($"The backend sends its answer more slowly than {BytesPerSecond} bytes a second.");
    }
}
