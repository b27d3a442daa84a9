using System.Globalization;
using FooBar.AppHost.Processes;

namespace FooBar.AppHost.Tests.Processes;

public sealed class ChildProcessTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    private readonly TemporaryFolder _folder = new();
    private readonly List<ChildProcess> _started = [];

    private string LogFile => _folder["child.log"];

    public void Dispose()
    {
        _started.ForEach(child => child.Kill());
        _folder.Dispose();
    }

    [Fact]
    public async Task Output_OfBothKinds_IsAppendedToTheLog()
    {
        File.WriteAllText(LogFile, "from the run before\n");

        await RunAsync("echo out; echo err >&2");

        Assert.Equal("from the run before\nout\nerr\n", File.ReadAllText(LogFile));
    }

    [Fact]
    public async Task Input_IsEmpty()
    {
        await RunAsync("cat; echo end");

        Assert.Equal("end\n", File.ReadAllText(LogFile));
    }

    [Fact]
    public async Task Id_IsTheProgramsOwn()
    {
        ChildProcess child = await RunAsync("echo $$");

        Assert.Equal($"{child.Id}\n", File.ReadAllText(LogFile));
    }

    [Fact]
    public async Task Session_IsTheChildsOwn()
    {
        ChildProcess child = await StartAsync("exec sleep 1000");
        await Eventually.TrueAsync(() => CommandOf(child) == "sleep", () => $"the child is '{CommandOf(child)}'");

        // proc(5): the fields after the command are state, parent, process group, session.
        string stat = File.ReadAllText($"/proc/{child.Id}/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        Assert.Equal([$"{child.Id}", $"{child.Id}"], fields[2..4]);
    }

    [Fact]
    public async Task Arguments_WithEverythingAShellWouldTouch_ArriveAsTheyAre()
    {
        string[] awkward = ["a b", "it's", "\"q\"", "$HOME `id`", "*", "", "-c", "two\nlines", "grün"];
        ChildProcess child = await StartAsync(new ChildSpecification("child", "/usr/bin/printf", ["[%s]", .. awkward], _folder.Path, _folder["it's a $LOG \"file\".log"]));
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(string.Concat(awkward.Select(argument => $"[{argument}]")), File.ReadAllText(child.Specification.LogFile));
    }

    [Fact]
    public async Task Environment_IsInheritedAndAddedTo_WithoutWhatWouldSteerAspNetCore()
    {
        Environment.SetEnvironmentVariable("FOOBAR_TEST_INHERITED", "inherited");
        Environment.SetEnvironmentVariable("ASPNETCORE_FOOBAR_TEST", "of the developer's shell");

        ChildProcess child = await StartAsync(Specification("echo \"$FOOBAR_TEST_INHERITED/$Gateway__HttpsPort/$ASPNETCORE_FOOBAR_TEST\"") with
        {
            Environment = new Dictionary<string, string> { ["Gateway__HttpsPort"] = "8443" },
        });
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal("inherited/8443/\n", File.ReadAllText(LogFile));
    }

    [Fact]
    public async Task WorkingDirectory_IsAsSpecified()
    {
        await RunAsync("pwd -P");

        Assert.Equal(_folder.Path + "\n", File.ReadAllText(LogFile));
    }

    [Fact]
    public async Task User_IsTheUnprivilegedOneWhenWeAreRoot()
    {
        ChildProcess child = await StartAsync(Specification("id -un; id -Gn") with { User = UnprivilegedUser.ForDatabase });
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);

        string[] lines = File.ReadAllLines(LogFile);
        Assert.Equal(Environment.IsPrivilegedProcess ? "nobody" : Environment.UserName, lines[0]);
        if (Environment.IsPrivilegedProcess)
        {
            Assert.Equal("nogroup", lines[1]);
        }
    }

    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 7", 7)]
    [InlineData("kill -TERM $$", 128 + 15)]
    [InlineData("kill -KILL $$", 128 + 9)]
    public async Task ExitCode_OfAnEnd_IsItsCodeOr128PlusTheSignal(string script, int expected)
    {
        ChildProcess child = await RunAsync(script);

        Assert.True(child.HasExited);
        Assert.Equal(expected, child.ExitCode);
    }

    [Fact]
    public async Task Start_OfAProgramThatIsMissing_EndsWith127AndSaysWhichInTheLog()
    {
        ChildProcess child = await StartAsync(new ChildSpecification("child", "/nowhere/program", [], _folder.Path, LogFile));
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(127, child.ExitCode);
        Assert.Contains("/nowhere/program", child.LogTail(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_OfAChildThatHeedsTerm_ReturnsTrue()
    {
        ChildProcess child = await StartAsync("trap 'echo flushed; exit 3' TERM; echo ready; while :; do sleep 0.02; done");
        await Eventually.ContainsAsync(LogFile, "ready");

        Assert.True(await child.StopAsync(Long));

        Assert.Equal(3, child.ExitCode);
        Assert.Equal("ready\nflushed\n", File.ReadAllText(LogFile));
    }

    [Fact]
    public async Task Stop_OfAChildThatIgnoresTerm_KillsItAndReturnsFalse()
    {
        ChildProcess child = await StartAsync("trap '' TERM; echo ready; exec sleep 1000");
        await Eventually.ContainsAsync(LogFile, "ready");

        Assert.False(await child.StopAsync(TimeSpan.FromMilliseconds(50)));

        Assert.Equal(128 + Signals.Kill, child.ExitCode);
    }

    [Fact]
    public async Task Stop_OfAChildThatHasEnded_ReturnsTrueAndKeepsItsExitCode()
    {
        ChildProcess child = await RunAsync("exit 4");

        Assert.True(await child.StopAsync(Long));
        child.Kill();

        Assert.Equal(4, child.ExitCode);
    }

    [Fact]
    public async Task LogTail_OfAnotherRunsLines_IsTheLastOnesAsked()
    {
        ChildProcess child = await RunAsync("seq 1 40");

        Assert.Equal("26\n27\n28\n29\n30\n31\n32\n33\n34\n35\n36\n37\n38\n39\n40", child.LogTail());
        Assert.Equal("39\n40", child.LogTail(2));
    }

    [Fact]
    public async Task LogTail_OfALongLog_IsStillItsEnd()
    {
        ChildProcess child = await RunAsync("seq 1 50000");

        Assert.Equal("50000", child.LogTail(1));
    }

    [Fact]
    public async Task LogTail_WithoutALog_SaysSo()
    {
        ChildProcess child = await RunAsync("exit 0");
        File.Delete(LogFile);

        Assert.Equal("(no log)", child.LogTail());
    }

    [Fact]
    public async Task Child_StartedFromAThreadThatEnds_LivesOn()
    {
        ChildProcess? child = null;
        string task = string.Empty;
        using ManualResetEventSlim end = new();
        Thread asking = new(() =>
        {
            task = File.ResolveLinkTarget("/proc/thread-self", returnFinalTarget: false)!.FullName;
            child = StartAsync("trap 'echo alive' USR1; echo ready; while :; do sleep 0.02; done").GetAwaiter().GetResult();

            // The thread must outlive the moment in which the child asks the kernel for the signal.
            end.Wait();
        });
        asking.Start();
        await Eventually.ContainsAsync(LogFile, "ready");
        end.Set();
        asking.Join();

        // Join returns before the kernel's thread is gone, and the death signal is sent as it goes.
        await Eventually.TrueAsync(() => !Directory.Exists(task), () => $"the thread {task} is still there");

        // A child with a pending KILL could not answer any more.
        Signals.Send(child!.Id, 10);
        await Eventually.TrueAsync(() => child.HasExited || File.ReadAllText(LogFile).Contains("alive", StringComparison.Ordinal), () => "it neither ended nor answered");
        Assert.False(child.HasExited, "The child ended with the thread that had asked for it.");
    }

    [Fact]
    public async Task Child_WhoseSupervisorIsKilled_IsKilled()
    {
        await using HelperProcess supervisor = await HelperProcess.StartChildAsync("KILL", null, _folder.Path, LogFile, "trap 'echo heard TERM' TERM; echo ready; while :; do sleep 0.02; done");
        ProcessIdentity child = await LivingAsync(supervisor);

        await supervisor.KillAsync();

        await Eventually.TrueAsync(() => !child.IsAlive, () => $"the child {child.Id} outlives its supervisor");
        Assert.Equal("ready\n", File.ReadAllText(LogFile));
    }

    [Fact]
    public async Task Child_ThatMustFlush_GetsTermWhenItsSupervisorIsKilled()
    {
        await using HelperProcess supervisor = await HelperProcess.StartChildAsync("TERM", UnprivilegedUser.ForDatabase, _folder.Path, LogFile, "trap 'echo flushed; exit' TERM; echo ready; while :; do sleep 0.02; done");
        ProcessIdentity child = await LivingAsync(supervisor);

        await supervisor.KillAsync();

        await Eventually.TrueAsync(() => !child.IsAlive, () => $"the child {child.Id} outlives its supervisor");
        Assert.Equal("ready\nflushed\n", File.ReadAllText(LogFile));
    }

    private static string CommandOf(ChildProcess child) => File.ReadAllText($"/proc/{child.Id}/comm").Trim();

    private async Task<ProcessIdentity> LivingAsync(HelperProcess supervisor)
    {
        await Eventually.ContainsAsync(LogFile, "ready");
        return Assert.IsType<ProcessIdentity>(ProcessIdentity.Of(int.Parse(supervisor.Answer, CultureInfo.InvariantCulture)));
    }

    private ChildSpecification Specification(string script) => new("child", "/bin/sh", ["-c", script], _folder.Path, LogFile);

    private Task<ChildProcess> StartAsync(string script) => StartAsync(Specification(script));

    private async Task<ChildProcess> StartAsync(ChildSpecification specification)
    {
        ChildProcess child = await ChildProcess.StartAsync(specification);
        _started.Add(child);
        return child;
    }

    private async Task<ChildProcess> RunAsync(string script)
    {
        ChildProcess child = await StartAsync(script);
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        return child;
    }
}
