using System.Diagnostics;
using FooBar.Benchmarks;
using FooBar.Benchmarks.Gateway;
using FooBar.Testing;

namespace FooBar.AppHost.Tests.Benchmarks;

public sealed class ProcessUsageTests
{
    [Fact]
    public void Cpu_IsWhatTheProcessAccountsForItself()
    {
        TimeSpan work = TimeSpan.FromMilliseconds(200);
        int[] process = [Environment.ProcessId];
        TimeSpan before = Environment.CpuUsage.TotalTime;
        TimeSpan measured = ProcessUsage.Cpu(process)[process[0]];
        while (Environment.CpuUsage.TotalTime - before < work)
        {
        }

        measured = ProcessUsage.Cpu(process)[process[0]] - measured;

        // The readings of the one lie between those of the other, which are a clock tick old at most.
        Assert.InRange(measured, work / 2, Environment.CpuUsage.TotalTime - before + (work / 2));
    }

    [Fact]
    public async Task Cpu_OfAProcessThatHasEnded_IsMissing()
    {
        using Process child = await TestProcess.StartAsync("KILL", "true", []);
        int id = child.Id;
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Empty(ProcessUsage.Cpu([id]));
        Assert.Equal($"process {id} has ended.", Assert.Throws<BenchmarkException>(() => ProcessUsage.Tree(id)).Message);
    }

    [Fact]
    public async Task Tree_HasTheChildren()
    {
        using Process parent = await TestProcess.StartAsync("KILL", "sh", ["-c", "sleep 600 & echo $!; read line; kill $!"], start =>
        {
            start.RedirectStandardInput = true;
            start.RedirectStandardOutput = true;
        });
        string? child = await parent.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);

        Assert.Equal([$"{parent.Id}", child], ProcessUsage.Tree(parent.Id).Select(id => $"{id}"));

        parent.StandardInput.Close();
        await parent.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public void ResidentMegabytes_CountWhatIsSharedOnce()
    {
        int process = Environment.ProcessId;
        double once = ProcessUsage.ResidentMegabytes([process]);

        Assert.InRange(once, 20, 20_000);
        Assert.InRange(ProcessUsage.ResidentMegabytes([process, process]), once + 1, (2 * once) - 1);
    }
}
