using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using FooBar.AppHost.Benchmarks;
using FooBar.Benchmarks.Driver;

[assembly: SupportedOSPlatform("linux")]

namespace FooBar.Benchmarks;

/// <summary>
/// What <c>./foobar bench</c> builds and runs. Called with the name of a benchmark and its plan it measures; called as
/// <see cref="WorkerProcess.Argument"/> it is one driver's process.
/// </summary>
internal static class Program
{
    public static async Task<int> Main(string[] arguments)
    {
        if (arguments is [WorkerProcess.Argument, string name, string setting]) return await Worker.RunAsync(Contestant.Named(name), ServerAddress.Parse(setting));

        if (arguments is not ["driver", string plan])
        {
            await Console.Error.WriteLineAsync("This program is started by ./foobar bench.");
            return 2;
        }

        using CancellationTokenSource stop = new();
        Action<PosixSignalContext> end = context =>
        {
            context.Cancel = true;
            stop.Cancel();
        };
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, end);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, end);
        using PosixSignalRegistration hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, end);
        try
        {
            await DriverBenchmark.RunAsync(DriverPlan.Parse(plan), Console.Out, Console.Error, stop.Token);
            return 0;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Whoever sent the signal says so.
            return 1;
        }
        catch (BenchmarkException failure)
        {
            await Console.Error.WriteLineAsync($"foobar: {failure.Message}");
            return 1;
        }
    }
}
