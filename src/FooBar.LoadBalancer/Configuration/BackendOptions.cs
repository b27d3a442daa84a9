namespace FooBar.LoadBalancer.Configuration;

/// <summary>One backend: <c>Gateway:Backends:N</c>.</summary>
internal sealed class BackendOptions
{
    /// <summary>The largest <see cref="Weight"/>.</summary>
    public const int MostWeight = 256;

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

    /// <summary>Its share of the requests, in proportion to the other backends' weights, 1 to 256. Default: 100.</summary>
    public int Weight { get; set; } = 100;

    /// <summary>
    /// Most requests that it has at once, WebSockets included, 0 to 100,000; more wait in the queue. 0: any number. Default: 1,000.
    /// </summary>
    public int MaxInFlight { get; set; } = 1000;

    /// <summary>Adds what is out of range.</summary>
    /// <param name="key">Its key below the section: <c>Backends:N</c>.</param>
    /// <param name="errors">Takes them in.</param>
    internal void Check(string key, OptionErrors errors)
    {
        errors.Range($"{key}:Weight", Weight, 1, MostWeight);
        errors.Range($"{key}:MaxInFlight", MaxInFlight, 0, 100_000);
    }
}
