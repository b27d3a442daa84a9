namespace FooBar.LoadBalancer.Configuration;

/// <summary>What is special about some paths: <c>Gateway:Routes:N</c>. A path that no route names is treated by the general options.</summary>
internal sealed class RouteOptions
{
    /// <summary>
    /// The path, which starts with a slash: this one exactly, or with <c>/*</c> at the end all paths below it. Case matters. Of several
    /// that fit, an exact one wins, then the longest. Required, and each only once.
    /// </summary>
    public string Path { get; set; } = "";

    /// <summary>
    /// Name of the query parameter that carries the operation's id, 1 to 32 letters, digits, dash and underscore. By naming it the site promises that it does
    /// the work once however often such a request is sent: it is retried like a GET then. Default: none, only an
    /// <c>Idempotency-Key</c> header says so.
    /// </summary>
    public string? OperationParameter { get; set; }

    /// <summary>Largest request body in bytes, 0 to 1 GiB. Default: <see cref="LimitOptions.RequestBodyBytes"/>.</summary>
    public long? RequestBodyBytes { get; set; }

    /// <summary>
    /// Whether gRPC is forwarded, over HTTP/2; all limits hold for it as for any request. Such a request is tried once. Default: false, it is refused with 415.
    /// </summary>
    public bool Grpc { get; set; }

    /// <summary>Adds what is wrong.</summary>
    internal void Check(string key, OptionErrors errors)
    {
        string exact = Path.EndsWith("/*", StringComparison.Ordinal) ? Path[..^1] : Path;
        if (!exact.StartsWith('/') || exact.AsSpan().ContainsAny("*?#%"))
            errors.Add($"{key}:Path is \"{Path}\"; it must start with /, may end with /*, and has no other *, no ?, # or %");
        if (OperationParameter is { } parameter && (parameter.Length is 0 or > 32 || !parameter.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')))
            errors.Add($"{key}:OperationParameter is \"{parameter}\"; it must be 1 to 32 letters, digits, dashes and underscores");
        if (RequestBodyBytes is { } bytes)
            errors.Range($"{key}:RequestBodyBytes", bytes, 0L, 1024 * 1024 * 1024);
    }
}
