namespace FooBar.Data;

/// <summary>
/// The right to do a read's work once more: each read earns a tenth of it, so that nodes which all fail, or are all slow, do not get twice the load
/// for it. Thread-safe.
/// </summary>
/// <param name="most">How many at once a quiet time leaves.</param>
internal sealed class RetryBudget(int most)
{
    /// <summary>How many reads earn one.</summary>
    private const int Price = 10;

    private readonly int _most = most * Price;
    private int _right = most * Price;

    /// <summary>A read begins.</summary>
    public void Earn()
    {
        // Read first: every read passes here, and nearly always it is full.
        if (Volatile.Read(ref _right) < _most)
            Interlocked.Increment(ref _right);
    }

    /// <summary>Whether there was one.</summary>
    public bool TryPay()
    {
        if (Interlocked.Add(ref _right, -Price) >= 0)
            return true;
        Interlocked.Add(ref _right, Price);
        return false;
    }
}
