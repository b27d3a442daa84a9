using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace FooBar.LoadBalancer.Tests.Strictness.Wire;

/// <summary>One request as a backend has it.</summary>
/// <param name="Line">Method and target.</param>
/// <param name="Headers">Its headers, in their order.</param>
/// <param name="Body">Its body; null if it has none.</param>
internal sealed partial record SeenRequest(string Line, List<(string Name, string Value)> Headers, byte[]? Body)
{
    private static readonly string[] Ours = ["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Request-Id"];

    /// <summary>What the gateway may add besides: its place in the trace.</summary>
    private const string Trace = "traceparent";

    /// <summary>Headers that no request from the gateway may have, whatever the client sent.</summary>
    private static readonly string[] Never =
    [
        "Connection", "Forwarded", "HTTP2-Settings", "Keep-Alive", "Proxy", "Proxy-Authorization", "Proxy-Connection", "TE", "Upgrade",
        "X-Real-IP", "X-Client-IP", "True-Client-IP", "X-Rewrite-URL", "X-Host",
    ];

    /// <summary>The fields behind its body.</summary>
    public List<(string Name, string Value)> Trailers { get; init; } = [];

    /// <summary>The gateway's id for it; empty if it has none.</summary>
    public string Id => WireReader.Values(Headers, "X-Request-Id").FirstOrDefault() ?? "";

    /// <summary>Whether it is one of the gateway's own health checks, which look like nothing that a client could have forwarded.</summary>
    public bool IsHealthCheck =>
        Line == "GET /health/ready"
        && Body is null
        && Headers.Select(header => header.Name).Order(StringComparer.Ordinal).SequenceEqual(["Host", "User-Agent"])
        && WireReader.Values(Headers, "User-Agent").Single() == "foobar-gateway-health";

    /// <summary>
    /// All of it in one way of writing, but for what the gateway adds: names in small letters, in the alphabet's order, those of trailers with
    /// a word before them.
    /// </summary>
    public string Form => Write(
        Line,
        [
            .. Headers.Where(header => header.Name != Trace && !Ours.Contains(header.Name, StringComparer.OrdinalIgnoreCase)),
            .. Trailers.Select(trailer => ($"behind {trailer.Name}", trailer.Value)),
        ],
        Body);

    /// <summary>Writes a request in that way.</summary>
    public static string Write(string line, IEnumerable<(string Name, string Value)> headers, byte[]? body)
    {
        IEnumerable<string> lines = headers.Select(header => $"{header.Name.ToLowerInvariant()}: {header.Value}").Order(StringComparer.Ordinal);
        return WireReader.Visible($"{line} | {string.Join(" | ", lines)} | {Encoding.Latin1.GetString(body ?? [])}");
    }

    /// <summary>Reads one off a connection; null at its end.</summary>
    /// <param name="reader">The connection.</param>
    /// <param name="onHead">Called when the head is complete.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="WireException">It is not written as a gateway should.</exception>
    public static async Task<SeenRequest?> ReadAsync(WireReader reader, Func<SeenRequest, Task> onHead, CancellationToken cancel)
    {
        if (await reader.ReadLineAsync(cancel) is not { } line)
            return null;
        if (!RequestLine().IsMatch(line))
            throw new WireException($"no request line: '{WireReader.Visible(line)}'");

        List<(string, string)> headers = await reader.ReadHeadersAsync(cancel);
        SeenRequest head = new(line[..line.LastIndexOf(' ')], headers, null);
        await onHead(head);
        List<(string, string)> trailers = [];
        return head with { Body = await reader.ReadBodyAsync(headers, cancel, trailers), Trailers = trailers };
    }

    /// <summary>What is wrong with a request that the gateway forwarded; empty if nothing is.</summary>
    public IEnumerable<string> Faults()
    {
        if (IsHealthCheck)
            yield break;

        string[] hosts = WireReader.Values(Headers, "Host");
        if (hosts.Length != 1)
            yield return $"{hosts.Length} Host headers";
        foreach (string name in Ours.Where(name => WireReader.Values(Headers, name).Length != 1))
            yield return $"{name} is there {WireReader.Values(Headers, name).Length} times";
        if (WireReader.Values(Headers, Trace).Length > 1)
            yield return "two trace headers";
        if (!IPAddress.Loopback.ToString().Equals(WireReader.Values(Headers, "X-Forwarded-For").FirstOrDefault(), StringComparison.Ordinal))
            yield return "X-Forwarded-For is not the client";
        if (WireReader.Values(Headers, "X-Forwarded-Proto").FirstOrDefault() != "https")
            yield return "X-Forwarded-Proto is not https";
        if (WireReader.Values(Headers, "X-Forwarded-Host").FirstOrDefault() != hosts.FirstOrDefault())
            yield return "X-Forwarded-Host is not the host";
        if (!RequestId().IsMatch(Id))
            yield return "X-Request-Id is not the gateway's";

        string[] announced = WireReader.Values(Headers, "Trailer");
        if (announced.Length > 0 && WireReader.Values(Headers, "Transfer-Encoding").Length == 0)
            yield return "trailers are announced for a body that can have none";
        foreach ((string name, _) in Trailers.Where(trailer => !announced.SelectMany(list => list.Split(", ")).Contains(trailer.Name, StringComparer.OrdinalIgnoreCase)))
            yield return $"{name} stands behind the body and was not announced";

        bool isWebSocket = WireReader.Values(Headers, "Upgrade").SequenceEqual(["websocket"]);
        foreach ((string name, _) in Headers)
        {
            bool forbidden = Never.Contains(name, StringComparer.OrdinalIgnoreCase)
                || (name.StartsWith("X-Forwarded", StringComparison.OrdinalIgnoreCase) && !Ours.Contains(name, StringComparer.OrdinalIgnoreCase))
                || name.StartsWith("X-Original-", StringComparison.OrdinalIgnoreCase);
            if (forbidden && !(isWebSocket && name is "Connection" or "Upgrade"))
                yield return $"{name} must not be there";
        }
    }

    [GeneratedRegex("^[A-Z-]{1,32} /[!-~]* HTTP/1\\.1\\z")]
    private static partial Regex RequestLine();

    [GeneratedRegex("^[0-9a-f]{32}\\z")]
    private static partial Regex RequestId();
}
