using System.Buffers;
using System.Globalization;
using OpenTelemetry;

namespace FooBar.ServiceDefaults.Prometheus;

/// <summary>
/// The labels of one series as text, without braces: <c>a="1",b="2"</c>. Reused from point to point, so that a histogram, which repeats
/// them on each bucket, encodes them once. One caller at a time.
/// </summary>
internal sealed class LabelSet : IDisposable
{
    private static readonly SearchValues<char> Escaped = SearchValues.Create("\\\"\n");

    // Instruments use a handful of keys; the set is as bounded as the code.
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
    private readonly PooledBuffer _text = new(capacity: 512);
    private readonly List<KeyValuePair<string, string>> _pairs = [];

    public ReadOnlySpan<byte> Text => _text.Written.Span;

    public LabelSet Begin()
    {
        _text.Clear();
        _pairs.Clear();
        return this;
    }

    public LabelSet Add(in ReadOnlyTagCollection tags)
    {
        foreach (KeyValuePair<string, object?> tag in tags)
        {
            Add(tag.Key, TextOf(tag.Value));
        }

        return this;
    }

    /// <summary>Keys that differ only in characters Prometheus lacks become one label, their values joined with <c>;</c>.</summary>
    public LabelSet Add(string key, string value)
    {
        // To Prometheus an empty label and an absent one are the same.
        if (value.Length == 0)
        {
            return this;
        }

        if (!_names.TryGetValue(key, out string? name))
        {
            _names.Add(key, name = PrometheusName.OfLabel(key));
        }

        int existing = _pairs.FindIndex(pair => pair.Key == name);
        if (existing >= 0)
        {
            _pairs[existing] = new(name, $"{_pairs[existing].Value};{value}");
        }
        else
        {
            _pairs.Add(new(name, value));
        }

        return this;
    }

    public LabelSet End()
    {
        foreach ((string name, string value) in _pairs)
        {
            _text.Write(_text.Length == 0 ? ""u8 : ","u8);
            _text.Write(name);
            _text.Write("=\""u8);
            WriteEscaped(_text, value, Escaped);
            _text.Write("\""u8);
        }

        return this;
    }

    public void Dispose() => _text.Dispose();

    /// <summary>Writes backslash, line feed and, where asked for, the double quote as Prometheus escapes them.</summary>
    internal static void WriteEscaped(PooledBuffer output, ReadOnlySpan<char> text, SearchValues<char> escaped)
    {
        int next;
        while ((next = text.IndexOfAny(escaped)) >= 0)
        {
            output.Write(text[..next]);
            output.Write(text[next] switch
            {
                '\\' => "\\\\"u8,
                '\n' => "\\n"u8,
                _ => "\\\""u8,
            });
            text = text[(next + 1)..];
        }

        output.Write(text);
    }

    private static string TextOf(object? value) => value switch
    {
        null => "",
        string text => text,
        true => "true",
        false => "false",
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };
}
