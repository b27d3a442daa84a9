using System.Diagnostics.CodeAnalysis;

namespace FooBar.Data;

/// <summary>
/// What a session has written, as the GTID set of its own commits: a read that carries it never answers older than that, on
/// whichever node and instance. The default value is the empty token. Carry it from request to request as its text, signed or
/// encrypted where a client holds it. Immutable, thread-safe.
/// </summary>
public readonly struct CausalToken : IEquatable<CausalToken>
{
    private readonly GtidSet? _writes;

    /// <summary>The token of the given transactions.</summary>
    public CausalToken(GtidSet writes)
    {
        ArgumentNullException.ThrowIfNull(writes);
        _writes = writes;
    }

    /// <summary>The transactions that a read must see.</summary>
    public GtidSet Writes => _writes ?? GtidSet.Empty;

    /// <summary>Whether the session has written nothing that a read could miss.</summary>
    public bool IsEmpty => Writes.IsEmpty;

    /// <summary>Reads the text of a token; the empty text is the empty token.</summary>
    /// <exception cref="FormatException">The text is not a token.</exception>
    public static CausalToken Parse(string text) => new(GtidSet.Parse(text));

    /// <summary>Reads the text of a token; false, and the empty token, for null and for anything else.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out CausalToken token)
    {
        bool understood = GtidSet.TryParse(text, out GtidSet? writes);
        token = understood ? new(writes!) : default;
        return understood;
    }

    /// <summary>The token that demands what either demands.</summary>
    public CausalToken Union(CausalToken other) => new(Writes.Union(other.Writes));

    /// <summary>The text that <see cref="Parse"/> reads: printable ASCII without space, quotes or semicolon.</summary>
    public override string ToString() => Writes.ToString();

    /// <inheritdoc />
    public bool Equals(CausalToken other) => Writes.Equals(other.Writes);

    /// <inheritdoc />
    public override bool Equals(object? obj) => obj is CausalToken other && Equals(other);

    /// <inheritdoc />
    public override int GetHashCode() => Writes.GetHashCode();

    /// <summary>Whether both demand the same transactions.</summary>
    public static bool operator ==(CausalToken left, CausalToken right) => left.Equals(right);

    /// <summary>Whether they demand different transactions.</summary>
    public static bool operator !=(CausalToken left, CausalToken right) => !left.Equals(right);
}
