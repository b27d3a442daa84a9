using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using FooBar.LoadBalancer.Cache;
using FooBar.LoadBalancer.Edge.Strictness;
using FooBar.LoadBalancer.Forwarding;
using FooBar.LoadBalancer.Limits;

namespace FooBar.LoadBalancer.AccessLog;

/// <summary>Writes entries as JSON, one object a line. Not thread-safe.</summary>
internal sealed class AccessLogFormat : IDisposable
{
    /// <summary>Longer values from the client are cut: a line must stay one that tools can read.</summary>
    private const int LongestText = 1024;

    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly Utf8JsonWriter _json;

    /// <summary>An empty buffer.</summary>
    public AccessLogFormat() => _json = new Utf8JsonWriter(_buffer, new JsonWriterOptions
    {
        // The lines are read by log tools, never put into HTML; control characters and quotes are escaped all the same.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    /// <summary>The lines since the last <see cref="Clear"/>, UTF-8.</summary>
    public ReadOnlySpan<byte> Written => _buffer.WrittenSpan;

    /// <summary>Forgets the lines.</summary>
    public void Clear() => _buffer.ResetWrittenCount();

    /// <summary>Adds a line.</summary>
    public void Add(AccessLogEntry entry)
    {
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteString("log"u8, "access"u8);
        _json.WriteString("timestamp"u8, entry.StartedAt.UtcDateTime);
        _json.WriteString("request_id"u8, entry.RequestId);
        _json.WriteString("trace_id"u8, entry.TraceId);
        if (entry.IsSampled)
            _json.WriteBoolean("sampled"u8, true);
        _json.WriteString("client"u8, entry.ClientAddress);
        _json.WriteString("protocol"u8, entry.Protocol);
        _json.WriteString("method"u8, Cut(entry.Method));
        _json.WriteString("host"u8, Cut(entry.Host));
        _json.WriteString("path"u8, Cut(entry.Path));
        _json.WriteNumber("status"u8, entry.Status);
        _json.WriteNumber("bytes"u8, entry.Bytes);
        Write("duration_ms"u8, entry.Duration);
        Write("queue_ms"u8, entry.Queued);
        Write("connect_ms"u8, entry.Connected);
        Write("first_byte_ms"u8, entry.FirstByte);
        _json.WriteString("backend"u8, entry.Backend);
        _json.WriteNumber("tries"u8, entry.Tries);
        _json.WriteString("end"u8, entry.Outcome.Text());
        _json.WriteString("cache"u8, entry.Cache.Text());
        if ((entry.Shed?.Text() ?? entry.Refusal?.Text()) is { } reason)
            _json.WriteString("reason"u8, reason);
        if (entry.Detail is not null)
            _json.WriteString("detail"u8, Cut(entry.Detail));
        if (entry.UserAgent is null)
            _json.WriteNull("user_agent"u8);
        else
            _json.WriteString("user_agent"u8, Cut(entry.UserAgent));
        _json.WriteEndObject();
        _json.Flush();
        _buffer.Write("\n"u8);
    }

    /// <inheritdoc />
    public void Dispose() => _json.Dispose();

    private void Write(ReadOnlySpan<byte> name, TimeSpan? time)
    {
        if (time is { } known)
            _json.WriteNumber(name, Math.Round(known.TotalMilliseconds, 3));
        else
            _json.WriteNull(name);
    }

    private static ReadOnlySpan<char> Cut(ReadOnlySpan<char> text) => text.Length <= LongestText ? text : text[..LongestText];
}
