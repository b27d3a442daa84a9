using System.Globalization;
using FooBar.AppHost.Lab;
using FooBar.AppHost.Machine;
using FooBar.AppHost.State;
using FooBar.Testing;

namespace FooBar.Lab.Tests.Bare;

/// <summary>A lab of <c>./foobar lab up</c>, beside others, and what is left of it after each way in which it can end: nothing.</summary>
public sealed class EndedLabTests : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    private readonly LabFolder _cache = LabState.Lab("lab");
    private readonly string _temporary = Directory.CreateTempSubdirectory("foobar-lab-test-").FullName;
    private readonly StateFolder _state;
    private readonly LabFolder _folder;

    public EndedLabTests()
    {
        _state = new StateFolder(Path.Combine(LabState.Folder.Path, "lab-ended"));
        _folder = new LabFolder(_state);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await LabEnd.RunAsync(_folder, purge: false, CancellationToken.None);
        await LabFiles.DeleteAsync(_state.Path);
        Directory.Delete(_temporary, recursive: true);
    }

    [Theory]
    [InlineData("down")]
    [InlineData("init")]
    [InlineData("guard")]
    [InlineData("namespaces")]
    [InlineData("hosts")]
    public async Task Lab_HoweverItEnds_LeavesNothing(string how)
    {
        await CommandAsync(0, "up");
        RunningLab lab = RunningLab.Require(_folder);
        LabTraces traces = LabTraces.Of(lab);
        Assert.True(traces.Processes.Count > 10, $"Only {traces.Processes.Count} processes were found in the lab.");

        switch (how)
        {
            case "down":
                Assert.Equal("The lab is down.\n", await CommandAsync(0, "down"));
                break;
            case "init":
                Signals.Send(lab.Init.Id, Signals.Kill);
                break;
            case "guard":
                Signals.Send(lab.Guard.Id, Signals.Kill);
                break;
            case "namespaces":
                Signals.Send(ParentOf(lab.Init.Id), Signals.Kill);
                break;
            case "hosts":
                // Everything at once; nobody is left to clean up but the next command.
                traces.Processes.ToList().ForEach(process => Signals.Send(process.Id, Signals.Kill));
                Assert.Equal($"No lab was up in {_folder.Path}.\n", await CommandAsync(0, "down"));
                break;
        }

        await traces.AssertGoneAsync(_folder, Token);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_temporary));
    }

    [Fact]
    public async Task Lab_WhoseStartIsKilled_LeavesNothing()
    {
        using System.Diagnostics.Process up = await TestProcess.StartAsync("KILL", Dotnet.Program, Arguments("up"), Configure);
        string? line;
        while ((line = await up.StandardOutput.ReadLineAsync(Token)) is not null && !line.EndsWith("app-1: booting", StringComparison.Ordinal))
        {
        }

        Assert.NotNull(line);
        LabTraces traces = LabTraces.Of(RunningLab.Require(_folder));

        up.Kill();

        await traces.AssertGoneAsync(_folder, Token);
    }

    [Fact]
    public async Task Lab_ThatIsUp_IsNotBroughtUpTwice()
    {
        await CommandAsync(0, "up");

        Assert.Equal(
            $"foobar: a lab is up already in {_folder.Path}. Look at it with ./foobar lab status, or end it with ./foobar lab down.\n", await CommandAsync(1, "up"));
        Assert.Equal(
            """
            edge-1    up   10.77.0.11  fd77::11
            app-1     up   10.77.0.12  fd77::12
            app-2     up   10.77.0.13  fd77::13
            repo      up   10.77.0.2   fd77::2
            admin     up   10.77.0.3   fd77::3
            visitor   up   10.77.0.100 fd77::100
            attacker  up   10.77.0.200 fd77::200

            """,
            await CommandAsync(0, "status"));
        Assert.Equal("app-2\n", await CommandAsync(0, "shell", "app-2", "hostname"));
        Assert.Equal(string.Empty, await CommandAsync(7, "shell", "visitor", "--", "sh", "-c", "exit 7"));
        Assert.Equal("foobar: the lab has no host 'visitor'. Choose one of edge-1, app-1, app-2.\n", await CommandAsync(1, "cut", "visitor"));
        Assert.Equal("foobar: the lab has no machine 'app-3'. Choose one of edge-1, app-1, app-2, repo, admin, visitor, attacker.\n", await CommandAsync(1, "shell", "app-3"));
    }

    [Theory]
    [InlineData("deploy")]
    [InlineData("shell", "app-1")]
    [InlineData("cut", "app-1")]
    [InlineData("restore", "app-1")]
    [InlineData("kill", "app-1")]
    [InlineData("start", "app-1")]
    [InlineData("reboot", "app-1")]
    public async Task Command_WithoutALab_SaysHowToStartOne(params string[] arguments)
    {
        Assert.Equal($"foobar: no lab is up in {_folder.Path}. Start it with ./foobar lab up.\n", await CommandAsync(1, arguments));
    }

    /// <summary>Runs a command of the lab to its end; returns what it printed, on either stream.</summary>
    private async Task<string> CommandAsync(int exitCode, params string[] arguments)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(Token);
        deadline.CancelAfter(Deadline);
        using System.Diagnostics.Process command = await TestProcess.StartAsync("KILL", Dotnet.Program, Arguments(arguments), Configure);
        Task<string> output = command.StandardOutput.ReadToEndAsync(deadline.Token);
        Task<string> error = command.StandardError.ReadToEndAsync(deadline.Token);
        string said = await output + await error;
        await command.WaitForExitAsync(deadline.Token);
        Assert.True(command.ExitCode == exitCode, $"lab {string.Join(' ', arguments)} ended with {command.ExitCode}:\n{said}");
        return said;
    }

    private string[] Arguments(params string[] arguments)
    {
        string program = Path.Combine(RepositoryRoot.Path, "artifacts", "bin", "FooBar.AppHost", "release", "foobar.dll");
        return [program, "lab", arguments[0], "--state", _state.Path, .. arguments[1..]];
    }

    private void Configure(System.Diagnostics.ProcessStartInfo start)
    {
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.Environment["FOOBAR_LAB_CACHE"] = _cache.Cache;
        start.Environment["TMPDIR"] = _temporary;
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
    }

    private static int ParentOf(int process)
    {
        string stat = File.ReadAllText($"/proc/{process.ToString(CultureInfo.InvariantCulture)}/stat");
        return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
    }
}
