using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace FooBar.AppHost.Testing;

/// <summary>A thorough run's figures as a page of docs/evidence: where and when they were measured, and one row a test.</summary>
internal static class EvidencePage
{
    /// <summary>What a test's line of figures begins with; FooBar.Testing's EvidenceLine writes it.</summary>
    private const string Mark = "evidence: ";

    private const string Separator = " | ";

    /// <summary>The figures in a line of a test's output; null in any other line.</summary>
    public static (string Name, string Figures)? Parse(string line)
    {
        if (!line.StartsWith(Mark, StringComparison.Ordinal)) return null;

        int separator = line.IndexOf(Separator, Mark.Length, StringComparison.Ordinal);
        return separator < 0 ? null : (line[Mark.Length..separator], line[(separator + Separator.Length)..]);
    }

    /// <summary>Writes the page; its lines end in LF.</summary>
    /// <param name="suite">The suite's name.</param>
    /// <param name="result">Its closing line, the seed and the time that it took.</param>
    /// <param name="where">The machine and what ran on it.</param>
    /// <param name="when">The day.</param>
    /// <param name="rows">In the order of the page.</param>
    public static string Format(string suite, string result, string where, DateTimeOffset when, IEnumerable<(string Name, string Figures)> rows)
    {
        StringBuilder page = new();
        page.Append(CultureInfo.InvariantCulture, $"# Evidence: `./foobar test {suite} --thorough`\n\n");
        page.Append(CultureInfo.InvariantCulture, $"{when:yyyy-MM-dd}: {result}.\n\n{where}.\n\n");
        page.Append("The run writes this page.\n\n| what | measured |\n|---|---|\n");
        foreach ((string name, string figures) in rows) page.Append(CultureInfo.InvariantCulture, $"| {name} | {figures} |\n");
        return page.ToString();
    }

    /// <summary>This machine, as far as figures depend on it.</summary>
    /// <param name="mysqlVersion">Of the server that the tests use.</param>
    public static string Machine(string mysqlVersion)
    {
        string system = ValueIn("/etc/os-release", "PRETTY_NAME=") ?? RuntimeInformation.OSDescription;
        string processor = ValueIn("/proc/cpuinfo", "model name") ?? RuntimeInformation.ProcessArchitecture.ToString();
        string load = File.ReadAllText("/proc/loadavg").Split(' ')[0];
        double memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1024.0 * 1024 * 1024);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{system}, {Environment.ProcessorCount} cores ({processor}), {memory:0.#} GB; load {load} at the start; {RuntimeInformation.FrameworkDescription}, MySQL {mysqlVersion}");
    }

    private static string? ValueIn(string file, string key)
    {
        if (!File.Exists(file)) return null;

        string? line = File.ReadLines(file).FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal));
        return line?[key.Length..].Trim(' ', '\t', ':', '"');
    }
}
