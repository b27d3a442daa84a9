using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;

namespace FooBar.LoadBalancer.Tests.Failures;

/// <summary>An <see cref="OracleBackend"/> from outside: it can be killed, stopped, continued, ended in order, and started again on its port.</summary>
internal sealed class OracleProcess : IAsyncDisposable
{
    private readonly string _folder;
    private readonly string _certificatePath;
    private readonly string _keyPath;
    private Process? _process;
    private int _port;

    private OracleProcess(string name, string folder, TestCertificates certificates)
    {
        Name = name;
        _folder = folder;
        using X509Certificate2 certificate = certificates.Issue("127.0.0.1");
        (_certificatePath, _keyPath) = certificates.Write(certificate);
    }

    public string Name { get; }

    public string Url => $"https://127.0.0.1:{_port}";

    public static async Task<OracleProcess> StartAsync(string name, string folder, TestCertificates certificates)
    {
        OracleProcess process = new(name, folder, certificates);
        await process.StartAsync();
        return process;
    }

    public async Task StartAsync()
    {
        _process = await TestProcess.StartAsync(
            "KILL",
            "dotnet",
            [typeof(OracleProcess).Assembly.Location, OracleBackend.Role, Name, $"{_port}", _certificatePath, _keyPath, _folder],
            start => start.RedirectStandardOutput = true);
        string? line = await _process.StandardOutput.ReadLineAsync(Eventually.Limit);
        _port = int.Parse(line ?? throw new InvalidOperationException($"{Name} ended before it listened."), null);
    }

    /// <summary>Sends a signal: STOP or CONT.</summary>
    public Task SignalAsync(string signal) => SendAsync(signal);

    /// <summary>Ends it by a signal, KILL or TERM, and waits for its end.</summary>
    public async Task EndAsync(string signal)
    {
        await SendAsync(signal);
        await _process!.WaitForExitAsync(Eventually.Limit);
        _process.Dispose();
        _process = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is null)
            return;
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task SendAsync(string signal)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", $"{_process!.Id}"]);
        await kill.WaitForExitAsync(Eventually.Limit);
        Assert.Equal(0, kill.ExitCode);
    }
}
