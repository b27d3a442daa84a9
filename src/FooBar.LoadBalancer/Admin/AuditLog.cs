using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using FooBar.LoadBalancer.AccessLog;
using FooBar.LoadBalancer.Metrics;

namespace FooBar.LoadBalancer.Admin;

/// <summary>
/// One JSON line for each action of the admin API and each attempt that was refused, on the output of the access log. Written before the answer
/// goes out, and never dropped for want of time. Thread-safe.
/// </summary>
internal sealed partial class AuditLog(AccessLogOutput output, AdminMetrics metrics, TimeProvider time, ILogger<AuditLog> logger)
{
    private const int LongestText = 1024;

    private static readonly JsonWriterOptions _json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a line. An output that is broken does not keep anybody from acting: the counter and the program log tell.</summary>
    public void Write(AuditEntry entry)
    {
        ArrayBufferWriter<byte> line = new();
        using (Utf8JsonWriter json = new(line, _json))
            Write(json, entry);
        line.Write("\n"u8);
        try
        {
            output.Writer.Write(Encoding.UTF8.GetString(line.WrittenSpan));
            output.Writer.Flush();
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or UnauthorizedAccessException)
        {
            metrics.AuditLost();
            LogLost(entry.RequestId, exception.Message);
        }
    }

    private void Write(Utf8JsonWriter json, AuditEntry entry)
    {
        json.WriteStartObject();
        json.WriteString("log"u8, "audit"u8);
        json.WriteString("timestamp"u8, time.GetUtcNow().UtcDateTime);
        json.WriteString("request_id"u8, entry.RequestId);
        Text("client", entry.Caller.Client);
        Text("address", entry.Caller.Address);
        Text("token", entry.Caller.Token);
        Text("request", entry.Request);
        Text("action", entry.Action);
        Text("target", entry.Target);
        Text("before", entry.Before);
        Text("after", entry.After);
        Text("reason", entry.Reason);
        Text("result", entry.Result);
        json.WriteNumber("status"u8, entry.Status);
        Text("detail", entry.Detail);
        if (entry.PassedOver > 0)
            json.WriteNumber("passed_over"u8, entry.PassedOver);
        json.WriteEndObject();

        void Text(string name, string? value)
        {
            if (value is null)
                json.WriteNull(name);
            else
                json.WriteString(name, value.AsSpan(0, Math.Min(value.Length, LongestText)));
        }
    }

    [LoggerMessage(1702, LogLevel.Error, "The audit log's line about request {RequestId} could not be written: {Failure}")]
    private partial void LogLost(string requestId, string failure);
}

/// <summary>What the audit log says of one request to the admin API. Immutable.</summary>
/// <param name="RequestId">32 hexadecimal digits, as in the answer.</param>
/// <param name="Caller">Who.</param>
/// <param name="Request">Method and path.</param>
/// <param name="Status">The status that was answered.</param>
internal sealed record AuditEntry(string RequestId, AdminCaller Caller, string Request, int Status)
{
    /// <summary>What: <c>state</c>, <c>reload</c>, ...; null when the request did not get that far.</summary>
    public string? Action { get; init; }

    /// <summary>The backend, or whatever else it was about; null when it was about the gateway.</summary>
    public string? Target { get; init; }

    /// <summary>What it was; null when nothing was changed.</summary>
    public string? Before { get; init; }

    /// <summary>What it is now; null when nothing was changed.</summary>
    public string? After { get; init; }

    /// <summary>Why, in the caller's words; null when it gave none.</summary>
    public string? Reason { get; init; }

    /// <summary>What was wrong; null when nothing was.</summary>
    public string? Detail { get; init; }

    /// <summary>Failed attempts since the last line about one that came too quickly to have a line each.</summary>
    public int PassedOver { get; init; }

    /// <summary><c>done</c>, <c>refused</c> or <c>failed</c>, which is the gateway's own fault.</summary>
    public string Result => Status switch
    {
        < 400 => "done",
        < 500 => "refused",
        _ => "failed",
    };
}
