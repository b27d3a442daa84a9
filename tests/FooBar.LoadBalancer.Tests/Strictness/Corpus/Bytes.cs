namespace FooBar.LoadBalancer.Tests.Strictness.Corpus;

/// <summary>What most cases send around what is special about them.</summary>
internal static class Bytes
{
    /// <summary>A chunked body of "hello".</summary>
    public const string Chunks = "5\r\nhello\r\n0\r\n\r\n";

    /// <summary>A request that a client hides in another one.</summary>
    public const string Hidden = "GET /hidden HTTP/1.1\r\nHost: localhost\r\n\r\n";

    /// <summary>What follows holds for each of these.</summary>
    public static string[] Each(params string[] values) => values;

    /// <summary>GET with these header lines, each with its end.</summary>
    public static string Get(string headers = "", string target = "/") => $"GET {target} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n";

    /// <summary>POST with these header lines, each with its end, and a body.</summary>
    public static string Post(string headers, string body) => $"POST / HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n{body}";
}
