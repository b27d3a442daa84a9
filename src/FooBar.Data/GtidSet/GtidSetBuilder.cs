namespace FooBar.Data;

/// <summary>Collects transactions in any order and builds the normalized set.</summary>
internal sealed class GtidSetBuilder
{
    private readonly SortedDictionary<(Guid Uuid, string Tag), List<GtidInterval>> _intervals = new(SourceOrder.Instance);

    public void Add(Guid uuid, string tag, GtidInterval interval)
    {
        if (!_intervals.TryGetValue((uuid, tag), out List<GtidInterval>? list))
            _intervals[(uuid, tag)] = list = [];
        list.Add(interval);
    }

    public void Add(GtidSet set)
    {
        foreach (GtidSource source in set.Sources)
        {
            foreach (GtidInterval interval in source.Intervals)
                Add(source.Uuid, source.Tag, interval);
        }
    }

    public GtidSet Build() => _intervals.Count == 0
        ? GtidSet.Empty
        : new([.. _intervals.Select(pair => new GtidSource(pair.Key.Uuid, pair.Key.Tag, GtidInterval.Normalize(pair.Value)))]);

    private sealed class SourceOrder : IComparer<(Guid Uuid, string Tag)>
    {
        public static SourceOrder Instance { get; } = new();

        public int Compare((Guid Uuid, string Tag) x, (Guid Uuid, string Tag) y)
        {
            int byUuid = x.Uuid.CompareTo(y.Uuid);
            return byUuid != 0 ? byUuid : string.CompareOrdinal(x.Tag, y.Tag);
        }
    }
}
