namespace FooBar.LoadBalancer.Cache;

/// <summary>What objects take of the managed heap on a 64-bit machine, so that a bound in bytes is one.</summary>
internal static class MemorySize
{
    /// <summary>Header and type of an object.</summary>
    public const int Object = 16;

    /// <summary>An array of <paramref name="bytes"/> bytes of elements.</summary>
    public static long Array(long bytes) => Aligned(Object + 8 + bytes);

    /// <summary>A string; null takes nothing.</summary>
    public static long Of(string? text) => text is null ? 0 : Aligned(Object + 6 + (2L * text.Length));

    /// <summary>The next multiple of eight.</summary>
    private static long Aligned(long bytes) => (bytes + 7) & ~7L;
}
