using FooBar.LoadBalancer.Configuration;

namespace FooBar.LoadBalancer.Forwarding;

/// <summary>
/// Bounds the retries, so that backends which fail under load do not get the same load twice. Thread-safe.
/// </summary>
/// <remarks>
/// A window of ten slots of a second each counts requests and retries. A retry may be made while the retries in the window are fewer
/// than <see cref="RetryOptions.Budget"/> of the requests in it, or than <see cref="RetryOptions.Minimum"/> for each of its seconds.
/// </remarks>
internal sealed class RetryBudget(CurrentSettings settings, TimeProvider time)
{
    private const int Slots = 10;

    private readonly Lock _lock = new();
    private readonly long _start = time.GetTimestamp();
    private readonly int[] _requests = new int[Slots];
    private readonly int[] _retries = new int[Slots];
    private long _second;
    private long _requestsInWindow;
    private long _retriesInWindow;

    /// <summary>Counts a request. Its retry is not one more.</summary>
    public void CountRequest()
    {
        lock (_lock)
        {
            _requests[Slide()]++;
            _requestsInWindow++;
        }
    }

    /// <summary>Takes one retry out of the budget; false if there is none left.</summary>
    public bool TryTake()
    {
        RetryOptions options = settings.Options.Retries;
        lock (_lock)
        {
            int slot = Slide();
            if (_retriesInWindow >= Math.Max(options.Budget * _requestsInWindow, options.Minimum * Slots))
                return false;
            _retries[slot]++;
            _retriesInWindow++;
            return true;
        }
    }

    /// <summary>Empties the slots whose time is over, and returns the present one. The lock is held.</summary>
    private int Slide()
    {
        long now = (long)time.GetElapsedTime(_start).TotalSeconds;
        for (long expired = Math.Max(_second + 1, now - Slots + 1); expired <= now; expired++)
        {
            int slot = (int)(expired % Slots);
            _requestsInWindow -= _requests[slot];
            _retriesInWindow -= _retries[slot];
            _requests[slot] = 0;
            _retries[slot] = 0;
        }

        _second = Math.Max(_second, now);
        return (int)(_second % Slots);
    }
}
