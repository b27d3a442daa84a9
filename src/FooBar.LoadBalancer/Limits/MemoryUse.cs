namespace FooBar.LoadBalancer.Limits;

/// <summary>How much memory is in use, of how much.</summary>
/// <param name="Used">Bytes.</param>
/// <param name="Limit">Bytes; 0 if there is no limit.</param>
internal readonly record struct MemoryUse(long Used, long Limit)
{
    /// <summary>From 0 to 1, or a little more.</summary>
    public double Share => Limit > 0 ? (double)Used / Limit : 0;

    /// <summary>
    /// As of now: in the control group that ends this process when it is full, or else of this process on its machine. The garbage collector's own
    /// figures are of its last run, and know nothing of what the kernel keeps for a connection.
    /// </summary>
    public static MemoryUse OfThisProcess() =>
        ControlGroup.Memory() ?? new MemoryUse(Environment.WorkingSet, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
}

/// <summary>Where <see cref="MemoryWatch"/> reads it.</summary>
/// <param name="Read"><see cref="MemoryUse.OfThisProcess"/> in service.</param>
internal sealed record MemorySource(Func<MemoryUse> Read);
