using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace FooBar.LoadBalancer.Cache;

/// <summary>An answer in the cache, ready to be given again. Immutable but for the text that belongs to the present second; safe to share.</summary>
internal sealed class StoredResponse
{
    /// <summary>Bytes of the object itself, and of the texts of the present second.</summary>
    private const int Overhead = 352;

    private readonly KeyValuePair<string, StringValues>[] _headers;
    private readonly KeyValuePair<string, StringValues>[] _notModifiedHeaders;
    private volatile AgeText? _ageText;

    /// <summary>Makes one of an answer that has come whole.</summary>
    /// <param name="status">Its status.</param>
    /// <param name="headers">What is kept of its header fields (<see cref="StoredHeaders.Kept"/>).</param>
    /// <param name="body">Its body.</param>
    /// <param name="receipt">How it came.</param>
    public StoredResponse(int status, KeyValuePair<string, StringValues>[] headers, StoredBody body, in Receipt receipt)
    {
        Status = status;
        Body = body;
        Vary = receipt.Vary;
        Freshness = receipt.Freshness;
        IsForAuthorized = receipt.IsForAuthorized;
        ReceivedAt = receipt.Timestamp;
        _headers = headers;
        _notModifiedHeaders = StoredHeaders.ForNotModified(headers);
        ETag = ValueOf("ETag");
        LastModified = ValueOf("Last-Modified");
        LastModifiedAt = HttpDate.Parse(LastModified, receipt.Now);
        Date = HttpDate.Parse(ValueOf("Date"), receipt.Now) ?? receipt.Now;
    }

    /// <summary>Its status.</summary>
    public int Status { get; }

    /// <summary>Its body.</summary>
    public StoredBody Body { get; }

    /// <summary>The requests that it is for.</summary>
    public VaryFields Vary { get; }

    /// <summary>For how long.</summary>
    public Freshness Freshness { get; }

    /// <summary>Whether it may answer a request with Authorization.</summary>
    public bool IsForAuthorized { get; }

    /// <summary>When it came, or was last confirmed: a timestamp.</summary>
    public long ReceivedAt { get; }

    /// <summary>Its tag; null if it has none.</summary>
    public string? ETag { get; }

    /// <summary>The Last-Modified field; null if it has none.</summary>
    public string? LastModified { get; }

    /// <summary>What that says; null if it is no date.</summary>
    public DateTimeOffset? LastModifiedAt { get; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset Date { get; }

    /// <summary>Its header fields, without Age and length.</summary>
    public ReadOnlySpan<KeyValuePair<string, StringValues>> Headers => _headers;

    /// <summary>Those of them that a 304 has.</summary>
    public ReadOnlySpan<KeyValuePair<string, StringValues>> NotModifiedHeaders => _notModifiedHeaders;

    /// <summary>Whether the backend can be asked if it is still right.</summary>
    public bool HasValidator => ETag is not null || LastModified is not null;

    /// <summary>Whether an answer that has just come, or was just confirmed, can be used by others.</summary>
    public bool IsReusable => !Freshness.AlwaysValidate && Freshness.LifetimeSeconds > 0;

    /// <summary>Bytes of memory: headers, body, and what holds them. The strings of the 304's headers are the same ones.</summary>
    public long Size => Overhead + StoredHeaders.Size(_headers) + MemorySize.Array(16L * _notModifiedHeaders.Length) + Vary.Size + Body.Size;

    /// <summary>Whether an answer to HEAD speaks of the same representation, by what it says of it (RFC 9111, 4.3.5).</summary>
    public bool IsDescribedBy(IHeaderDictionary head) =>
        (head.ETag.Count == 0 || head.ETag == ETag)
        && (head.LastModified.Count == 0 || head.LastModified == LastModified)
        && (head.ContentLength ?? Body.Length) == Body.Length;

    /// <summary>The seconds of its age, and the two texts that go out with them. They are made once a second, not once a request.</summary>
    /// <param name="sinceReceived">Time since <see cref="ReceivedAt"/>.</param>
    public AgeText AgeAt(TimeSpan sinceReceived)
    {
        long age = (long)(Freshness.InitialAge + sinceReceived).TotalSeconds;
        AgeText? text = _ageText;
        return text?.Seconds == age ? text : _ageText = new AgeText(age, Freshness.LifetimeSeconds ?? 0);
    }

    /// <summary>A field's only line; null if there is none, or several that contradict each other.</summary>
    private string? ValueOf(string name)
    {
        foreach (KeyValuePair<string, StringValues> field in _headers)
        {
            if (field.Key.Equals(name, StringComparison.OrdinalIgnoreCase))
                return field.Value.Count == 1 ? field.Value[0] : null;
        }

        return null;
    }

    /// <summary>What is known of an answer beside its fields.</summary>
    /// <param name="Now">When it came, by the clock.</param>
    /// <param name="Timestamp">The same, as a timestamp.</param>
    /// <param name="Freshness">What follows from its fields.</param>
    /// <param name="IsForAuthorized">Whether it may answer a request with Authorization.</param>
    /// <param name="Vary">The requests that it is for.</param>
    internal readonly record struct Receipt(DateTimeOffset Now, long Timestamp, Freshness Freshness, bool IsForAuthorized, VaryFields Vary);

    /// <summary>How old an answer is, in the words of its header fields.</summary>
    internal sealed class AgeText(long seconds, long lifetime)
    {
        /// <summary>Seconds.</summary>
        public long Seconds { get; } = seconds;

        /// <summary>The Age field.</summary>
        public StringValues Age { get; } = seconds.ToString(CultureInfo.InvariantCulture);

        /// <summary>The Cache-Status field.</summary>
        public string Status { get; } = CacheStatus.Hit(lifetime - seconds);
    }
}
