namespace FooBar.Browser.Tests;

/// <summary>The running site that the tests look at.</summary>
/// <param name="BaseUrl">Its public address, https, without a path.</param>
/// <param name="CaFile">PEM file of the authority that signed its certificate; the browser trusts this one alone.</param>
public sealed record SiteUnderTest(Uri BaseUrl, string CaFile)
{
    /// <summary>Names the environment variable that holds <see cref="BaseUrl"/>.</summary>
    public const string UrlVariable = "FOOBAR_SITE_URL";

    /// <summary>Names the environment variable that holds <see cref="CaFile"/>.</summary>
    public const string CaVariable = "FOOBAR_SITE_CA";

    /// <summary>Reads the site from environment variables.</summary>
    /// <exception cref="InvalidOperationException">A variable is missing or wrong; the message says which and what to do.</exception>
    public static SiteUnderTest Read(Func<string, string?> variable)
    {
        string url = Required(variable, UrlVariable);
        string ca = Required(variable, CaVariable);
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? baseUrl) || baseUrl.Scheme != Uri.UriSchemeHttps || baseUrl.PathAndQuery != "/")
            throw new InvalidOperationException($"{UrlVariable} is '{url}': expected an address like https://localhost:8443, without a path.");
        if (!File.Exists(ca))
            throw new InvalidOperationException($"{CaVariable} is '{ca}': there is no such file. It names the PEM file of the site's authority.");
        return new SiteUnderTest(baseUrl, Path.GetFullPath(ca));
    }

    /// <summary>Whether a request stays with the site: same scheme, host and port.</summary>
    public bool Owns(Uri address) =>
        address.Scheme == BaseUrl.Scheme && address.IdnHost == BaseUrl.IdnHost && address.Port == BaseUrl.Port;

    private static string Required(Func<string, string?> variable, string name) =>
        variable(name) is { Length: > 0 } value
            ? value
            : throw new InvalidOperationException($"{name} is not set: run ./foobar test, or set {UrlVariable} and {CaVariable} to a running site.");
}
