using System.Diagnostics;
using FooBar.AppHost.Processes;
using FooBar.AppHost.State;
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
        Assert.Equal("Stopping 1 processes...\nStopped. The data is kept; ./foobar up goes on with it.\n", result.Output);
        Assert.False(supervisor.IsAlive);
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

    private Task<FoobarResult> RunAsync(params string[] options) => Foobar.RunAsync(["down", .. options, "--state", _state.Path]);

    private async Task<ProcessIdentity> StartSleeperAsync()
    {
        _sleeper = await TestProcess.StartAsync("KILL", "/bin/sleep", ["1000"]);
        return ProcessIdentity.Of(_sleeper.Id)!;
    }
}
