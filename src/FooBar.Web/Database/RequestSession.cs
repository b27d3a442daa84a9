using FooBar.Data;

namespace FooBar.Web.Database;

/// <summary>
/// The database session of one request. It is made when the first query needs it, from the token that the visitor's cookie brought.
/// Not thread-safe; one per request.
/// </summary>
internal sealed class RequestSession(Data.Database database)
{
    private DatabaseSession? _session;

    /// <summary>What the visitor has written before. To be set before <see cref="Session"/> is used for the first time.</summary>
    public CausalToken Incoming { get; set; }

    public DatabaseSession Session => _session ??= database.CreateSession(Incoming);

    /// <summary>What the visitor has to bring along next time: the incoming token and what this request wrote. Null when it asked nothing.</summary>
    public CausalToken? Outgoing => _session?.Token;

    /// <summary>Whether a part of the incoming token belongs to another history.</summary>
    public bool HasDroppedIncoming => _session is { HasDroppedToken: true };
}
