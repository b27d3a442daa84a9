using System.Text.Json;
using FooBar.LoadBalancer.Tests.Support;

namespace FooBar.LoadBalancer.Tests.Strictness;

/// <summary>A gateway's access log by request id. Not thread-safe.</summary>
internal sealed class AccessLogIndex(TestGateway gateway)
{
    private readonly Dictionary<string, JsonElement> _byId = new(StringComparer.Ordinal);
    private int _read;

    /// <summary>Waits for the line about a request and returns it.</summary>
    public async Task<JsonElement> LineAsync(string id)
    {
        await Eventually.TrueAsync(
            () =>
            {
                Read();
                return _byId.ContainsKey(id);
            },
            () => $"no access-log line {id}\n{gateway.Log}");
        return _byId[id];
    }

    /// <summary>Waits until so many requests of a protocol were refused for a reason.</summary>
    public Task RefusedAsync(string protocol, string reason, int count) => Eventually.TrueAsync(
        () =>
        {
            Read();
            return _byId.Values.Count(line => Text(line, "protocol") == protocol && Text(line, "reason") == reason) == count;
        },
        () => $"not {count} access-log lines of {protocol} with the reason {reason}");

    /// <summary>The ids of all requests that ended so.</summary>
    public string[] Ended(string how)
    {
        Read();
        return [.. _byId.Where(line => Text(line.Value, "end") == how).Select(line => line.Key)];
    }

    /// <summary>A text in a line; "none" where it is not there.</summary>
    public static string Text(JsonElement line, string name) => line.TryGetProperty(name, out JsonElement value) ? value.GetString() ?? "null" : "none";

    private void Read()
    {
        foreach (string text in gateway.AccessLogLines.Skip(_read))
        {
            using JsonDocument document = JsonDocument.Parse(text);
            _byId.Add(document.RootElement.GetProperty("request_id").GetString()!, document.RootElement.Clone());
            _read++;
        }
    }
}
