using System.Globalization;

namespace FooBar.Data;

/// <summary>
/// How new a read's answer must be. The default value is <see cref="OwnWrites"/>. Every kind but <see cref="Any"/> sees what its session has
/// written. Immutable, thread-safe.
/// </summary>
public readonly struct Freshness : IEquatable<Freshness>
{
    /// <summary>The longest bound of <see cref="AtMost"/>: behind it, the samples of the primary's past lie too far apart to prove anything.</summary>
    public static readonly TimeSpan LongestBound = TimeSpan.FromHours(1);

    private const long LatestMark = -1;
    private const long AnyMark = -2;

    /// <summary>The bound in ticks; 0 for none, negative for the other kinds. One word: it lies in every read's state.</summary>
    private readonly long _ticks;

    private Freshness(long ticks) => _ticks = ticks;

    /// <summary>Never older than what this session, or whoever handed on its token, has written.</summary>
    public static Freshness OwnWrites => default;

    /// <summary>
    /// Everything that was acknowledged to anyone before the read began. Answered by the primary, in a group behind proof that it is not cut off.
    /// </summary>
    public static Freshness Latest => new(LatestMark);

    /// <summary>What any node holds, however old, also older than the session's own writes.</summary>
    public static Freshness Any => new(AnyMark);

    /// <summary>
    /// As <see cref="OwnWrites"/>, and everything that was acknowledged to anyone earlier than <paramref name="bound"/> before the read began.
    /// Proven from samples of the primary's executed set, by this process's clock alone. A bound shorter than the monitor's
    /// interval is answered by the primary, most of the time.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The bound is not longer than zero, or longer than an hour.</exception>
    public static Freshness AtMost(TimeSpan bound) => bound > TimeSpan.Zero && bound <= LongestBound
        ? new(bound.Ticks)
        : throw new ArgumentOutOfRangeException(
            nameof(bound), bound, $"A staleness bound must be longer than zero and at most {LongestBound}.");

    /// <summary>How old the answer may be; null for the kinds without a bound.</summary>
    public TimeSpan? Bound => _ticks > 0 ? TimeSpan.FromTicks(_ticks) : null;

    /// <summary>Such as <c>OwnWrites</c> or <c>AtMost(00:00:01)</c>.</summary>
    public override string ToString() => _ticks switch
    {
        0 => nameof(OwnWrites),
        LatestMark => nameof(Latest),
        AnyMark => nameof(Any),
        _ => string.Create(CultureInfo.InvariantCulture, $"{nameof(AtMost)}({TimeSpan.FromTicks(_ticks)})"),
    };

    /// <inheritdoc />
    public bool Equals(Freshness other) => _ticks == other._ticks;

    /// <inheritdoc />
    public override bool Equals(object? obj) => obj is Freshness other && Equals(other);

    /// <inheritdoc />
    public override int GetHashCode() => _ticks.GetHashCode();

    /// <summary>Whether both are of one kind and bound.</summary>
    public static bool operator ==(Freshness left, Freshness right) => left.Equals(right);

    /// <summary>Whether they differ in kind or bound.</summary>
    public static bool operator !=(Freshness left, Freshness right) => !left.Equals(right);
}
