using System.Globalization;
using System.Net;
using FooBar.Testing;
using Microsoft.AspNetCore.Http;

namespace FooBar.LoadBalancer.Tests.Support;

/// <summary>
/// slowhttptest with 1,000 connections against a gateway of its own process, whose limits are those of service but for the ones on each client: all
/// come from one address here, and are to get as far as they can. Somebody else asks meanwhile, and before.
/// </summary>
internal static class SlowHttpTest
{
    private const int Connections = 1000;
    private const int OpenedPerSecond = 250;
    private static readonly TimeSpan Alone = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Attacked = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Attacks in one mode if the run is thorough, and prints what somebody else noticed; else returns at once.</summary>
    /// <param name="name">The mode's name.</param>
    /// <param name="arguments">The tool's arguments for it.</param>
    public static async Task AttackAsync(string name, params string[] arguments)
    {
        if (!Catalogue.IsThorough)
            return;
        string home = Environment.GetEnvironmentVariable("FOOBAR_SLOWHTTPTEST_HOME")
            ?? throw new InvalidOperationException("FOOBAR_SLOWHTTPTEST_HOME is not set; ./foobar test gateway --thorough sets it.");
        using TestCertificates certificates = new();
        byte[] page = new byte[256 * 1024];

        // Two, as the site has: each has room for 1,000 requests.
        await using TestBackend first = await TestBackend.StartAsync("web-1", certificates.Issue("127.0.0.1"));
        await using TestBackend second = await TestBackend.StartAsync("web-2", certificates.Issue("127.0.0.1"));
        first.Handler = second.Handler = context =>
            context.Request.Path == "/large" ? context.Response.Body.WriteAsync(page, context.RequestAborted).AsTask() : context.Response.WriteAsync("hello");
        await using GatewayProcess gateway = await GatewayProcess.StartAsync(
            certificates, first.Url, "Backends:1:Name=web-2", $"Backends:1:Url={second.Url}", "Limits:Allow:0=127.0.0.0/8");
        using HttpClient visitor = gateway.Client(IPAddress.Parse("127.0.0.3"));

        // A process that has just started is slow at first, and that is no attacker's doing.
        await VisitAsync(visitor, Alone);
        TimeSpan alone = await VisitAsync(visitor, Alone);
        double memory = gateway.ResidentMb;
        TimeSpan processor = gateway.ProcessorTime;
        Task<(int ExitCode, string Output)> tool = TestProcess.RunAsync(
            Path.Combine(home, "bin", "slowhttptest"),
            [
                .. arguments, "-c", $"{Connections}", "-r", $"{OpenedPerSecond}", "-l", string.Create(CultureInfo.InvariantCulture, $"{Attacked.TotalSeconds}"),
                "-p", "5", "-u", $"https://127.0.0.1:{gateway.Port}{(arguments.Contains("-X") ? "/large" : "/")}",
            ],
            TestContext.Current.CancellationToken);
        TimeSpan attacked;
        try
        {
            attacked = await VisitAsync(visitor, Attacked);
        }
        catch (HttpRequestException exception)
        {
            throw new InvalidOperationException($"Somebody else was not answered:\n{await gateway.EndAsync()}", exception);
        }

        (_, string output) = await tool;

        Assert.DoesNotContain("service available:   NO", output, StringComparison.Ordinal);
        Assert.Contains("service available:", output, StringComparison.Ordinal);
        EvidenceLine.Print($"slowhttptest, {name}, {Connections} connections", string.Create(
            CultureInfo.InvariantCulture,
            $"p99 of somebody else {alone.TotalMilliseconds:0.0} ms alone, {attacked.TotalMilliseconds:0.0} ms under attack ({attacked / alone:0.00} times); {(gateway.ProcessorTime - processor).TotalSeconds:0.0} s of the gateway's processor time in {Attacked.TotalSeconds:0} s, {gateway.ResidentMb - memory:0} MB more memory"));
    }

    /// <summary>Asks one after the other for so long; all must be answered. Returns the time within which 99 of 100 were.</summary>
    private static async Task<TimeSpan> VisitAsync(HttpClient visitor, TimeSpan duration)
    {
        List<TimeSpan> times = [];
        long start = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(start) < duration)
        {
            long began = TimeProvider.System.GetTimestamp();
            Assert.Equal("hello", await visitor.GetStringAsync("/", TestContext.Current.CancellationToken));
            times.Add(TimeProvider.System.GetElapsedTime(began));
            await Task.Delay(Pause, TimeProvider.System, TestContext.Current.CancellationToken);
        }

        times.Sort();
        return times[(int)(times.Count * 0.99)];
    }
}
