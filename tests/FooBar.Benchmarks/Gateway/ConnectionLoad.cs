using System.Diagnostics;
using FooBar.Load;

namespace FooBar.Benchmarks.Gateway;

/// <summary>A new connection with TLS 1.3 for each request, by callers without a pause.</summary>
/// <param name="path">What is asked for.</param>
/// <param name="resumes">Whether a connection resumes the session of the one before.</param>
internal sealed class ConnectionLoad(string path, bool resumes) : IProxyLoad
{
    private const int Callers = 8;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    public async Task<LoadLap> RunAsync(LoadTarget target, TimeSpan duration, CancellationToken cancellationToken)
    {
        using TlsClient client = new();
        LatencyHistogram latencies = new();
        long began = Stopwatch.GetTimestamp();
        long end = began + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        int[] resumed = await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller =>
            Task.Factory.StartNew(() => Call(client, target.Port, caller, end, latencies, cancellationToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        cancellationToken.ThrowIfCancellationRequested();
        return new LoadLap(latencies.Count, Stopwatch.GetElapsedTime(began), latencies.Percentile(50), latencies.Percentile(99)) { ResumedPercent = 100.0 * resumed.Sum() / latencies.Count };
    }

    /// <summary>Returns how many of its connections resumed a session. The first cannot, so it is not counted.</summary>
    private int Call(TlsClient client, int port, int caller, long end, LatencyHistogram latencies, CancellationToken cancellationToken)
    {
        RawExchange exchange = new(port, path, isLast: true);
        nint session = 0;
        int resumed = 0;
        try
        {
            for (int number = 0; (number < 2 || Stopwatch.GetTimestamp() < end) && !cancellationToken.IsCancellationRequested; number++)
            {
                long began = Stopwatch.GetTimestamp();
                using TlsConnection connection = client.Connect(port, LoopbackAddresses.Of(caller), session, Deadline);
                exchange.Ask(connection);
                exchange.TakeAnswer(connection);
                if (number > 0) latencies.Record(Stopwatch.GetElapsedTime(began));
                if (number > 0 && connection.IsResumed) resumed++;
                if (!resumes) continue;

                TlsClient.FreeSession(session);
                session = connection.TakeSession();
            }

            return resumed;
        }
        finally
        {
            TlsClient.FreeSession(session);
        }
    }
}
