using System.Diagnostics;
using System.Runtime.InteropServices;
using FooBar.Load;

namespace FooBar.Benchmarks.Gateway;

/// <summary>
/// HTTP/1.1 on 32 kept connections at a fixed rate: each request is due at its instant, whatever became of those before it, and is measured from there (no
/// coordinated omission). One thread does all of it and wakes to the microsecond, for a millisecond late would hide what is measured.
/// </summary>
/// <param name="path">What is asked for.</param>
/// <param name="perSecond">The rate, of all connections together.</param>
internal sealed partial class PacedLoad(string path, double perSecond) : IProxyLoad
{
    private const int Connections = 32;
    private const int SetTimerSlack = 29;
    private const short Readable = 1;

    /// <summary>For what is due and was not answered when the time is up.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    public async Task<LoadLap> RunAsync(LoadTarget target, TimeSpan duration, CancellationToken cancellationToken)
    {
        LoadLap lap = await Task.Factory.StartNew(() => Run(target.Port, duration, cancellationToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        cancellationToken.ThrowIfCancellationRequested();
        return lap;
    }

    private LoadLap Run(int port, TimeSpan duration, CancellationToken cancellationToken)
    {
        _ = Prctl(SetTimerSlack, 1_000, 0, 0, 0);
        using TlsClient client = new();
        List<Kept> kept = [];
        try
        {
            while (kept.Count < Connections) kept.Add(new Kept(client.Connect(port, LoopbackAddresses.Of(kept.Count), session: 0, Deadline), new RawExchange(port, path, isLast: false)));
            return Run(kept, Math.Max(1, (long)(perSecond * duration.TotalSeconds)), cancellationToken);
        }
        finally
        {
            foreach (Kept one in kept) one.Connection.Dispose();
        }
    }

    private LoadLap Run(List<Kept> kept, long planned, CancellationToken cancellationToken)
    {
        LatencyHistogram latencies = new();
        Queue<Kept> idle = new(kept);
        List<Kept> busy = [];
        PollDescriptor[] descriptors = new PollDescriptor[kept.Count];
        long began = Stopwatch.GetTimestamp();
        for (long next = 0; (next < planned || busy.Count > 0) && !cancellationToken.IsCancellationRequested;)
        {
            long now = Stopwatch.GetTimestamp();
            if (Stopwatch.GetElapsedTime(DueAt(planned), now) > Deadline)
                throw new BenchmarkException($"{planned - latencies.Count} of {planned} requests were not answered {Deadline.TotalSeconds:0} s after the last was due.");

            for (; next < planned && DueAt(next) <= now && idle.TryDequeue(out Kept? free); next++)
            {
                free.Ask(DueAt(next));
                busy.Add(free);
            }

            Wait(busy, descriptors, next < planned && idle.Count > 0 ? Stopwatch.GetElapsedTime(now, DueAt(next)) : TimeSpan.FromSeconds(1));
            for (int index = busy.Count - 1; index >= 0; index--)
            {
                if (descriptors[index].Happened == 0 || !busy[index].TakeAnswer(latencies)) continue;

                idle.Enqueue(busy[index]);
                busy.RemoveAt(index);
            }
        }

        return new LoadLap(latencies.Count, Stopwatch.GetElapsedTime(began), latencies.Percentile(50), latencies.Percentile(99));

        long DueAt(long request) => began + (long)(request / perSecond * Stopwatch.Frequency);
    }

    /// <summary>Waits until one of them has something to read, or the time is up; in <paramref name="descriptors"/> is which.</summary>
    private static void Wait(List<Kept> busy, PollDescriptor[] descriptors, TimeSpan time)
    {
        for (int index = 0; index < busy.Count; index++) descriptors[index] = new PollDescriptor { Descriptor = busy[index].Connection.Descriptor, Wanted = Readable };
        TimeSpec limit = new() { Seconds = time.Ticks / TimeSpan.TicksPerSecond, Nanoseconds = Math.Max(0, time.Ticks % TimeSpan.TicksPerSecond) * 100 };
        if (Poll(descriptors, (nuint)busy.Count, limit, 0) > 0) return;

        Array.Clear(descriptors);
    }

    [LibraryImport("libc", EntryPoint = "ppoll")]
    private static partial int Poll([In, Out] PollDescriptor[] descriptors, nuint count, in TimeSpec limit, nint mask);

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int Prctl(int option, nuint argument, nuint second, nuint third, nuint fourth);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Wanted;
        public short Happened;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    /// <summary>A connection and what is going on on it.</summary>
    private sealed class Kept
    {
        private readonly RawExchange _exchange;
        private long _due;

        public Kept(TlsConnection connection, RawExchange exchange)
        {
            Connection = connection;
            _exchange = exchange;
            connection.StopWaiting();
        }

        public TlsConnection Connection { get; }

        public void Ask(long due)
        {
            _due = due;
            _exchange.Ask(Connection);
        }

        /// <summary>True when the answer is whole; then it is recorded.</summary>
        public bool TakeAnswer(LatencyHistogram latencies)
        {
            if (!_exchange.TakeAnswer(Connection)) return false;

            latencies.Record(Stopwatch.GetElapsedTime(_due));
            return true;
        }
    }
}
