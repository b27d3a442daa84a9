using System.Diagnostics;
using System.Globalization;
using FooBar.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace FooBar.Load.Tests.Proof;

/// <summary>A web server in a process of its own that counts the requests that reach it, and can be held still with SIGSTOP.</summary>
internal sealed class CountingServer : IAsyncDisposable
{
    public const string Argument = "counting-server";

    private readonly Process _process;

    private CountingServer(Process process, Uri address) => (_process, Address) = (process, address);

    public Uri Address { get; }

    /// <summary>The server's side: prints its address and serves until it is killed. <c>/count</c> tells how often <c>/</c> was asked for.</summary>
    public static async Task<int> MainAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using WebApplication server = builder.Build();
        long count = 0;
        server.MapGet("/", () => Interlocked.Increment(ref count).ToString(CultureInfo.InvariantCulture));
        server.MapGet("/count", () => Interlocked.Read(ref count).ToString(CultureInfo.InvariantCulture));
        await server.StartAsync();
        Console.WriteLine(server.Urls.Single());
        await Console.In.ReadToEndAsync();
        return 0;
    }

    public static async Task<CountingServer> StartAsync()
    {
        Process process = await TestProcess.StartAsync(
            "KILL", Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [typeof(CountingServer).Assembly.Location, Argument], start =>
            {
                start.RedirectStandardInput = true;
                start.RedirectStandardOutput = true;
            });
        string? address = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        return new CountingServer(process, new Uri(address ?? throw new InvalidOperationException("The counting server did not start.")));
    }

    /// <summary>Holds it still: the kernel goes on accepting connections for it, and nothing answers.</summary>
    public Task HoldAsync() => SignalAsync("-STOP");

    /// <summary>Lets it go on.</summary>
    public Task ReleaseAsync() => SignalAsync("-CONT");

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task SignalAsync(string signal)
    {
        (int exitCode, string output) = await TestProcess.RunAsync("kill", [signal, _process.Id.ToString(CultureInfo.InvariantCulture)], TestContext.Current.CancellationToken);
        Assert.True(exitCode == 0, output);
    }
}
