using System.Globalization;

namespace FooBar.Benchmarks.Gateway;

/// <summary>HTTP/1.1 by wrk: 32 connections, each without a pause.</summary>
/// <param name="path">What is asked for.</param>
/// <param name="bodyBytes">The length of the body that is posted; null for a GET.</param>
internal sealed class WrkLoad(string path, int? bodyBytes) : IProxyLoad
{
    /// <summary>As many as there are in the figures that the targets were set from.</summary>
    private const int Connections = 32;

    private const int Threads = 2;

    /// <summary>Begins the line that <see cref="Script"/> prints.</summary>
    private const string Mark = "FOOBAR";

    /// <param name="target">What is asked.</param>
    /// <param name="duration">In whole seconds, for wrk knows no others: a part of one counts as one.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<LoadLap> RunAsync(LoadTarget target, TimeSpan duration, CancellationToken cancellationToken)
    {
        string script = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(script, Script, cancellationToken);
            return await LoadGenerator.LapAsync(TimeSpan.FromSeconds(Math.Ceiling(duration.TotalSeconds)), async time =>
            {
                string[] arguments =
                [
                    "-t", $"{Threads}", "-c", $"{Connections}", "-d", string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0}s"), "--timeout", "10s", "-s", script,
                    string.Create(CultureInfo.InvariantCulture, $"https://{ProxyJob.BackendName}:{target.Port}{path}"),
                ];
                return Parse(await LoadGenerator.RunAsync(LoadGenerator.Find("wrk"), arguments, time, cancellationToken));
            });
        }
        finally
        {
            File.Delete(script);
        }
    }

    /// <summary>What wrk is to send, and to print at its end.</summary>
    private string Script => string.Create(CultureInfo.InvariantCulture, $$"""
        {{(bodyBytes is { } bytes ? $"wrk.method = 'POST'\nwrk.body = string.rep('x', {bytes})" : "")}}
        done = function(summary, latency)
            local errors = summary.errors
            io.write(string.format("{{Mark}} %d %d %d %d %d %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
                errors.connect, errors.read, errors.write, errors.status, errors.timeout))
        end

        """);

    /// <summary>Reads the line that <see cref="Script"/> prints: requests, then microseconds, then errors.</summary>
    /// <exception cref="BenchmarkException">There were errors.</exception>
    internal static LoadLap Parse(string output)
    {
        long[] numbers = [.. (output.Split('\n').FirstOrDefault(line => line.StartsWith(Mark, StringComparison.Ordinal)) ?? Mark).Split(' ').Skip(1).Select(number => long.Parse(number, CultureInfo.InvariantCulture))];
        return numbers switch
        {
            [var requests, var elapsed, var p50, var p99, 0, 0, 0, 0, 0] =>
                new LoadLap(requests, TimeSpan.FromMicroseconds(elapsed), TimeSpan.FromMicroseconds(p50), TimeSpan.FromMicroseconds(p99)),
            [var requests, _, _, _, var connect, var read, var write, var status, var timeout] => throw new BenchmarkException(
                $"of {requests} requests, {status} got another status than 2xx, {connect} connections could not be made, {read} reads and {write} writes failed, {timeout} got no answer in time."),
            _ => throw new BenchmarkException($"wrk did not say what it saw: {output.Trim()}"),
        };
    }
}
