using System.Diagnostics;
using FooBar.BadInput.Tests.Support;

namespace FooBar.BadInput.Tests;

/// <summary>A download that is broken, interrupted, or was: never taken for a program. Prometheus stands for all, its download being the small one.</summary>
public sealed class DownloadTests
{
    private const string Instead = "install Prometheus and set FOOBAR_PROMETHEUS_HOME to the folder that holds its bin/prometheus and bin/promtool";

    [Theory]
    [InlineData(Fault.WrongBytes, "Hash Sum mismatch")]
    [InlineData(Fault.Truncated, "")]
    public async Task Up_WithAMirrorThatServesABrokenPackage_SaysSoAndKeepsNothingOfIt(Fault fault, string why)
    {
        await using StateOfATest state = new();
        await using Mirror mirror = await Mirror.StartAsync();
        mirror.Fault = fault;

        FoobarResult up = await Foobar.RunAsync(mirror.Environment(state), state.Up());

        Assert.Equal(1, up.ExitCode);
        Assert.Matches($"^foobar: The package mirror http://[^ ]+ (serves a broken file for|could not be reached to download) Prometheus: [^\n]*{why}[^\n]*; or {Instead}\\.\n$", up.Error);
        Foobar.AssertNothingRunsIn(state.Path);
        Assert.Empty(Directory.GetDirectories(Path.Combine(state.Path, "tools")));
    }

    [Fact]
    public async Task Up_KilledInTheMiddleOfADownload_BeginsItAnewAndMendsWhatIsDamagedLater()
    {
        await using StateOfATest state = new();
        await using Mirror mirror = await Mirror.StartAsync();
        Dictionary<string, string?> environment = mirror.Environment(state);
        string tools = Path.Combine(state.Path, "tools");

        mirror.Fault = Fault.Stalled;
        using (Process up = await Foobar.StartAsync(Foobar.Script, state.Up(), environment))
        {
            Task<string> said = up.StandardOutput.ReadToEndAsync(CancellationToken.None);
            await Task.WhenAny(mirror.Stalled.Task, said);
            Assert.True(mirror.Stalled.Task.IsCompleted, $"It ended before the download:\n{(mirror.Stalled.Task.IsCompleted ? string.Empty : await said + await up.StandardError.ReadToEndAsync(CancellationToken.None))}");
            up.Kill();
            await Foobar.EndAsync(up);
        }

        // What a kill, a power cut and a careless hand leave; none of it is believed.
        Directory.CreateDirectory(Path.Combine(tools, "prometheus.partial", "bin"));
        await File.WriteAllTextAsync(Path.Combine(tools, "prometheus.partial", "bin", "prometheus"), "half", TestContext.Current.CancellationToken);
        string cache = Directory.CreateDirectory(Path.Combine(tools, "apt-prometheus", "cache", "archives")).FullName;
        await File.WriteAllTextAsync(Path.Combine(cache, "prometheus_1_amd64.deb"), "no package", TestContext.Current.CancellationToken);
        Assert.False(Directory.Exists(Path.Combine(tools, "prometheus")));
        (await state.DownAsync()).AssertDone();

        mirror.Fault = Fault.None;
        await state.AssertNextUpWorksAsync(environment);

        // promtool is not what a start runs first: that it is whole is known from the manifest alone.
        string promtool = Path.Combine(tools, "prometheus", "usr", "bin", "promtool");
        long length = new FileInfo(promtool).Length;
        using (FileStream file = new(promtool, FileMode.Open))
        {
            file.SetLength(length - 1);
        }

        await state.AssertNextUpWorksAsync(environment);
        Assert.Equal(length, new FileInfo(promtool).Length);
        Assert.Equal(["prometheus"], Directory.GetDirectories(tools).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Up_InterruptedInTheMiddleOfADownload_StopsAndLeavesNoHalf()
    {
        await using StateOfATest state = new();
        await using Mirror mirror = await Mirror.StartAsync();
        mirror.Fault = Fault.Stalled;
        await using Terminal terminal = await Terminal.StartAsync(Foobar.Script, state.Up(), mirror.Environment(state));
        await mirror.Stalled.Task.WaitAsync(TimeSpan.FromMinutes(2), TimeProvider.System, TestContext.Current.CancellationToken);

        terminal.Type("\x03");

        Assert.Equal(1, await terminal.EndAsync());
        Assert.Contains("foobar: interrupted before the site was up; what had started is stopped.", terminal.Text, StringComparison.Ordinal);
        Foobar.AssertNothingRunsIn(state.Path);
        Assert.DoesNotContain(Directory.GetDirectories(Path.Combine(state.Path, "tools")), folder => folder.EndsWith("prometheus", StringComparison.Ordinal) && !folder.EndsWith("apt-prometheus", StringComparison.Ordinal));
    }
}
