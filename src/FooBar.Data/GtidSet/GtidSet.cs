using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace FooBar.Data;

/// <summary>
/// An immutable set of MySQL's global transaction identifiers, such as <c>3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5:9:audit:1-3</c>:
/// per source UUID the untagged transactions, then those of each tag (MySQL 8.3 and later). Thread-safe.
/// Syntax: MySQL manual, "GTID Format and Storage".
/// </summary>
public sealed class GtidSet : IEquatable<GtidSet>
{
    private readonly GtidSource[] _sources;

    internal GtidSet(GtidSource[] sources) => _sources = sources;

    /// <summary>The set without a transaction.</summary>
    public static GtidSet Empty { get; } = new([]);

    /// <summary>Whether the set holds no transaction.</summary>
    public bool IsEmpty => _sources.Length == 0;

    /// <summary>How many runs of consecutive transactions the set consists of: what its text is long by.</summary>
    public int IntervalCount
    {
        get
        {
            int count = 0;
            foreach (GtidSource source in _sources)
                count += source.Intervals.Length;
            return count;
        }
    }

    /// <summary>Reads a set as MySQL writes it. White space is allowed, the empty text is the empty set.</summary>
    /// <exception cref="FormatException">The text is not a GTID set; the message names the place.</exception>
    public static GtidSet Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return GtidSetParser.TryParse(text, out GtidSet? set, out int position)
            ? set
            : throw new FormatException($"Not a GTID set: unexpected text at position {position} of {text.Length}.");
    }

    /// <summary>Reads a set as MySQL writes it; false for null and for anything that is not a GTID set.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out GtidSet? set)
    {
        set = null;
        return text is not null && GtidSetParser.TryParse(text, out set, out _);
    }

    /// <summary>Whether every transaction of <paramref name="other"/> is in this set. Allocates nothing.</summary>
    public bool Contains(GtidSet other)
    {
        ArgumentNullException.ThrowIfNull(other);
        int at = 0;
        foreach (GtidSource wanted in other._sources)
        {
            while (at < _sources.Length && _sources[at].CompareTo(wanted.Uuid, wanted.Tag) < 0)
                at++;
            if (at == _sources.Length || _sources[at].CompareTo(wanted.Uuid, wanted.Tag) != 0
                || !GtidInterval.Covers(_sources[at].Intervals, wanted.Intervals))
                return false;
        }

        return true;
    }

    /// <summary>The transactions that are in either set.</summary>
    public GtidSet Union(GtidSet other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (Contains(other))
            return this;
        if (other.Contains(this))
            return other;
        GtidSetBuilder union = new();
        union.Add(this);
        union.Add(other);
        return union.Build();
    }

    /// <summary>The transactions of this set that are not in <paramref name="other"/>.</summary>
    public GtidSet Except(GtidSet other)
    {
        ArgumentNullException.ThrowIfNull(other);
        GtidSetBuilder rest = new();
        foreach (GtidSource source in _sources)
        {
            GtidSource? taken = Array.Find(other._sources, candidate => candidate.CompareTo(source.Uuid, source.Tag) == 0);
            foreach (GtidInterval interval in GtidInterval.Difference(source.Intervals, taken is null ? [] : taken.Intervals))
                rest.Add(source.Uuid, source.Tag, interval);
        }

        return rest.Build();
    }

    /// <summary>
    /// Fills the gaps of this set with what <paramref name="history"/> holds there. The result contains this set, adds nothing that
    /// is not in <paramref name="history"/>, and is as short to write as the history is contiguous.
    /// </summary>
    public GtidSet FillGapsFrom(GtidSet history)
    {
        ArgumentNullException.ThrowIfNull(history);
        GtidSetBuilder filled = new();
        filled.Add(this);
        foreach (GtidSource source in _sources)
        {
            GtidSource? past = Array.Find(history._sources, candidate => candidate.CompareTo(source.Uuid, source.Tag) == 0);
            if (past is null)
                continue;
            long first = source.Intervals[0].First;
            long last = source.Intervals[^1].Last;
            foreach (GtidInterval interval in past.Intervals)
            {
                if (interval.First <= last && interval.Last >= first)
                    filled.Add(source.Uuid, source.Tag, new(Math.Max(first, interval.First), Math.Min(last, interval.Last)));
            }
        }

        return filled.Build();
    }

    /// <summary>Whether some transaction of either set comes from a UUID that the other knows too.</summary>
    public bool SharesSourceWith(GtidSet other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Array.Exists(_sources, source => Array.Exists(other._sources, candidate => candidate.Uuid == source.Uuid));
    }

    /// <summary>The canonical text: lower case, sorted, joined runs, no white space. Equal sets have equal texts.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        Guid? uuid = null;
        foreach (GtidSource source in _sources)
        {
            if (source.Uuid != uuid)
                text.Append(uuid is null ? "" : ",").Append(source.Uuid.ToString("D"));
            uuid = source.Uuid;
            if (source.Tag.Length > 0)
                text.Append(':').Append(source.Tag);
            foreach (GtidInterval interval in source.Intervals)
            {
                text.Append(CultureInfo.InvariantCulture, $":{interval.First}");
                if (interval.Last > interval.First)
                    text.Append(CultureInfo.InvariantCulture, $"-{interval.Last}");
            }
        }

        return text.ToString();
    }

    /// <inheritdoc />
    public bool Equals(GtidSet? other) => other is not null && Contains(other) && other.Contains(this);

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as GtidSet);

    /// <inheritdoc />
    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (GtidSource source in _sources)
        {
            hash.Add(source.Uuid);
            hash.Add(source.Tag, StringComparer.Ordinal);
            hash.Add(source.Intervals[^1]);
        }

        return hash.ToHashCode();
    }

    /// <summary>Must be read only: the sources in the server's order.</summary>
    internal ReadOnlySpan<GtidSource> Sources => _sources;
}
