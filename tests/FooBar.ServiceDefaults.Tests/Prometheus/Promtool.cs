using System.Diagnostics;

namespace FooBar.ServiceDefaults.Tests.Prometheus;

/// <summary>Prometheus' own checker of a metrics page.</summary>
internal static class Promtool
{
    /// <summary>What <c>promtool check metrics</c> has to say: a line for each name or syntax it objects to.</summary>
    public static async Task<(int ExitCode, IReadOnlyList<string> Findings)> CheckMetricsAsync(string page)
    {
        string home = Environment.GetEnvironmentVariable("FOOBAR_PROMETHEUS_HOME") ?? "";
        string program = Path.Combine(home, "bin", "promtool");
        Assert.True(home.Length > 0 && File.Exists(program), "promtool is missing: run ./foobar test, or set FOOBAR_PROMETHEUS_HOME");

        CancellationToken cancel = TestContext.Current.CancellationToken;
        using Process process = Process.Start(new ProcessStartInfo(program, ["check", "metrics"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancel);
        Task<string> error = process.StandardError.ReadToEndAsync(cancel);
        await process.StandardInput.WriteAsync(page.AsMemory(), cancel);
        process.StandardInput.Close();
        await process.WaitForExitAsync(cancel);
        string findings = await output + await error;
        return (process.ExitCode, findings.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
