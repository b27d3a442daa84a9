using System.Net.Http.Headers;

namespace FooBar.Load.Journeys;

/// <summary>What the site answered.</summary>
/// <param name="Status">The status code.</param>
/// <param name="Location">Where it leads; null when it leads nowhere.</param>
/// <param name="Body">The whole body.</param>
internal sealed record Answer(int Status, string? Location, string Body);

/// <summary>One visitor: a client with its own cookies and connections. Requests may run at the same time.</summary>
public sealed class Visitor
{
    private readonly HttpClient _http;
    private readonly Func<string> _unique;

    internal Visitor(HttpClient http, Func<string> unique)
    {
        _http = http;
        _unique = unique;
        _http.Timeout = Timeout.InfiniteTimeSpan;
        _http.DefaultRequestHeaders.CacheControl = new CacheControlHeaderValue { NoCache = true };
    }

    /// <summary>Gets a page that no cache can hold: the address is like no other that was ever asked for, and RFC 9111, 5.2.1.4 forbids a stored answer too.</summary>
    internal Task<Answer> GetAsync(string path, CancellationToken cancellationToken)
    {
        char separator = path.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        return SendAsync(new HttpRequestMessage(HttpMethod.Get, $"{path}{separator}load={_unique()}"), cancellationToken);
    }

    internal Task<Answer> PostAsync(string path, IEnumerable<KeyValuePair<string, string>> fields, CancellationToken cancellationToken) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Post, path) { Content = new FormUrlEncodedContent(fields) }, cancellationToken);

    internal void Close() => _http.Dispose();

    private async Task<Answer> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using (request)
        {
            // HttpClient.DefaultRequestVersion is for the requests that it makes itself.
            request.Version = _http.DefaultRequestVersion;
            request.VersionPolicy = _http.DefaultVersionPolicy;
            using HttpResponseMessage answer = await _http.SendAsync(request, cancellationToken).ConfigureAwait(false);
            string body = await answer.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
            return new Answer((int)answer.StatusCode, answer.Headers.Location?.OriginalString, body);
        }
    }
}
