using System.Diagnostics;
using FooBar.AppHost.Processes;
using FooBar.AppHost.State;
using FooBar.Data;
using FooBar.Testing;

namespace FooBar.AppHost.Tests.CommandLine;

public sealed class DownCommandTests : IDisposable
{
    private static readonly ProcessIdentity Dead = new(int.MaxValue, 1);

    private readonly TemporaryFolder _folder = new();
    private readonly StateFolder _state;
    private Process? _sleeper;

    public DownCommandTests() => _state = new StateFolder(_folder["state"]);

    public void Dispose()
    {
        _sleeper?.Kill();
        _sleeper?.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Down_OfAStack_AsksTheSupervisorAndWaitsForItsEnd()
    {
        _state.Create();
        ProcessIdentity supervisor = await StartSleeperAsync();
        new StackRecord(supervisor, "running", "https://localhost:8443", null, [new ChildRecord("web-1", "web", null, null, null, 0, Dead)]).Write(_state);

        FoobarResult result = await RunAsync();

        result.AssertDone();
        Assert.Equal("Stopping 0 processes...\nStopped. The data is kept; ./foobar up goes on with it.\n", result.Output);
        Assert.False(supervisor.IsAlive);
    }

    [Theory]
    [InlineData(ReplicationMode.Group, "leaving the group, which takes about ten seconds")]
    [InlineData(ReplicationMode.Classic, "ending")]
    public async Task Down_OfAStackThatTakesItsTime_SaysWhoHasEndedAndWhoIsWaitedFor(ReplicationMode mode, string waiting)
    {
        _state.Create();
        using Process web = await TestProcess.StartAsync("KILL", "/bin/sleep", ["1000"]);
        using Process db = await TestProcess.StartAsync("KILL", "/bin/sleep", ["1000"]);
        string stops = $"kill {web.Id}; while kill -0 {db.Id} 2>/dev/null; do sleep 0.02; done; exit 0";
        using Process supervisor = await TestProcess.StartAsync("KILL", "/bin/sh", ["-c", $"trap '{stops}' TERM; echo; while :; do sleep 0.02; done"], start => start.RedirectStandardOutput = true);
        await supervisor.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        new StackRecord(ProcessIdentity.Of(supervisor.Id), "running", "https://localhost:8443", null,
        [
            new ChildRecord("web-1", "web", null, null, null, 0, ProcessIdentity.Of(web.Id)),
            new ChildRecord("db-1", "db", null, null, "127.0.0.1", 1, ProcessIdentity.Of(db.Id)),
        ])
        {
            Replication = mode,
        }.Write(_state);

        using Process down = await Foobar.StartAsync([], "down", "--state", _state.Path);
        List<string> lines = [];
        while (await down.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            lines.Add(line);
            if (line.Contains("db-1:", StringComparison.Ordinal))
            {
                db.Kill();
            }
        }

        Assert.Equal(["Stopping 2 processes...", "  web-1 ended", $"  db-1: {waiting}", "Stopped. The data is kept; ./foobar up goes on with it."], lines);
    }

    [Fact]
    public async Task Down_OfAStackWhoseSupervisorWasKilled_EndsTheProcessesThatAreLeft()
    {
        _state.Create();
        ProcessIdentity database = await StartSleeperAsync();
        new StackRecord(Dead, "running", "https://localhost:8443", null, [new ChildRecord("db-1", "db", null, null, "127.0.0.1", 13306, database), new ChildRecord("db-2", "db", null, null, "127.0.0.1", 13307, Dead)]).Write(_state);

        FoobarResult result = await RunAsync();

        result.AssertDone();
        Assert.Equal("Stopped. The data is kept; ./foobar up goes on with it.\n", result.Output);
        Assert.False(database.IsAlive);
        Assert.False(File.Exists(_state.RuntimeFile));
    }

    [Fact]
    public async Task Down_OfAProcessWhoseIdAnotherHasNow_LeavesThatAlone()
    {
        _state.Create();
        ProcessIdentity stranger = await StartSleeperAsync();
        new StackRecord(Dead, "running", "https://localhost:8443", null, [new ChildRecord("db-1", "db", null, null, null, 0, stranger with { StartTicks = stranger.StartTicks - 1 })]).Write(_state);

        (await RunAsync()).AssertDone();

        Assert.True(stranger.IsAlive);
    }

    [Fact]
    public async Task Down_OfAFolderWhereNothingRuns_SaysSo()
    {
        _state.Create();

        FoobarResult result = await RunAsync();

        result.AssertDone();
        Assert.Equal($"Nothing was running in {_state.Path}.\n", result.Output);
    }

    [Fact]
    public async Task Purge_OfAFolderWhereNothingRuns_RemovesIt()
    {
        _state.Create();

        FoobarResult result = await RunAsync("--purge");

        result.AssertDone();
        Assert.Equal($"Stopped, and removed {_state.Path}.\n", result.Output);
        Assert.False(Directory.Exists(_state.Path));
    }

    [Fact]
    public async Task Down_OfAStackWhoseSupervisorWasKilledAndAProcessFrozen_EndsThatToo()
    {
        _state.Create();
        ProcessIdentity frozen = await StartSleeperAsync();
        Signals.Send(frozen.Id, Signals.Stop);
        await Eventually.TrueAsync(() => frozen.IsStopped, () => "it was not stopped");
        new StackRecord(Dead, "running", "https://localhost:8443", null, [new ChildRecord("db-1", "db", null, null, "127.0.0.1", 1, frozen)]).Write(_state);

        (await RunAsync()).AssertDone();

        Assert.False(frozen.IsAlive);
    }

    private Task<FoobarResult> RunAsync(params string[] options) => Foobar.RunAsync(["down", .. options, "--state", _state.Path]);

    private async Task<ProcessIdentity> StartSleeperAsync()
    {
        _sleeper = await TestProcess.StartAsync("KILL", "/bin/sleep", ["1000"]);
        return ProcessIdentity.Of(_sleeper.Id)!;
    }
}
