using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using FooBar.AppHost.Certificates;
using FooBar.Testing;

namespace FooBar.Benchmarks.Gateway;

/// <summary>A backend's process, seen from the one that measures. It dies with us.</summary>
internal sealed class BackendProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly HttpClient _client;

    private BackendProcess(Process process, BackendAddress address)
    {
        _process = process;
        Address = address;
        _client = new HttpClient { BaseAddress = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{address.HttpPort}")) };
    }

    public BackendAddress Address { get; }

    /// <summary>Starts one and waits until it listens.</summary>
    public static async Task<BackendProcess> StartAsync(CertificateFiles certificate, CancellationToken cancellationToken)
    {
        string[] arguments = [typeof(BackendProcess).Assembly.Location, BackendServer.Argument, certificate.CertificatePath, certificate.KeyPath];
        Process process = await TestProcess.StartAsync("KILL", Environment.ProcessPath!, arguments, start =>
        {
            start.RedirectStandardOutput = true;

            // It is killed, and would leave the runtime's debugger pipes behind.
            start.Environment["DOTNET_EnableDiagnostics"] = "0";
        });
        try
        {
            string line = await process.StandardOutput.ReadLineAsync(cancellationToken) ?? throw new BenchmarkException("a backend did not start; what it wrote is above.");
            return new BackendProcess(process, BackendAddress.Parse(line));
        }
        catch
        {
            await EndAsync(process);
            throw;
        }
    }

    /// <summary>How often what a cache may keep was asked for here.</summary>
    public Task<long> AskedAsync(CancellationToken cancellationToken) => _client.GetFromJsonAsync<long>(BackendServer.AskedPath, cancellationToken);

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return EndAsync(_process);
    }

    private static async ValueTask EndAsync(Process process)
    {
        if (!process.HasExited) process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }
}
