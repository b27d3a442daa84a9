using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using FooBar.AppHost.Benchmarks;
using FooBar.AppHost.Certificates;
using FooBar.Benchmarks.DataLayer;
using FooBar.Benchmarks.Driver;
using FooBar.Benchmarks.Gateway;

[assembly: SupportedOSPlatform("linux")]

namespace FooBar.Benchmarks;

/// <summary>
/// What <c>./foobar bench</c> builds and runs. Called with the name of a benchmark and its plan it measures; called as
/// <see cref="WorkerProcess.Argument"/> it is one contestant's process, and as <see cref="BackendServer.Argument"/> what proxies lead to.
/// </summary>
internal static class Program
{
    public static async Task<int> Main(string[] arguments)
    {
        if (arguments is [WorkerProcess.Argument, string benchmark, string name, string setting]) return await Worker.RunAsync(WorkOf(benchmark, name, setting));

        if (arguments is [BackendServer.Argument, string certificate, string key]) return await BackendServer.RunAsync(new CertificateFiles(certificate, key));

        if (arguments is not [("driver" or "data" or "gateway") and string which, string planned])
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
            await (which switch
            {
                "driver" => DriverBenchmark.RunAsync(BenchmarkPlan.Parse(planned), Console.Out, Console.Error, stop.Token),
                "data" => DataBenchmark.RunAsync(BenchmarkPlan.Parse(planned), Console.Out, Console.Error, stop.Token),
                _ => GatewayBenchmark.RunAsync(GatewayPlan.Parse(planned), Console.Out, Console.Error, stop.Token),
            });
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

    private static Func<string, IWork> WorkOf(string benchmark, string contestant, string setting)
    {
        if (benchmark == "driver")
        {
            ServerAddress server = ServerAddress.Parse(setting);
            return workload => new DriverWork(Contestant.Named(contestant), server, DriverWorkload.All.Single(one => one.Name == workload));
        }

        ClusterAddress cluster = ClusterAddress.Parse(setting);
        return workload => DataBenchmark.Create(DataContestant.Named(contestant), cluster, DataWorkload.Named(workload));
    }
}
