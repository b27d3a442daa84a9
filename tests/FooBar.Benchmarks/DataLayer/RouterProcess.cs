using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using FooBar.Testing;

namespace FooBar.Benchmarks.DataLayer;

/// <summary>
/// MySQL Router with a static route to each server, at its defaults: it passes the bytes on and looks into no query, which is the least that
/// such a hop can cost.
/// </summary>
internal sealed class RouterProcess : IAsyncDisposable
{
    /// <summary>Names the program; where it is unset, the program is looked for on PATH.</summary>
    public const string Variable = "FOOBAR_MYSQLROUTER";

    /// <summary>What to do when it is absent.</summary>
    public const string HowToGet = $"install the package mysql-router, or set {Variable} to its program mysqlrouter";

    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly string _folder;

    private RouterProcess(Process process, string folder, IReadOnlyList<int> ports)
    {
        _process = process;
        _folder = folder;
        Ports = ports;
    }

    /// <summary>Where it listens, in the order of the servers.</summary>
    public IReadOnlyList<int> Ports { get; }

    /// <summary>Its processor time since its start, to 10 ms.</summary>
    public TimeSpan Cpu => Cluster.CpuOf(_process);

    /// <summary>The program, from <see cref="Variable"/> or PATH; null when it is in neither.</summary>
    public static string? Find() => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given
        ? given
        : (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, "mysqlrouter")).FirstOrDefault(File.Exists);

    /// <summary>The version that the program says it has.</summary>
    public static async Task<string> VersionAsync(string program, CancellationToken cancellationToken)
    {
        (int code, string output) = await RunAsync(program, cancellationToken);
        string[] words = output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        int at = Array.IndexOf(words, "Ver");
        return code == 0 && at >= 0 && at + 1 < words.Length
            ? words[at + 1]
            : throw new BenchmarkException($"{program} --version says '{output.Trim()}': {HowToGet}, or take it away.");
    }

    /// <summary>What it is told: a port of its own that leads to each server.</summary>
    /// <param name="folder">For all that it writes.</param>
    /// <param name="routes">Its own port, and the server's.</param>
    public static string Configuration(string folder, IEnumerable<(int Own, int Server)> routes) => string.Create(CultureInfo.InvariantCulture, $"""
        [DEFAULT]
        logging_folder=
        runtime_folder={folder}
        data_folder={folder}
        config_folder={folder}

        [logger]
        level=ERROR
        {string.Concat(routes.Select((route, i) => string.Create(CultureInfo.InvariantCulture, $"""

            [routing:db{i + 1}]
            bind_address=127.0.0.1
            bind_port={route.Own}
            destinations=127.0.0.1:{route.Server}
            routing_strategy=first-available
            protocol=classic

            """)))}
        """);

    /// <summary>Starts it and waits until it listens. It dies with us.</summary>
    public static async Task<RouterProcess> StartAsync(string program, IReadOnlyList<int> servers, CancellationToken cancellationToken)
    {
        string folder = Directory.CreateTempSubdirectory("foobar-router-").FullName;
        int[] ports = [.. servers.Select(_ => FreePorts.Next())];
        string configuration = Path.Combine(folder, "mysqlrouter.conf");
        await File.WriteAllTextAsync(configuration, Configuration(folder, ports.Zip(servers)), cancellationToken);
        RouterProcess router = new(await TestProcess.StartAsync("KILL", program, ["--config", configuration]), folder, ports);
        try
        {
            long began = TimeProvider.System.GetTimestamp();
            while (!await router.ListensAsync(cancellationToken))
            {
                if (router._process.HasExited || TimeProvider.System.GetElapsedTime(began) > StartDeadline)
                    throw new BenchmarkException($"{program} did not start; what it wrote is above.");

                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken);
            }

            return router;
        }
        catch
        {
            await router.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task<(int Code, string Output)> RunAsync(string program, CancellationToken cancellationToken)
    {
        if (!File.Exists(program)) throw new BenchmarkException($"there is no {program}: {HowToGet}.");

        return await TestProcess.RunAsync(program, ["--version"], cancellationToken);
    }

    private async Task<bool> ListensAsync(CancellationToken cancellationToken)
    {
        foreach (int port in Ports)
        {
            try
            {
                using TcpClient client = new();
                await client.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
            }
            catch (SocketException)
            {
                return false;
            }
        }

        return true;
    }
}
