using System.Data.Common;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using FooBar.AppHost.Benchmarks;
using FooBar.Load;

namespace FooBar.Benchmarks.Driver;

/// <summary>
/// One driver's process: it does what its standard input says and answers each line with one of JSON. In a process of its own a driver's
/// processor time and memory are the process's, and no other driver's threads, timers or garbage are among them.
/// </summary>
internal sealed class Worker : IAsyncDisposable
{
    private readonly DriverWorkload _workload;
    private readonly DbDataSource _source;
    private readonly Func<DbDataSource, Lap, Task> _turns;
    private readonly long? _rowBytes;

    private Worker(Contestant contestant, ServerAddress server, DriverWorkload workload)
    {
        _workload = workload;
        _source = contestant.CreateDataSource(server, workload);
        _turns = Turns.Of(workload);
        _rowBytes = Turns.RowBytes(workload);
    }

    /// <summary>Serves until the input ends. The lines are <c>begin WORKLOAD</c>, <c>run SECONDS</c> and <c>end</c>.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever a driver throws is its result in this workload, and the others go on.")]
    public static async Task<int> RunAsync(Contestant contestant, ServerAddress server)
    {
        // Ctrl-C reaches the whole group; whoever started us ends us in order.
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true);
        Worker? worker = null;
        while (await Console.In.ReadLineAsync() is { } line)
        {
            WorkerAnswer answer = new(null, null);
            try
            {
                switch (line.Split(' '))
                {
                    case ["begin", string name]:
                        worker = new Worker(contestant, server, DriverWorkload.All.Single(workload => workload.Name == name));
                        await Turns.CheckAsync(worker._source);
                        break;
                    case ["run", string seconds]:
                        answer = new WorkerAnswer(await worker!.MeasureAsync(TimeSpan.FromSeconds(double.Parse(seconds, CultureInfo.InvariantCulture))), null);
                        break;
                    case ["end"]:
                        if (worker is not null) await worker.DisposeAsync();
                        worker = null;
                        break;
                }
            }
            catch (Exception failure)
            {
                answer = new WorkerAnswer(null, Describe(failure));
            }

            await Console.Out.WriteLineAsync(JsonSerializer.Serialize(answer));
        }

        return 0;
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    /// <summary>The failure and what was behind it, on one line.</summary>
    private static string Describe(Exception failure)
    {
        string reason = $"{failure.GetType().Name}: {failure.Message.ReplaceLineEndings(" ")}";
        return failure.InnerException is { } inner ? $"{reason} <- {Describe(inner)}" : reason;
    }

    /// <summary>Lets as many callers as the workload has take their turns for so long.</summary>
    private async Task<Measurement> MeasureAsync(TimeSpan duration)
    {
        Lap[] laps = [.. Enumerable.Range(0, _workload.Connections).Select(_ => new Lap())];
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long bytes = GC.GetTotalAllocatedBytes(precise: true);
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        long began = Stopwatch.GetTimestamp();
        long end = began + (long)(duration.TotalSeconds * Stopwatch.Frequency);

        // A thread each to begin with: a turn that never has to wait would keep the pool's few threads from the other callers.
        Task[] callers = Array.ConvertAll(laps, lap =>
        {
            lap.EndAt(end);
            return Task.Factory.StartNew(() => _turns(_source, lap), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
        });
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
            (bytes / turns) - _rowBytes,
            turns / elapsed,
            latencies.Percentile(50).TotalMilliseconds,
            latencies.Percentile(99).TotalMilliseconds);
    }
}

/// <summary>What a worker answers to a line.</summary>
internal sealed record WorkerAnswer(Measurement? Measurement, string? Error);
