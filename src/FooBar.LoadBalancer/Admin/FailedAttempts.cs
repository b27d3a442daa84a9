namespace FooBar.LoadBalancer.Admin;

/// <summary>
/// Bounds how many failed attempts are answered and logged one by one: ten at once, then one a second. It keeps a flood of them from filling the log
/// and holding up the disk. It never keeps out who shows the right token: on loopback all programs of the machine look the same, and one of them could
/// lock out the person who is about to act; against 256 random bits no number of attempts helps. Thread-safe.
/// </summary>
internal sealed class FailedAttempts(TimeProvider time)
{
    private const int Burst = 10;

    private static readonly TimeSpan _each = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private TimeSpan _debt;
    private long _last = time.GetTimestamp();
    private int _passedOver;

    /// <summary>Takes a failed attempt in. Null when it is beyond the rate; otherwise how many such were since the last that was not.</summary>
    public int? Add()
    {
        lock (_lock)
        {
            long now = time.GetTimestamp();
            TimeSpan debt = _debt - time.GetElapsedTime(_last, now);
            _debt = debt > TimeSpan.Zero ? debt : TimeSpan.Zero;
            _last = now;
            if (_debt > (Burst - 1) * _each)
            {
                _passedOver++;
                return null;
            }

            _debt += _each;
            int passedOver = _passedOver;
            _passedOver = 0;
            return passedOver;
        }
    }
}
