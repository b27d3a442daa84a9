using System.Diagnostics.CodeAnalysis;

namespace FooBar.Data;

/// <summary>
/// What a session has written, as the GTID set of its own commits: a read that carries it never answers older than that, on
/// whichever node and instance. The default value is the empty token. Carry it from request to request, or to a job, as its text, signed or
/// encrypted where a client holds it. Immutable, thread-safe.
/// </summary>
public readonly struct CausalToken : IEquatable<CausalToken>
{
    /// <summary>The longest text of a token, in characters. What would be longer becomes the token of somebody who must ask the primary.</summary>
    public const int MaximumLength = 2048;

    private const string AskPrimaryText = "primary";

    private readonly GtidSet? _writes;

    /// <summary>The token of the given transactions.</summary>
    public CausalToken(GtidSet writes)
    {
        ArgumentNullException.ThrowIfNull(writes);
        _writes = writes;
    }

    private CausalToken(TokenDefect defect) => Defect = defect;

    /// <summary>The transactions that a read must see.</summary>
    public GtidSet Writes => _writes ?? GtidSet.Empty;

    /// <summary>Whether the session has written nothing that a read could miss.</summary>
    public bool IsEmpty => Writes.IsEmpty && Defect == TokenDefect.None;

    /// <summary>
    /// Why nothing is known of what was written, though something may have been: the session's first read goes to the primary, which tells.
    /// </summary>
    public TokenDefect Defect { get; }

    /// <summary>
    /// In place of a token whose signature or seal is not ours: whoever opens what carries the token, and cannot, makes the session of this.
    /// </summary>
    public static CausalToken Forged => new(TokenDefect.Forged);

    /// <summary>The token of a session that does not know what it has written.</summary>
    internal static CausalToken AskPrimary => new(TokenDefect.Lost);

    /// <summary>
    /// Reads the text of a token that came from outside. Never fails: null and the empty text are the empty token, what is too long or no token
    /// gives one that says so (see <see cref="Defect"/>), and counts as such when a session is made of it.
    /// </summary>
    public static CausalToken Restore(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return default;
        if (text.Length > MaximumLength)
            return new(TokenDefect.Oversized);
        return TryParse(text, out CausalToken token) ? token : new(TokenDefect.Corrupt);
    }

    /// <summary>Reads the text of a token; the empty text is the empty token.</summary>
    /// <exception cref="FormatException">The text is not a token.</exception>
    public static CausalToken Parse(string text) => text == AskPrimaryText ? AskPrimary : new(GtidSet.Parse(text));

    /// <summary>Reads the text of a token; false, and the empty token, for null and for anything else.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out CausalToken token)
    {
        token = default;
        if (text == AskPrimaryText)
            token = AskPrimary;
        else if (GtidSet.TryParse(text, out GtidSet? writes))
            token = new(writes);
        else
            return false;
        return true;
    }

    /// <summary>The token that demands what either demands.</summary>
    public CausalToken Union(CausalToken other) =>
        Defect != TokenDefect.None ? this : other.Defect != TokenDefect.None ? other : new(Writes.Union(other.Writes));

    /// <summary>
    /// The text that <see cref="Restore"/> and <see cref="Parse"/> read: printable ASCII without space, quotes or semicolon, of
    /// <see cref="MaximumLength"/> characters at most.
    /// </summary>
    public override string ToString() =>
        Defect != TokenDefect.None || Writes.ToString() is not { Length: <= MaximumLength } text ? AskPrimaryText : text;

    /// <inheritdoc />
    public bool Equals(CausalToken other) => Defect == other.Defect && Writes.Equals(other.Writes);

    /// <inheritdoc />
    public override bool Equals(object? obj) => obj is CausalToken other && Equals(other);

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Defect, Writes);

    /// <summary>Whether both demand the same transactions.</summary>
    public static bool operator ==(CausalToken left, CausalToken right) => left.Equals(right);

    /// <summary>Whether they demand different transactions.</summary>
    public static bool operator !=(CausalToken left, CausalToken right) => !left.Equals(right);
}

/// <summary>Why a token does not say what was written.</summary>
public enum TokenDefect
{
    /// <summary>It does say so.</summary>
    None,

    /// <summary>Its seal is not ours.</summary>
    Forged,

    /// <summary>Its text is longer than any of ours.</summary>
    Oversized,

    /// <summary>Its text is not a token.</summary>
    Corrupt,

    /// <summary>It demands what the database has never held, or holds no more: another database's, or one that was restored.</summary>
    Foreign,

    /// <summary>The layer could not learn it, or it would have been too long to carry.</summary>
    Lost,
}
