namespace FooBar.LoadBalancer.Orders;

/// <summary>What becomes of orders by name when others come, and with time: pure functions over immutable dictionaries, in which case does not matter.</summary>
internal static class OrderBook
{
    /// <summary>How long an order outlives the backend that it is about: one that comes back within that time is as a person left it.</summary>
    public static readonly TimeSpan UnknownLifetime = TimeSpan.FromDays(30);

    /// <summary>No orders.</summary>
    public static readonly IReadOnlyDictionary<string, BackendOrder> Empty = new Dictionary<string, BackendOrder>(StringComparer.OrdinalIgnoreCase);

    /// <summary>The orders with another one about a backend.</summary>
    public static IReadOnlyDictionary<string, BackendOrder> With(IReadOnlyDictionary<string, BackendOrder> orders, string backend, BackendOrder order) =>
        new Dictionary<string, BackendOrder>(orders, StringComparer.OrdinalIgnoreCase) { [backend] = order };

    /// <summary>The orders of two processes: of each backend's state, and of each one's weight, the later one.</summary>
    public static IReadOnlyDictionary<string, BackendOrder> Merge(IReadOnlyDictionary<string, BackendOrder> own, IReadOnlyDictionary<string, BackendOrder> read)
    {
        Dictionary<string, BackendOrder> merged = new(read, StringComparer.OrdinalIgnoreCase);
        foreach ((string backend, BackendOrder order) in own)
        {
            BackendOrder other = merged.GetValueOrDefault(backend) ?? order;
            merged[backend] = other with { State = Later(order.State, other.State), Weight = Later(order.Weight, other.Weight) };
        }

        return merged;
    }

    private static T? Later<T>(T? one, T? other)
        where T : class, IOrder => one is null || one.Since < other?.Since ? other : one;

    /// <summary>
    /// The orders with a note on those whose backend is not configured, and without those that have had it for
    /// <see cref="UnknownLifetime"/>; the same object if that changes nothing.
    /// </summary>
    public static IReadOnlyDictionary<string, BackendOrder> Tidy(
        IReadOnlyDictionary<string, BackendOrder> orders, IEnumerable<string> configured, DateTimeOffset now)
    {
        HashSet<string> known = new(configured, StringComparer.OrdinalIgnoreCase);
        Dictionary<string, BackendOrder> tidy = new(StringComparer.OrdinalIgnoreCase);
        bool changed = false;
        foreach ((string backend, BackendOrder order) in orders)
        {
            BackendOrder noted = order with { UnknownSince = known.Contains(backend) ? null : order.UnknownSince ?? now };
            if (now - noted.UnknownSince < UnknownLifetime || noted.UnknownSince is null)
                tidy.Add(backend, noted);
            changed |= noted != order || !tidy.ContainsKey(backend);
        }

        return changed ? tidy : orders;
    }
}
