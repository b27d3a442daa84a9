using System.Diagnostics;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using FooBar.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace FooBar.LoadBalancer.Tests.Support;

/// <summary>A backend as a process of its own, which can be killed, stopped and continued.</summary>
internal sealed class BackendProcess : IAsyncDisposable
{
    /// <summary>The argument that makes the test program a backend.</summary>
    public const string Role = "backend";

    private readonly string _certificatePath;
    private readonly string _keyPath;
    private Process? _process;
    private int _port;

    private BackendProcess(string name, TestCertificates certificates)
    {
        Name = name;
        using X509Certificate2 certificate = certificates.Issue("127.0.0.1");
        (_certificatePath, _keyPath) = certificates.Write(certificate);
    }

    public string Name { get; }

    public string Url => $"https://127.0.0.1:{_port}";

    public static async Task<BackendProcess> StartAsync(string name, TestCertificates certificates)
    {
        BackendProcess backend = new(name, certificates);
        await backend.StartAsync();
        return backend;
    }

    /// <summary>The backend's side: answers every request with its name until SIGTERM, and then finishes what it has.</summary>
    public static async Task ServeAsync(string name, int port, string certificatePath, string keyPath)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
            IPAddress.Loopback, port, listener => listener.UseHttps(X509Certificate2.CreateFromPemFile(certificatePath, keyPath))));
        builder.Host.UseConsoleLifetime(console => console.SuppressStatusMessages = true);
        await using WebApplication app = builder.Build();
        app.Run(async context =>
        {
            if (context.Request.Path == "/health/ready")
                context.Response.StatusCode = app.Lifetime.ApplicationStopping.IsCancellationRequested ? 503 : 200;
            else
                await context.Response.WriteAsync(name);
        });
        await app.StartAsync();
        await Console.Out.WriteLineAsync($"{new Uri(app.Urls.Single()).Port}");
        await app.WaitForShutdownAsync();
    }

    /// <summary>Starts it, on the port of its first start if there was one, and waits until it listens.</summary>
    public async Task StartAsync()
    {
        _process = await TestProcess.StartAsync(
            "KILL",
            "dotnet",
            [typeof(BackendProcess).Assembly.Location, Role, Name, $"{_port}", _certificatePath, _keyPath],
            start => start.RedirectStandardOutput = true);
        string? line = await _process.StandardOutput.ReadLineAsync(Eventually.Limit);
        _port = int.Parse(line ?? throw new InvalidOperationException($"{Name} ended before it listened."), null);
    }

    /// <summary>Sends a signal: KILL, STOP, CONT or TERM.</summary>
    public async Task SignalAsync(string signal)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", $"{_process!.Id}"]);
        await kill.WaitForExitAsync(Eventually.Limit);
        Assert.Equal(0, kill.ExitCode);
    }

    /// <summary>Waits for its end and returns its exit code.</summary>
    public async Task<int> EndAsync()
    {
        await _process!.WaitForExitAsync(Eventually.Limit);
        int exitCode = _process.ExitCode;
        _process.Dispose();
        _process = null;
        return exitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is null)
            return;
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
