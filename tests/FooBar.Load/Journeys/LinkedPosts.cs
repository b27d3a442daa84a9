namespace FooBar.Load.Journeys;

/// <summary>
/// The posts that the front page linked to at least <see cref="Settling"/> ago. Two reads of one visitor may go to two replicas, and the
/// site promises everybody their own posts at once, not those of others: a link that was new a moment ago may lead to one that has not got it
/// yet. Thread-safe.
/// </summary>
internal sealed class LinkedPosts(TimeProvider time)
{
    public static readonly TimeSpan Settling = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private IReadOnlyList<string> _settled = [];
    private IReadOnlyList<string> _seen = [];
    private long _seenAt;

    /// <summary>Whether it is time to look at the front page again.</summary>
    public bool IsStale
    {
        get
        {
            lock (_lock)
            {
                return _settled.Count == 0 || time.GetElapsedTime(_seenAt) >= Settling;
            }
        }
    }

    /// <summary>Takes what the front page links to now. The first links are used as they come: there is nothing else.</summary>
    public void Offer(IReadOnlyList<string> links)
    {
        lock (_lock)
        {
            if (_settled.Count > 0 && time.GetElapsedTime(_seenAt) < Settling)
            {
                return;
            }

            _settled = _seen.Count == 0 ? links : _seen;
            _seen = links;
            _seenAt = time.GetTimestamp();
        }
    }

    /// <summary>One at random; null when the front page linked to none.</summary>
    public string? Choose()
    {
        lock (_lock)
        {
            return _settled.Count == 0 ? null : _settled[Random.Shared.Next(_settled.Count)];
        }
    }
}
