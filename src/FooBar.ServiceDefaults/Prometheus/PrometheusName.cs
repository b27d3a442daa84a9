using System.Text;

namespace FooBar.ServiceDefaults.Prometheus;

/// <summary>
/// Names of OpenTelemetry as Prometheus spells them, by the rules of "Prometheus and OpenMetrics Compatibility" in the OpenTelemetry
/// specification (OTLP metric points to Prometheus: metadata, attributes).
/// </summary>
internal static class PrometheusName
{
    /// <summary>
    /// The family name: invalid characters as single underscores, the unit as a suffix. The <c>_total</c> of a counter is left off, because
    /// the text format writes it and OpenMetrics wants the family without it.
    /// </summary>
    public static string OfFamily(string name, string unit, FamilyKind kind)
    {
        string family = Sanitize(name, allowColon: true);
        if (kind == FamilyKind.Counter && family.EndsWith("_total", StringComparison.Ordinal))
        {
            family = family[..^"_total".Length];
        }

        string suffix = OfUnit(unit);
        return suffix.Length == 0 || family == suffix || family.EndsWith($"_{suffix}", StringComparison.Ordinal)
            ? family
            : $"{family}_{suffix}";
    }

    /// <summary>A label name: <c>http.response.status_code</c> is <c>http_response_status_code</c>.</summary>
    public static string OfLabel(string key) => Sanitize(key, allowColon: false);

    /// <summary>
    /// The word for a UCUM unit: <c>s</c> is <c>seconds</c>, <c>By/s</c> is <c>bytes_per_second</c>, <c>1</c> is <c>ratio</c>.
    /// Annotations such as <c>{request}</c> say what is counted, not a unit: nothing.
    /// </summary>
    public static string OfUnit(string unit)
    {
        string bare = WithoutAnnotations(unit).Trim();
        int slash = bare.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0)
        {
            return Trimmed(Word(bare));
        }

        string numerator = Trimmed(Word(bare[..slash].Trim()));
        string denominator = Trimmed(PerWord(bare[(slash + 1)..].Trim()));
        return denominator.Length == 0 ? numerator : $"{numerator}_per_{denominator}".TrimStart('_');
    }

    private static string Trimmed(string word) => word.Length == 0 ? "" : Sanitize(word, allowColon: false).Trim('_');

    private static string WithoutAnnotations(string unit)
    {
        StringBuilder bare = new(unit.Length);
        int depth = 0;
        foreach (char character in unit)
        {
            depth += character == '{' ? 1 : 0;
            if (depth == 0)
            {
                bare.Append(character);
            }

            depth -= character == '}' && depth > 0 ? 1 : 0;
        }

        return bare.ToString();
    }

    private static string Word(string unit) => unit switch
    {
        "d" => "days",
        "h" => "hours",
        "min" => "minutes",
        "s" => "seconds",
        "ms" => "milliseconds",
        "us" => "microseconds",
        "ns" => "nanoseconds",
        "By" => "bytes",
        "KiBy" => "kibibytes",
        "MiBy" => "mebibytes",
        "GiBy" => "gibibytes",
        "TiBy" => "tibibytes",
        "KBy" => "kilobytes",
        "MBy" => "megabytes",
        "GBy" => "gigabytes",
        "TBy" => "terabytes",
        "m" => "meters",
        "V" => "volts",
        "A" => "amperes",
        "J" => "joules",
        "W" => "watts",
        "g" => "grams",
        "Cel" => "celsius",
        "Hz" => "hertz",
        "%" => "percent",
        "1" => "ratio",
        _ => unit,
    };

    private static string PerWord(string unit) => unit switch
    {
        "s" => "second",
        "m" or "min" => "minute",
        "h" => "hour",
        "d" => "day",
        "w" => "week",
        "mo" => "month",
        "y" => "year",
        _ => unit,
    };

    private static string Sanitize(string name, bool allowColon)
    {
        StringBuilder valid = new(name.Length + 1);
        foreach (char character in name)
        {
            if (char.IsAsciiLetterOrDigit(character) || (allowColon && character == ':'))
            {
                if (valid.Length == 0 && char.IsAsciiDigit(character))
                {
                    valid.Append('_');
                }

                valid.Append(character);
            }
            else if (valid.Length == 0 || valid[^1] != '_')
            {
                valid.Append('_');
            }
        }

        return valid.Length == 0 ? "_" : valid.ToString();
    }
}
