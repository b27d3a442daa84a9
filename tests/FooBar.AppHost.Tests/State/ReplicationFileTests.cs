using FooBar.AppHost.State;
using FooBar.Data;

namespace FooBar.AppHost.Tests.State;

public sealed class ReplicationFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StateFolder _state;

    public ReplicationFileTests()
    {
        _state = new StateFolder(_folder["state"]);
        _state.Create();
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(null, ReplicationMode.Group)]
    [InlineData(ReplicationMode.Group, ReplicationMode.Group)]
    [InlineData(ReplicationMode.Classic, ReplicationMode.Classic)]
    public void WithoutDatabases_ItIsAsAskedFor_AndElseAGroup(ReplicationMode? asked, ReplicationMode expected)
    {
        Assert.Equal(expected, ReplicationFile.Choose(new StateFolder(_folder["nowhere"]), asked));

        // A start that failed before it made any has decided nothing.
        ReplicationFile.Write(_state, expected == ReplicationMode.Group ? ReplicationMode.Classic : ReplicationMode.Group);
        Assert.Equal(expected, ReplicationFile.Choose(_state, asked));
    }

    [Theory]
    [InlineData(ReplicationMode.Group, "group\n")]
    [InlineData(ReplicationMode.Classic, "classic\n")]
    public void WithDatabases_ItIsAsTheyAre(ReplicationMode mode, string remembered)
    {
        MakeDatabase();
        ReplicationFile.Write(_state, mode);

        Assert.Equal(remembered, File.ReadAllText(_folder["state/replication"]));
        Assert.Equal(mode, ReplicationFile.Choose(_state, null));
        Assert.Equal(mode, ReplicationFile.Choose(_state, mode));
    }

    [Fact]
    public void DatabasesFromBeforeThereWasAChoice_AreAGroup()
    {
        MakeDatabase();

        Assert.Equal(ReplicationMode.Group, ReplicationFile.Choose(_state, null));
        AssertRefused($"The databases in {_state.Path} are of --replication group, and cannot be started as classic. Leave the option out; or begin anew with ./foobar down --purge, which removes the data too; or give another folder with --state.", ReplicationMode.Classic);
    }

    [Fact]
    public void TheOtherMode_IsRefused()
    {
        MakeDatabase();
        ReplicationFile.Write(_state, ReplicationMode.Classic);

        AssertRefused($"The databases in {_state.Path} are of --replication classic, and cannot be started as group. Leave the option out; or begin anew with ./foobar down --purge, which removes the data too; or give another folder with --state.", ReplicationMode.Group);
    }

    [Theory]
    [InlineData("")]
    [InlineData("clas")]
    [InlineData("Group")]
    public void ADamagedFile_IsRefused(string content)
    {
        MakeDatabase();
        string path = _folder.Write("state/replication", content);

        AssertRefused($"{path} is damaged: it says how the databases replicate, group or classic. Write the word that it was into it; or begin anew with ./foobar down --purge, which removes the data too.", null);
    }

    private void AssertRefused(string line, ReplicationMode? asked) => Assert.Equal(line, Assert.Throws<FoobarException>(() => ReplicationFile.Choose(_state, asked)).Message);

    private void MakeDatabase() => Directory.CreateDirectory(_folder["state/db-1/data"]);
}
