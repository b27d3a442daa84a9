using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using FooBar.Load;

namespace FooBar.Benchmarks;

/// <summary>
/// One contestant's process: it does what its standard input says and answers each line with one of JSON. In a process of its own a contestant's
/// processor time and memory are the process's, and no other's threads, timers or garbage are among them.
/// </summary>
internal static class Worker
{
    /// <summary>Serves until the input ends. The lines are <c>begin WORKLOAD</c>, <c>run SECONDS</c> and <c>end</c>.</summary>
    /// <param name="create">Makes what is to be done in the workload with the given name.</param>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever a contestant throws is its result in this workload, and the others go on.")]
    public static async Task<int> RunAsync(Func<string, IWork> create)
    {
        // Ctrl-C reaches the whole group; whoever started us ends us in order.
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true);
        IWork? work = null;
        while (await Console.In.ReadLineAsync() is { } line)
        {
            RoundAnswer<Measurement> answer = new(null, null);
            try
            {
                switch (line.Split(' '))
                {
                    case ["begin", string name]:
                        work = create(name);
                        await work.CheckAsync();
                        break;
                    case ["run", string seconds]:
                        answer = new RoundAnswer<Measurement>(await MeasureAsync(work!, TimeSpan.FromSeconds(double.Parse(seconds, CultureInfo.InvariantCulture))), null);
                        break;
                    case ["end"]:
                        if (work is not null) await work.DisposeAsync();
                        work = null;
                        break;
                }
            }
            catch (Exception failure)
            {
                answer = new RoundAnswer<Measurement>(null, Describe(failure));
            }

            await Console.Out.WriteLineAsync(JsonSerializer.Serialize(answer));
        }

        return 0;
    }

    /// <summary>Lets as many callers as the work has take their turns for so long.</summary>
    public static async Task<Measurement> MeasureAsync(IWork work, TimeSpan duration)
    {
        Lap[] laps = [.. Enumerable.Range(0, work.Callers).Select(_ => new Lap())];
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long bytes = GC.GetTotalAllocatedBytes(precise: true);
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        long began = Stopwatch.GetTimestamp();
        long end = began + (long)(duration.TotalSeconds * Stopwatch.Frequency);

        // A thread each to begin with: a turn that never has to wait would keep the pool's few threads from the other callers.
        Task[] callers = [.. laps.Select((lap, caller) =>
        {
            lap.EndAt(end);
            return Task.Factory.StartNew(() => work.TurnsAsync(caller, lap), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
        })];
        await Task.WhenAll(callers);
        double elapsed = Stopwatch.GetElapsedTime(began).TotalSeconds;
        cpu = Environment.CpuUsage.TotalTime - cpu;
        bytes = GC.GetTotalAllocatedBytes(precise: true) - bytes;

        LatencyHistogram latencies = new();
        foreach (Lap lap in laps) latencies.Merge(lap.Latencies);
        double turns = laps.Sum(lap => lap.Turns);
        return new Measurement(
            cpu.TotalMicroseconds / turns,
            bytes / turns,
            (bytes / turns) - work.RowBytes,
            turns / elapsed,
            latencies.Percentile(50).TotalMilliseconds,
            latencies.Percentile(99).TotalMilliseconds)
        {
            Turns = turns,
        };
    }

    /// <summary>The failure and what was behind it, on one line.</summary>
    private static string Describe(Exception failure)
    {
        string reason = $"{failure.GetType().Name}: {failure.Message.ReplaceLineEndings(" ")}";
        return failure.InnerException is { } inner ? $"{reason} <- {Describe(inner)}" : reason;
    }
}
