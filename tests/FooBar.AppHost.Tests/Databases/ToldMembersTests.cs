using FooBar.AppHost.Databases;
using FooBar.AppHost.Processes;
using FooBar.AppHost.State;
using FooBar.AppHost.Supervision;

namespace FooBar.AppHost.Tests.Databases;

/// <summary>Two members, each a real process.</summary>
public sealed class ToldMembersTests : IAsyncLifetime
{
    private static readonly string[] Names = ["db-1", "db-2"];
    private readonly TemporaryFolder _folder = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<ChildProcess> _started = [];
    private readonly Orders _orders;
    private readonly SupervisedChild[] _children;

    public ToldMembersTests()
    {
        StateFolder state = new(_folder["state"]);
        state.Create();
        _orders = new Orders(state);
        _children = [.. Names.Select(name => new SupervisedChild(name, token => StartAsync(name), _orders, _ => { }, TimeProvider.System))];
    }

    private ChildProcess[] Asked => [.. _children.Select(child => child.Process!)];

    public async ValueTask InitializeAsync()
    {
        foreach (SupervisedChild child in _children)
        {
            await child.StartAsync(TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (SupervisedChild child in _children)
        {
            await child.StopAsync(TimeSpan.FromMinutes(1));
        }

        foreach (ChildProcess process in _started)
        {
            process.Kill();
        }

        _stop.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Ended_AllRunAsTheyWere_IsNobody() => Assert.Empty(new ToldMembers(_children).Ended(Asked));

    [Fact]
    public async Task Ended_ProcessHasEnded_IsItsMember()
    {
        ToldMembers told = new(_children);
        ChildProcess[] asked = Asked;

        await KillAsync(1);

        Assert.Equal([1], told.Ended(asked));
    }

    [Fact]
    public async Task Ended_AnotherProcessRunsInItsPlace_IsItsMemberUntilThatIsTold()
    {
        ToldMembers told = new(_children);
        await KillAsync(1);
        await _children[1].StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal([1], told.Ended(Asked));

        told.Note(1);

        Assert.Empty(told.Ended(Asked));
        await KillAsync(1);
        Assert.Equal([1], told.Ended(Asked));
    }

    /// <summary>It is not known which of the two was told, so the later one counts.</summary>
    [Fact]
    public async Task Ended_ReplacedWhileItWasTold_IsNobody()
    {
        ToldMembers told = new(_children);
        await KillAsync(1);

        await _children[1].StartAsync(TestContext.Current.CancellationToken);
        told.Note(1);

        Assert.Empty(told.Ended(Asked));
    }

    [Fact]
    public async Task Ended_AnotherProcessSaysThatItIsInAGroup_IsNobody()
    {
        ToldMembers told = new(_children);
        await KillAsync(1);
        await _children[1].StartAsync(TestContext.Current.CancellationToken);

        told.NoteInGroup(1, _children[1].Process!);

        Assert.Empty(told.Ended(Asked));
    }

    [Fact]
    public async Task Ended_HeldDown_IsNobody()
    {
        ToldMembers told = new(_children);
        _children[1].Supervise(_stop.Token);
        _orders.Give("db-2", Order.Hold);

        await KillAsync(1);
        await Eventually.TrueAsync(() => _children[1].Condition == ChildCondition.Held, () => $"db-2 is {_children[1].Condition}.");

        Assert.Empty(told.Ended(Asked));
    }

    private async Task KillAsync(int member)
    {
        ChildProcess process = _children[member].Process!;
        process.Kill();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    private async Task<ChildProcess> StartAsync(string name)
    {
        ChildProcess process = await ChildProcess.StartAsync(new ChildSpecification(name, "/bin/sh", ["-c", "exec sleep 1000"], _folder.Path, _folder[$"{name}.log"]));
        _started.Add(process);
        return process;
    }
}
