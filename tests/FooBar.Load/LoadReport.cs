using System.Globalization;
using System.Text;

namespace FooBar.Load;

/// <summary>A result for people.</summary>
internal static class LoadReport
{
    public static string Of(LoadResult result)
    {
        StringBuilder text = new();
        Line(text, $"{result.Name}: {result.Planned} planned, {result.Started} started at {result.StartedPerSecond:0.0}/s, {result.Succeeded} succeeded, {result.Failed} failed, in {result.Elapsed.TotalSeconds:0.000} s");
        Line(text, $"  longest gap between successes {result.LongestGapBetweenSuccesses.TotalSeconds:0.000} s");
        Line(text, $"  {"",-12} {"mean",10} {"p50",10} {"p90",10} {"p95",10} {"p99",10} {"p99.9",10} {"max",10}  ms");
        Row(text, "latency", result.Latency);
        Row(text, "service time", result.ServiceTime);
        foreach ((string outcome, long count) in result.Outcomes.OrderByDescending(pair => pair.Value))
        {
            Line(text, $"  {count,8} {outcome}");
        }

        foreach (LoadFailure failure in result.Failures.Take(10))
        {
            Line(text, $"  failed: #{failure.Index} due at {failure.At.TotalSeconds:0.000} s: {failure.Reason}");
        }

        Line(text, $"  {"second",6} {"started",9} {"succeeded",9} {"failed",9} {"max ms",10}");
        foreach ((int number, LoadSecond second) in result.Timeline.Index())
        {
            Line(text, $"  {number,6} {second.Started,9} {second.Succeeded,9} {second.Failed,9} {second.MaxLatency.TotalMilliseconds,10:0.0}");
        }

        return text.ToString();
    }

    private static void Row(StringBuilder text, string name, LatencyHistogram histogram)
    {
        TimeSpan[] values = [histogram.Mean, .. ((double[])[50, 90, 95, 99, 99.9]).Select(histogram.Percentile), histogram.Max];
        Line(text, $"  {name,-12} {string.Join(' ', values.Select(value => string.Create(CultureInfo.InvariantCulture, $"{value.TotalMilliseconds,10:0.0}")))}");
    }

    private static void Line(StringBuilder text, FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
