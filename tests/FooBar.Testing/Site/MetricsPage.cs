using System.Globalization;
using System.Text.RegularExpressions;

namespace FooBar.Testing.Site;

/// <summary>A scraped /metrics page, for sums over series.</summary>
public sealed partial class MetricsPage
{
    private readonly List<(string Name, string Labels, double Value)> _samples = [];

    private MetricsPage(string text) => Text = text;

    /// <summary>The page as it came.</summary>
    public string Text { get; }

    /// <summary>Fetches and reads the page of one process.</summary>
    public static async Task<MetricsPage> ScrapeAsync(HttpClient http, Uri admin, CancellationToken cancellationToken)
    {
        MetricsPage page = new(await http.GetStringAsync(new Uri(admin, "/metrics"), cancellationToken));
        foreach (Match sample in Sample().Matches(page.Text))
        {
            page._samples.Add((sample.Groups["name"].Value, sample.Groups["labels"].Value, double.Parse(sample.Groups["value"].Value, CultureInfo.InvariantCulture)));
        }

        return page;
    }

    /// <summary>The sum of a metric's series that carry every given label, each written as on the page: <c>role="replica"</c>.</summary>
    public double Sum(string name, params string[] labels) =>
        _samples.Where(sample => sample.Name == name && labels.All(label => sample.Labels.Contains(label, StringComparison.Ordinal))).Sum(sample => sample.Value);

    [GeneratedRegex(@"^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?<labels>.*)\})? (?<value>[0-9eE.+-]+|NaN|[+-]Inf)$", RegexOptions.Multiline)]
    private static partial Regex Sample();
}
