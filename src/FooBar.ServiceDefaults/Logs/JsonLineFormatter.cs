using System.Globalization;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Formatting.Display;
using Serilog.Formatting.Json;

namespace FooBar.ServiceDefaults.Logs;

/// <summary>
/// One event, one JSON object, one line. The fields that every event is searched by are at the top, what a template or scope added is under
/// <c>properties</c>. Thread-safe.
/// </summary>
internal sealed class JsonLineFormatter(string service) : ITextFormatter
{
    private const string CategoryProperty = "SourceContext";

    // "lj": strings of the message without quotes around them, objects as JSON.
    private static readonly MessageTemplateTextFormatter Message = new("{Message:lj}", CultureInfo.InvariantCulture);
    private static readonly JsonValueFormatter Value = new(typeTagName: "$type");

    public void Format(LogEvent logEvent, TextWriter output)
    {
        output.Write("{\"timestamp\":\"");
        output.Write(logEvent.Timestamp.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
        output.Write("\",\"level\":\"");
        output.Write(logEvent.Level);
        output.Write('"');
        using (StringWriter message = new(CultureInfo.InvariantCulture))
        {
            Message.Format(logEvent, message);
            WriteString("message", message.ToString(), output);
        }

        WriteString("service", service, output);
        WriteScalar("category", CategoryProperty, logEvent, output);
        WriteScalar("request_id", RequestIdEnricher.Property, logEvent, output);
        if (logEvent.TraceId is { } trace)
        {
            WriteString("trace_id", trace.ToHexString(), output);
        }

        if (logEvent.SpanId is { } span)
        {
            WriteString("span_id", span.ToHexString(), output);
        }

        WriteString("template", logEvent.MessageTemplate.Text, output);
        if (logEvent.Exception is { } exception)
        {
            WriteString("exception", exception.ToString(), output);
        }

        WriteProperties(logEvent, output);
        output.Write("}\n");
    }

    private static void WriteProperties(LogEvent logEvent, TextWriter output)
    {
        string separator = ",\"properties\":{";
        foreach ((string name, LogEventPropertyValue value) in logEvent.Properties)
        {
            if (name is CategoryProperty or RequestIdEnricher.Property)
            {
                continue;
            }

            output.Write(separator);
            separator = ",";
            JsonValueFormatter.WriteQuotedJsonString(name, output);
            output.Write(':');
            Value.Format(value, output);
        }

        if (separator == ",")
        {
            output.Write('}');
        }
    }

    private static void WriteScalar(string field, string property, LogEvent logEvent, TextWriter output)
    {
        if (logEvent.Properties.TryGetValue(property, out LogEventPropertyValue? value) && value is ScalarValue { Value: string text })
        {
            WriteString(field, text, output);
        }
    }

    private static void WriteString(string field, string value, TextWriter output)
    {
        output.Write(",\"");
        output.Write(field);
        output.Write("\":");
        JsonValueFormatter.WriteQuotedJsonString(value, output);
    }
}
