using System.Buffers;
using System.Text;
using OpenTelemetry.Metrics;

namespace FooBar.ServiceDefaults.Prometheus;

/// <summary>
/// Prometheus' text format 0.0.4: HELP and TYPE once a family, then its series. What the format decides is here alone, so that another
/// format is another class beside it. One caller at a time.
/// </summary>
internal sealed class TextFormat : IDisposable
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private static readonly SearchValues<char> EscapedInHelp = SearchValues.Create("\\\n");

    private readonly LabelSet _labels = new();
    private readonly HashSet<string> _written = new(StringComparer.Ordinal);

    /// <summary>The process as a series of value 1, to be joined to the others by its instance.</summary>
    public void WriteTarget(PooledBuffer output, IEnumerable<KeyValuePair<string, object>> attributes)
    {
        _labels.Begin();
        foreach ((string key, object value) in attributes)
        {
            _labels.Add(key, value.ToString() ?? "");
        }

        WriteHead(output, "target_info", "gauge"u8, "The process that answers: its service, instance and version.");
        WriteSeries(output, "target_info", ""u8, _labels.End().Text);
        output.Write(1);
        output.Write("\n"u8);
    }

    public void WriteFamily(PooledBuffer output, MetricFamily family)
    {
        _written.Clear();
        bool headed = false;
        foreach (Metric metric in family.Metrics)
        {
            foreach (ref readonly MetricPoint point in metric.GetMetricPoints())
            {
                ReadOnlySpan<byte> labels = LabelsOf(family, metric, point);
                // A page must not hold a series twice: Prometheus would drop the second sample and complain at every scrape.
                if (family.IsShared && !_written.Add(Encoding.UTF8.GetString(labels)))
                {
                    continue;
                }

                if (!headed)
                {
                    WriteHead(output, SampleName(family), TypeOf(family.Kind), family.Help);
                    headed = true;
                }

                WritePoint(output, family, metric.MetricType, point, labels);
            }
        }
    }

    public void Dispose() => _labels.Dispose();

    private static string SampleName(MetricFamily family) => family.Kind == FamilyKind.Counter ? $"{family.Name}_total" : family.Name;

    private static ReadOnlySpan<byte> TypeOf(FamilyKind kind) => kind switch
    {
        FamilyKind.Counter => "counter"u8,
        FamilyKind.Gauge => "gauge"u8,
        _ => "histogram"u8,
    };

    private static void WriteHead(PooledBuffer output, string name, ReadOnlySpan<byte> type, string help)
    {
        if (help.Length > 0)
        {
            output.Write("# HELP "u8);
            output.Write(name);
            output.Write(" "u8);
            LabelSet.WriteEscaped(output, help, EscapedInHelp);
            output.Write("\n"u8);
        }

        output.Write("# TYPE "u8);
        output.Write(name);
        output.Write(" "u8);
        output.Write(type);
        output.Write("\n"u8);
    }

    private static void WritePoint(
        PooledBuffer output, MetricFamily family, MetricType type, in MetricPoint point, ReadOnlySpan<byte> labels)
    {
        if (family.Kind == FamilyKind.Histogram)
        {
            WriteHistogram(output, family.Name, point, labels);
            return;
        }

        WriteSeries(output, family.Name, family.Kind == FamilyKind.Counter ? "_total"u8 : ""u8, labels);
        switch (type)
        {
            case MetricType.LongSum or MetricType.LongSumNonMonotonic:
                output.Write(point.GetSumLong());
                break;
            case MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic:
                output.Write(point.GetSumDouble());
                break;
            case MetricType.LongGauge:
                output.Write(point.GetGaugeLastValueLong());
                break;
            default:
                output.Write(point.GetGaugeLastValueDouble());
                break;
        }

        output.Write("\n"u8);
    }

    private static void WriteHistogram(PooledBuffer output, string name, in MetricPoint point, ReadOnlySpan<byte> labels)
    {
        // The SDK's buckets each count their own interval, Prometheus' count everything up to their bound.
        long upTo = 0;
        foreach (HistogramBucket bucket in point.GetHistogramBuckets())
        {
            upTo += bucket.BucketCount;
            // +Inf is written below, once, also for a histogram without buckets.
            if (!double.IsPositiveInfinity(bucket.ExplicitBound))
            {
                WriteBucketStart(output, name, labels);
                output.Write(bucket.ExplicitBound);
                output.Write("\"} "u8);
                output.Write(upTo);
                output.Write("\n"u8);
            }
        }

        long count = point.GetHistogramCount();
        WriteBucketStart(output, name, labels);
        output.Write("+Inf\"} "u8);
        output.Write(count);
        output.Write("\n"u8);
        WriteSeries(output, name, "_sum"u8, labels);
        output.Write(point.GetHistogramSum());
        output.Write("\n"u8);
        WriteSeries(output, name, "_count"u8, labels);
        output.Write(count);
        output.Write("\n"u8);
    }

    private static void WriteBucketStart(PooledBuffer output, string name, ReadOnlySpan<byte> labels)
    {
        output.Write(name);
        output.Write("_bucket{"u8);
        output.Write(labels);
        output.Write(labels.IsEmpty ? "le=\""u8 : ",le=\""u8);
    }

    private static void WriteSeries(PooledBuffer output, string name, ReadOnlySpan<byte> suffix, ReadOnlySpan<byte> labels)
    {
        output.Write(name);
        output.Write(suffix);
        if (!labels.IsEmpty)
        {
            output.Write("{"u8);
            output.Write(labels);
            output.Write("}"u8);
        }

        output.Write(" "u8);
    }

    private ReadOnlySpan<byte> LabelsOf(MetricFamily family, Metric metric, in MetricPoint point)
    {
        _labels.Begin().Add(point.Tags);
        if (family.IsShared)
        {
            _labels.Add("otel_scope_name", metric.MeterName).Add("otel_scope_version", metric.MeterVersion);
        }

        return _labels.End().Text;
    }
}
