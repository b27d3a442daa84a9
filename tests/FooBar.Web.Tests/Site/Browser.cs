using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;

namespace FooBar.Web.Tests.Site;

/// <summary>What the site answered. The document is parsed as browsers parse it.</summary>
public sealed record Answer(int Status, HttpResponseHeaders Headers, HttpContentHeaders ContentHeaders, string Text)
{
    private IHtmlDocument? _document;

    public IHtmlDocument Document => _document ??= new HtmlParser().ParseDocument(Text);

    public string? Location => Headers.Location?.OriginalString;

    public string? CacheControl => Headers.CacheControl?.ToString();

    public IEnumerable<string> SetCookies => Headers.TryGetValues("Set-Cookie", out IEnumerable<string>? values) ? values : [];

    public string Header(string name) => Assert.Single(Headers.GetValues(name));

    public IElement Only(string selector) => Assert.Single(Document.QuerySelectorAll(selector));

    public string TextOf(string selector) => Only(selector).TextContent.Trim();

    /// <summary>What the form on the page would send, field by field.</summary>
    public Dictionary<string, string> Form() => Document.QuerySelectorAll("form input, form textarea")
        .ToDictionary(
            field => field.GetAttribute("name")!,
            field => field is IHtmlTextAreaElement area ? area.Value : ((IHtmlInputElement)field).Value);
}

/// <summary>A visitor: keeps cookies, follows no redirects, believes only the test's authority.</summary>
public sealed class Browser : IDisposable
{
    private readonly HttpClient _client;

    public Browser(string caPath)
    {
        X509ChainPolicy chain = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        chain.CustomTrustStore.ImportFromPemFile(caPath);
        _client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            CookieContainer = Cookies,
            SslOptions = { CertificateChainPolicy = chain },
        });
    }

    public CookieContainer Cookies { get; } = new();

    public Task<Answer> GetAsync(WebInstance instance, string path, params (string Name, string Value)[] headers) =>
        SendAsync(instance, HttpMethod.Get, path, null, headers);

    public Task<Answer> PostAsync(WebInstance instance, string path, IEnumerable<KeyValuePair<string, string>> form) =>
        SendAsync(instance, HttpMethod.Post, path, new FormUrlEncodedContent(form));

    public async Task<Answer> SendAsync(
        WebInstance instance, HttpMethod method, string path, HttpContent? content, params (string Name, string Value)[] headers)
    {
        // A string and not a Uri joined to another: the path goes out as it is written.
        using HttpRequestMessage request = new(method, instance.Url.GetLeftPart(UriPartial.Authority) + path) { Content = content };
        foreach ((string name, string value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using HttpResponseMessage response = await _client.SendAsync(request);
        string text = await response.Content.ReadAsStringAsync();
        return new Answer((int)response.StatusCode, response.Headers, response.Content.Headers, text);
    }

    public void Dispose() => _client.Dispose();
}
