using System.Globalization;
using FooBar.LoadBalancer.Tests.Support;

namespace FooBar.LoadBalancer.Tests.Soak;

/// <summary>What the gateway's process holds at a moment. Immutable.</summary>
/// <param name="ResidentMb">Its resident memory.</param>
/// <param name="HeapMb">Its managed heap as the latest collection has left it.</param>
/// <param name="Descriptors">Open file descriptors, sockets among them.</param>
/// <param name="Sockets">Sockets.</param>
/// <param name="Threads">Threads.</param>
/// <param name="Series">Series of metrics.</param>
internal sealed record Footprint(double ResidentMb, double HeapMb, double Descriptors, double Sockets, double Threads, double Series)
{
    private const double BytesPerMb = 1024 * 1024;
    private const string HeapSeries = "dotnet_gc_last_collection_heap_size_bytes{";

    /// <summary>
    /// What is measured, and by how much the median of a third may be above that of the third before: what was seen without a trend. At 670 requests a
    /// second the bound of the resident memory is 60 bytes a request. Between two collections of the oldest generation the managed heap rises by 9 MB, what has
    /// survived the younger ones, and falls back. A loaded machine keeps more or fewer connections to the backends, and has the pool add ten threads
    /// for a while; but who loses one in fifty of the visitors' new connections is over the bound. Labels are bounded: one or two that come up
    /// late are a histogram each.
    /// </summary>
    public static IReadOnlyList<(string Name, Func<Footprint, double> Of, double Bound)> Quantities { get; } =
    [
        ("resident MB", footprint => footprint.ResidentMb, 8),
        ("managed heap MB", footprint => footprint.HeapMb, 12),
        ("descriptors", footprint => footprint.Descriptors, 32),
        ("sockets", footprint => footprint.Sockets, 32),
        ("threads", footprint => footprint.Threads, 16),
        ("series", footprint => footprint.Series, 40),
    ];

    /// <summary>Looks.</summary>
    public static async Task<Footprint> TakeAsync(GatewayProcess gateway)
    {
        string[] series = [.. (await gateway.ScrapeAsync()).Split('\n').Where(line => line.Length > 0 && line[0] != '#')];
        string[] heap = [.. series.Where(line => line.StartsWith(HeapSeries, StringComparison.Ordinal))];
        Assert.NotEmpty(heap);
        (int descriptors, int sockets) = gateway.Descriptors;
        return new Footprint(
            gateway.ResidentMb,
            heap.Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture)) / BytesPerMb,
            descriptors,
            sockets,
            gateway.Threads,
            series.Length);
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{ResidentMb:0.0} MB resident, {HeapMb:0.0} MB managed, {Descriptors} descriptors, {Sockets} sockets, {Threads} threads, {Series} series");
}
