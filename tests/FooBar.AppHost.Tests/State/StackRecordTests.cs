using FooBar.AppHost.Processes;
using FooBar.AppHost.State;
using FooBar.AppHost.Supervision;

namespace FooBar.AppHost.Tests.State;

public sealed class StackRecordTests : IDisposable
{
    private static readonly ProcessIdentity Dead = new(int.MaxValue, 1);

    private readonly TemporaryFolder _folder = new();
    private readonly StateFolder _state;

    public StackRecordTests()
    {
        _state = new StateFolder(_folder["state"]);
        _state.Create();
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Record_ThatWasWritten_ReadsTheSame()
    {
        StackRecord written = Record(ProcessIdentity.Of(Environment.ProcessId));
        written.Write(_state);

        StackRecord read = Assert.IsType<StackRecord>(StackRecord.ReadLiving(_state));

        Assert.Equal(written with { Children = read.Children, Events = read.Events }, read);
        Assert.Equal(written.Children, read.Children);
        Assert.Equal(written.Events, read.Events);
        Assert.Equal(Modes.OwnerReadsAndWrites, File.GetUnixFileMode(_state.RuntimeFile));
    }

    [Fact]
    public void Record_OfADeadSupervisor_IsThereButNotLiving()
    {
        Record(Dead).Write(_state);

        Assert.Null(StackRecord.ReadLiving(_state));
        Assert.Equal(Dead, StackRecord.ReadAny(_state)!.Supervisor);
    }

    [Fact]
    public void Record_OfASupervisorWhoseIdAnotherProcessHasNow_IsNotLiving()
    {
        ProcessIdentity us = ProcessIdentity.Of(Environment.ProcessId)!;
        Record(us with { StartTicks = us.StartTicks - 1 }).Write(_state);

        Assert.Null(StackRecord.ReadLiving(_state));
    }

    [Fact]
    public void Record_OfASupervisorThatIsNotKnown_IsNotLiving()
    {
        Record(null).Write(_state);

        Assert.Null(StackRecord.ReadLiving(_state));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"supervisor\":{\"id\":12,\"startTi")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("not JSON")]
    public void Record_ThatCannotBeRead_IsNone(string content)
    {
        File.WriteAllText(_state.RuntimeFile, content);

        Assert.Null(StackRecord.ReadAny(_state));
        Assert.Null(StackRecord.ReadLiving(_state));
    }

    [Fact]
    public void Record_ThatWasNeverWritten_IsNone()
    {
        Assert.Null(StackRecord.ReadAny(_state));
        Assert.Null(StackRecord.ReadAny(new StateFolder(_folder["nowhere"])));
    }

    private static StackRecord Record(ProcessIdentity? supervisor) => new(
        supervisor,
        "running",
        "https://localhost:8443",
        "/tools/mysql",
        [
            new ChildRecord("web-1", "web", "https://127.0.0.1:7001", "http://127.0.0.1:9611", null, 0, new ProcessIdentity(4, 5)),
            new ChildRecord("db-1", "db", null, null, "127.0.0.1", 13306, null) { Restarts = 2, Condition = ChildCondition.Held },
        ])
    {
        Replication = FooBar.Data.ReplicationMode.Classic,
        Events = [new StackEvent(new DateTimeOffset(2026, 1, 1, 7, 8, 9, TimeSpan.Zero), "db-1 was killed")],
    };
}
