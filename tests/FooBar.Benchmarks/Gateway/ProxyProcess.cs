using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using FooBar.Testing;

namespace FooBar.Benchmarks.Gateway;

/// <summary>How a proxy is started.</summary>
/// <param name="Program">Its program.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Environment">What its environment has beside ours.</param>
internal sealed record ProxyLaunch(string Program, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment)
{
    /// <summary>Has processes of its own, which end when it ends in order and outlive it when it is killed.</summary>
    public bool HasWorkers { get; init; }
}

/// <summary>A running proxy. What it logs goes to /dev/null, whoever it is; it ends with us.</summary>
internal sealed class ProxyProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(30);

    private readonly bool _hasWorkers;
    private readonly Process _process;
    private readonly ProxyJob _job;

    private ProxyProcess(string name, bool hasWorkers, Process process, ProxyJob job)
    {
        Name = name;
        _hasWorkers = hasWorkers;
        _process = process;
        _job = job;
    }

    /// <summary>As it is reported.</summary>
    public string Name { get; }

    /// <summary>Where it listens for HTTPS, on 127.0.0.1.</summary>
    public int Port => _job.Port;

    /// <summary>It and its workers.</summary>
    public IReadOnlyList<int> Processes => ProcessUsage.Tree(_process.Id);

    /// <summary>As the load sees it.</summary>
    public LoadTarget Target => new(Port, ResidentMegabytes);

    /// <summary>Its and its workers' resident memory.</summary>
    public double ResidentMegabytes() => ProcessUsage.ResidentMegabytes(Processes);

    /// <summary>Starts it and waits until it listens.</summary>
    public static async Task<ProxyProcess> StartAsync(string name, ProxyLaunch launch, ProxyJob job, CancellationToken cancellationToken)
    {
        // In a session of its own, for Ctrl-C is for us. Asked to end and not killed when we die, for the sake of the workers.
        string[] command = ["sh", "-c", """exec "$@" >/dev/null 2>"$0" """, job["errors"], launch.Program, .. launch.Arguments];
        Process process = await TestProcess.StartAsync("TERM", "setsid", command, start =>
        {
            foreach ((string variable, string value) in launch.Environment) start.Environment[variable] = value;
        });
        ProxyProcess proxy = new(name, launch.HasWorkers, process, job);
        try
        {
            long began = TimeProvider.System.GetTimestamp();
            while (!await proxy.ListensAsync(cancellationToken))
            {
                if (process.HasExited || TimeProvider.System.GetElapsedTime(began) > StartDeadline) throw new BenchmarkException($"{name} did not start: {proxy.Complaint}");

                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken);
            }

            return proxy;
        }
        catch
        {
            await proxy.DisposeAsync();
            throw;
        }
    }

    /// <summary>The last line that it wrote to its standard error.</summary>
    private string Complaint => File.ReadLines(_job["errors"]).LastOrDefault(line => line.Length > 0) ?? "it did not say why.";

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            if (_hasWorkers) await Signals.TerminateAsync(_process.Id);
            else _process.Kill();
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task<bool> ListensAsync(CancellationToken cancellationToken)
    {
        try
        {
            using TcpClient client = new();
            await client.ConnectAsync(IPAddress.Loopback, Port, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
