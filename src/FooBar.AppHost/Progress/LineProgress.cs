namespace FooBar.AppHost.Progress;

/// <summary>Progress for a pipe or a log: a line when a step's words change, with the seconds since the start.</summary>
internal sealed class LineProgress(TextWriter output, TimeProvider time) : IStartProgress
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ProgressEvent> _last = [];
    private readonly long _started = time.GetTimestamp();

    public void Report(ProgressEvent news)
    {
        lock (_lock)
        {
            if (_last.TryGetValue(news.Step, out ProgressEvent? last) && last.Detail == news.Detail && last.Fraction == 1 == (news.Fraction == 1))
            {
                return;
            }

            // Percentages would be a line each: on a pipe only the first, every change of words and the last are worth one.
            bool isCount = last is not null && news.Fraction is not (null or 1) && last.Fraction is not null && Words(last.Detail) == Words(news.Detail);
            _last[news.Step] = news;
            if (!isCount)
            {
                output.WriteLine($"{time.GetElapsedTime(_started).TotalSeconds,6:0.0} s  {(news.Fraction == 1 ? "done" : "    ")}  {news.Step}: {news.Detail}");
            }
        }
    }

    private static string Words(string detail) => string.Concat(detail.Where(character => !char.IsAsciiDigit(character)));
}
