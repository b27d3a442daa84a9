namespace FooBar.LoadBalancer.Configuration;

/// <summary>One backend: <c>Gateway:Backends:N</c>.</summary>
internal sealed class BackendOptions
{
    /// <summary>
    /// Name in metrics and logs, 1 to 63 characters of a-z, A-Z, 0-9, dot, dash and underscore, unique among the backends (case does
    /// not matter). Required.
    /// </summary>
    public string Name { get; set; } = "";

    /// <summary>
    /// Where it listens: <c>https://HOST:PORT</c>, nothing after the port. Its certificate must carry HOST, a name or an IP address.
    /// Required.
    /// </summary>
    public string Url { get; set; } = "";
}
