using System.Diagnostics;
using System.Globalization;
using FooBar.Testing;

namespace FooBar.Data.Faults.Tests.Fixtures;

/// <summary>However a test program ends, its servers and its network end with it.</summary>
public sealed class EndTests : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _temporary = Directory.CreateTempSubdirectory("foobar-end-");

    public ValueTask InitializeAsync()
    {
        OwnNamespaces.NetworkTool("nft");
        Assert.SkipWhen(OwnNamespaces.Refusal is not null, OwnNamespaces.Refusal ?? "");
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _temporary.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Program_EndsOrIsKilled_NothingOfItIsLeft(bool killed)
    {
        string dll = typeof(EndTests).Assembly.Location;
        using Process victim = await TestProcess.StartAsync("TERM", "dotnet", [dll, VictimProgram.Argument], start =>
        {
            start.RedirectStandardOutput = true;
            start.RedirectStandardInput = true;
            start.Environment.Remove(OwnNamespaces.Variable);
            // Files are what a killed program leaves.
            start.Environment["TMPDIR"] = _temporary.FullName;
        });
        List<int> servers = [];
        while (await victim.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line && line != "ready")
            servers.Add(int.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture));
        string[] networks = [.. servers.Append(victim.Id).Select(NetworkOf).OfType<string>().Distinct()];
        Assert.Single(servers);
        Assert.Equal(2, networks.Length);
        Assert.DoesNotContain(NetworkOf(Environment.ProcessId), networks);

        if (killed)
            victim.Kill();
        else
            await victim.StandardInput.WriteLineAsync();
        await victim.WaitForExitAsync(TestContext.Current.CancellationToken);

        long startedAt = TimeProvider.System.GetTimestamp();
        while (Left() is { Length: > 0 } left)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(startedAt) < Deadline, $"Still there: {left}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        string Left() => string.Join(", ", Directory.EnumerateDirectories("/proc").Select(Path.GetFileName)
            .Where(name => int.TryParse(name, CultureInfo.InvariantCulture, out int id) && (servers.Contains(id) || networks.Contains(NetworkOf(id)))));
    }

    [Fact]
    public async Task Cluster_StartFails_NothingOfItIsLeft()
    {
        ClusterNetwork network = await ClusterNetwork.CreateAsync(members: 2);
        MySqlPlace[] places = [network.Places[0] with { DataDisk = 300 }, network.Places[1] with { BindAddress = "192.0.2.1" }];

        await Assert.ThrowsAsync<InvalidOperationException>(() => ClassicCluster.StartAsync(places));

        Assert.DoesNotContain("foobar-mysql", File.ReadAllText("/proc/mounts"), StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.EnumerateDirectories("/proc"), folder =>
            int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out int id) && ParentOf(id) == Environment.ProcessId && CommandOf(id).Contains("mysqld", StringComparison.Ordinal));
        await network.DisposeAsync();
        Assert.DoesNotContain("foobar-network", File.ReadAllText("/proc/mounts"), StringComparison.Ordinal);
    }

    /// <summary>Which network a process is in; null when it is gone or somebody else's.</summary>
    private static string? NetworkOf(int process)
    {
        try
        {
            return File.ResolveLinkTarget(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/ns/net"), returnFinalTarget: false)?.Name;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static int ParentOf(int process) =>
        Read(process, "stat") is { Length: > 0 } stat ? int.Parse(stat[(stat.LastIndexOf(')') + 4)..].Split(' ')[0], CultureInfo.InvariantCulture) : 0;

    private static string CommandOf(int process) => Read(process, "cmdline");

    private static string Read(int process, string file)
    {
        try
        {
            return File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/{file}"));
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
