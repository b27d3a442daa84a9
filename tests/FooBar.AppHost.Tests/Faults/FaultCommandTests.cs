using FooBar.AppHost.Processes;
using FooBar.AppHost.State;
using FooBar.AppHost.Supervision;
using FooBar.AppHost.Tests.CommandLine;
using FooBar.Data;

namespace FooBar.AppHost.Tests.Faults;

/// <summary>The command against a record that names real processes; the supervisor of the record is this test.</summary>
public sealed class FaultCommandTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly StateFolder _state;
    private readonly List<ChildProcess> _children = [];

    public FaultCommandTests()
    {
        _state = new StateFolder(_folder["state"]);
        _state.Create();
    }

    public async ValueTask InitializeAsync()
    {
        foreach (string name in (string[])["web-1", "db-1"])
        {
            _children.Add(await ChildProcess.StartAsync(new ChildSpecification(name, "sleep", ["1000"], _folder.Path, _folder["log"])));
        }

        Write();
    }

    public ValueTask DisposeAsync()
    {
        _children.ForEach(child => child.Kill());
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Kill_EndsTheProcessAndLeavesNoOrder()
    {
        new Orders(_state).Give("web-1", Order.Hold);

        FoobarResult result = await FaultAsync("kill", "web-1");

        result.AssertDone();
        Assert.Equal($"web-1 (pid {_children[0].Id}) was killed; its supervisor starts it again.\n", result.Output);
        await AssertEndsAsync(_children[0], 128 + Signals.Kill);
        Assert.Equal(Order.None, new Orders(_state).Read("web-1"));
    }

    [Fact]
    public async Task KillHold_OrdersThatItStaysDown()
    {
        FoobarResult result = await FaultAsync("kill", "web-1", "--hold");

        Assert.Equal($"web-1 (pid {_children[0].Id}) was killed and is held down; ./foobar fault restart web-1 starts it.\n", result.Output);
        Assert.Equal(Order.Hold, new Orders(_state).Read("web-1"));
    }

    [Fact]
    public async Task StopAndCont_FreezeTheProcessAndLetItGoOn()
    {
        int id = _children[0].Id;

        Assert.Equal($"web-1 (pid {id}) is stopped; ./foobar fault cont web-1 lets it go on.\n", (await FaultAsync("stop", "web-1")).Output);
        Assert.True(ProcessIdentity.Of(id)!.IsStopped);
        Assert.Contains(["web-1", "web", "stopped"], (await Foobar.RunAsync("status", "--state", _state.Path)).Output.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(3)));
        Assert.Equal($"web-1 (pid {id}) goes on.\n", (await FaultAsync("cont", "web-1")).Output);
        Assert.False(ProcessIdentity.Of(id)!.IsStopped);
        Assert.Equal($"web-1 (pid {id}) was not stopped.\n", (await FaultAsync("cont", "web-1")).Output);
        Assert.Equal(Order.None, new Orders(_state).Read("web-1"));
    }

    [Fact]
    public async Task RestartHold_EndsAFrozenProcessInOrder()
    {
        await FaultAsync("stop", "web-1");

        FoobarResult result = await FaultAsync("restart", "web-1", "--hold");

        result.AssertDone();
        Assert.Equal($"web-1 (pid {_children[0].Id}) is asked to end...\nweb-1 (pid {_children[0].Id}) has ended and is held down; ./foobar fault restart web-1 starts it.\n", result.Output);
        await AssertEndsAsync(_children[0], 128 + Signals.Term);
        Assert.Equal(Order.Hold, new Orders(_state).Read("web-1"));
    }

    [Fact]
    public async Task Fault_OfAProcessThatIsDown_SaysHowToStartIt()
    {
        _children[0].Kill();
        await _children[0].WaitForExitAsync(TestContext.Current.CancellationToken);

        (await FaultAsync("kill", "web-1")).AssertFailed(1, "foobar: web-1 is down. ./foobar fault restart web-1 starts it.");
        Write(ChildCondition.Held);
        (await FaultAsync("stop", "web-1")).AssertFailed(1, "foobar: web-1 is down, held. ./foobar fault restart web-1 starts it.");
        (await FaultAsync("cont", "web-1")).AssertFailed(1, "foobar: web-1 is down, held. ./foobar fault restart web-1 starts it.");
    }

    [Theory]
    [InlineData("kill")]
    [InlineData("restart")]
    [InlineData("switchover")]
    public async Task Fault_OfAnUnknownName_ListsTheKnown(string verb) =>
        (await FaultAsync(verb, "web-7")).AssertFailed(1, "foobar: there is no process 'web-7'. There are db-1, web-1.");

    [Fact]
    public async Task Switchover_ToWhatIsNoMember_IsRefused() =>
        (await FaultAsync("switchover", "web-1")).AssertFailed(1, "foobar: web-1 is no database member: there are db-1.");

    [Fact]
    public async Task Switchover_ToAFrozenMember_SaysHowToLetItGoOn()
    {
        await FaultAsync("stop", "db-1");

        (await FaultAsync("switchover", "db-1")).AssertFailed(1, "foobar: db-1 is stopped and cannot become the primary. ./foobar fault cont db-1 lets it go on.");
    }

    [Theory]
    [InlineData(ReplicationMode.Group)]
    [InlineData(ReplicationMode.Classic)]
    public async Task Switchover_ToAMemberThatDoesNotAnswer_IsRefused(ReplicationMode mode)
    {
        Write(replication: mode);

        (await FaultAsync("switchover", "db-1")).AssertFailed(1, "foobar: db-1 is offline: only a member that is online can become the primary. See ./foobar status.");
    }

    [Fact]
    public async Task Cont_OfOneThatWasToBeHeld_SupervisesItAgain()
    {
        await FaultAsync("stop", "web-1", "--hold");
        Assert.Equal(Order.Hold, new Orders(_state).Read("web-1"));

        await FaultAsync("cont", "web-1");

        Assert.Equal(Order.None, new Orders(_state).Read("web-1"));
    }

    [Fact]
    public async Task Fault_WhileTheStackStarts_SaysThatItIsNotUpYet()
    {
        Write(phase: "starting");

        (await FaultAsync("kill", "web-1")).AssertFailed(1, $"foobar: the stack in {_state.Path} is starting. Faults are for one that is up: see ./foobar status.");
    }

    [Fact]
    public async Task Fault_WhileNothingIsUp_SaysSo()
    {
        File.Delete(_state.RuntimeFile);

        (await FaultAsync("kill", "web-1")).AssertFailed(1, $"foobar: nothing is up in {_state.Path}. Start it with ./foobar up.");
    }

    [Theory]
    [InlineData("foobar: Required argument 'NAME' missing for command: 'kill'. See ./foobar fault kill --help.", "kill")]
    [InlineData("foobar: Unrecognized command or argument '--hold'. See ./foobar fault cont --help.", "cont", "web-1", "--hold")]
    [InlineData("foobar: Unrecognized command or argument 'explode'. See ./foobar fault --help.", "explode", "web-1")]
    public async Task WrongUsage_IsOneLine(string line, params string[] arguments) => (await FaultAsync(arguments)).AssertFailed(2, line);

    private static async Task AssertEndsAsync(ChildProcess child, int exitCode)
    {
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(exitCode, child.ExitCode);
    }

    private Task<FoobarResult> FaultAsync(params string[] arguments) => Foobar.RunAsync(["fault", .. arguments, "--state", _state.Path]);

    private void Write(ChildCondition condition = ChildCondition.Running, string phase = "running", ReplicationMode replication = ReplicationMode.Group) => new StackRecord(
        ProcessIdentity.Of(Environment.ProcessId),
        phase,
        "https://localhost:8443",
        null,
        [
            new ChildRecord("web-1", "web", "https://127.0.0.1:7001", "http://127.0.0.1:1", null, 0, ProcessIdentity.Of(_children[0].Id)) { Condition = condition },
            new ChildRecord("db-1", "db", null, null, "127.0.0.1", 1, ProcessIdentity.Of(_children[1].Id)),
        ])
    {
        Replication = replication,
    }.Write(_state);
}
