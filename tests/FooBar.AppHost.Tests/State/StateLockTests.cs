using FooBar.AppHost.State;
using FooBar.AppHost.Tests.Processes;

namespace FooBar.AppHost.Tests.State;

public sealed class StateLockTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StateFolder _state;

    public StateLockTests()
    {
        _state = new StateFolder(_folder["state"]);
        _state.Create();
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Lock_InOneProcess_IsExclusiveUntilReleased()
    {
        using (StateLock first = Assert.IsType<StateLock>(StateLock.TryTake(_state)))
        {
            Assert.Null(StateLock.TryTake(_state));
        }

        using StateLock? next = StateLock.TryTake(_state);
        Assert.NotNull(next);
    }

    [Fact]
    public void Lock_OfAnotherFolder_IsAnotherLock()
    {
        StateFolder other = new(_folder["other"]);
        other.Create();
        using StateLock? first = StateLock.TryTake(_state);
        using StateLock? second = StateLock.TryTake(other);

        Assert.NotNull(first);
        Assert.NotNull(second);
    }

    [Fact]
    public async Task Lock_HeldByAnotherProcess_IsFreeAgainWhenThatIsKilled()
    {
        await using HelperProcess other = await HelperProcess.TakeLockAsync(_state.Path);
        Assert.Equal("taken", other.Answer);
        Assert.Null(StateLock.TryTake(_state));

        await other.KillAsync();

        using StateLock? next = StateLock.TryTake(_state);
        Assert.NotNull(next);
    }

    [Fact]
    public async Task Lock_HeldHere_IsRefusedToAnotherProcess()
    {
        using StateLock? held = StateLock.TryTake(_state);

        await using HelperProcess other = await HelperProcess.TakeLockAsync(_state.Path);

        Assert.Equal("refused", other.Answer);
    }
}
