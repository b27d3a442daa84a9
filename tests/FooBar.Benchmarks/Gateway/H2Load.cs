using System.Globalization;
using System.Text.RegularExpressions;
using FooBar.Load;

namespace FooBar.Benchmarks.Gateway;

/// <summary>HTTP/2 by h2load: 8 connections with 8 streams each, none with a pause.</summary>
/// <param name="path">What is asked for.</param>
internal sealed partial class H2Load(string path) : IProxyLoad
{
    private const int Connections = 8;
    private const int Streams = 8;
    private const int Threads = 2;

    /// <summary>Of a lap: all connections must be there before it is over, or h2load does not end.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    public async Task<LoadLap> RunAsync(LoadTarget target, TimeSpan duration, CancellationToken cancellationToken)
    {
        string log = Path.GetTempFileName();
        try
        {
            return await LoadGenerator.LapAsync(duration > Shortest ? duration : Shortest, async time =>
            {
                string[] arguments =
                [
                    "-t", $"{Threads}", "-c", $"{Connections}", "-m", $"{Streams}",
                    "-D", string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0}ms"),
                    $"--log-file={log}",
                    string.Create(CultureInfo.InvariantCulture, $"--connect-to=127.0.0.1:{target.Port}"),
                    string.Create(CultureInfo.InvariantCulture, $"https://{ProxyJob.BackendName}:{target.Port}{path}"),
                ];
                return Parse(await LoadGenerator.RunAsync(LoadGenerator.Find("h2load"), arguments, time, cancellationToken), File.ReadLines(log), time);
            });
        }
        finally
        {
            File.Delete(log);
        }
    }

    /// <summary>Reads what h2load prints, and its log: the start in microseconds, the status, the duration in microseconds.</summary>
    /// <param name="output">What it prints.</param>
    /// <param name="log">A line a request.</param>
    /// <param name="time">For how long it worked.</param>
    /// <exception cref="BenchmarkException">There were errors, or it was not HTTP/2 over TLS 1.3.</exception>
    internal static LoadLap Parse(string output, IEnumerable<string> log, TimeSpan time)
    {
        LatencyHistogram latencies = new();
        int others = 0;
        foreach (string line in log)
        {
            string[] fields = line.Split('\t');
            if (fields[1].Length == 3 && fields[1][0] == '2') latencies.Record(TimeSpan.FromMicroseconds(long.Parse(fields[2], CultureInfo.InvariantCulture)));
            else others++;
        }

        Match requests = Requests().Match(output);
        if (!requests.Success) throw new BenchmarkException($"h2load did not say what it saw: {output.Trim()}");

        if (!output.Contains("Application protocol: h2", StringComparison.Ordinal) || !output.Contains("TLS Protocol: TLSv1.3", StringComparison.Ordinal))
            throw new BenchmarkException("it was not HTTP/2 over TLS 1.3.");

        if (others > 0 || requests.Groups["failed"].Value != "0")
            throw new BenchmarkException($"of {latencies.Count + others} requests, {others} got another status than 2xx; h2load says: {requests.Value}.");

        return new LoadLap(latencies.Count, time, latencies.Percentile(50), latencies.Percentile(99));
    }

    [GeneratedRegex(@"^requests: .* (?<failed>\d+) failed, .*$", RegexOptions.Multiline)]
    private static partial Regex Requests();
}
